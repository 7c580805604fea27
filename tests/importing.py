"""Imports each module named on standard input, first and alone, in a forked process; prints what it did.

Run as `python -m tests.importing` with an empty environment. What others do at import is warmed up before, so
that only our own modules are watched.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Sequence

FORBIDDEN = (
    "socket.",
    "subprocess.",
    "sqlite3.",
    "os.system",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.putenv",
)
FOREIGN = (
    "alembic.command",
    "anyio._backends._asyncio",
    "cryptography.x509",
    "duckdb",
    "httpcore",
    "httpx",
    "ibis",
    "ibis.backends.duckdb",
    "jmespath",
    "jwt",
    "msgspec",
    "pandas",
    "plotly.graph_objects",
    "psutil",
    "psycopg",
    "pyarrow.parquet",
    "rfc3161_client",
    "rfc8785",
    "rich.progress",
    "rich.table",
    "securesystemslib.signer",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "sqlmodel",
    "starlette.applications",
    "streamlit",
    "streamlit.starlette",
    "stripe",
    "typer",
    "uvicorn",
    "uvicorn.protocols.http.h11_impl",
)


def main() -> None:
    """Report every module that does more than to define."""
    for name in FOREIGN:
        importlib.import_module(name)
    for module in sys.stdin.read().split():
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _import_watched(module)
        _, status = os.waitpid(child, 0)
        if status != 0:
            _say(f"{module}: could not be imported")


def _import_watched(module: str) -> None:
    done: list[str] = []
    before = dict(os.environ)
    sys.addaudithook(lambda event, arguments: _note(done, event, arguments))
    importlib.import_module(module)
    done += [f"a thread, {thread.name}" for thread in threading.enumerate()[1:]]
    done += ["changed the environment"] if before != dict(os.environ) else []
    done += _children()
    for one in done:
        _say(f"{module}: {one}")
    sys.stdout.flush()
    os._exit(0)


def _note(done: list[str], event: str, arguments: Sequence[object]) -> None:
    if event.startswith(FORBIDDEN):
        done.append(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        done.append(f"wrote to {arguments[0]}")


def _children() -> list[str]:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return []
    return ["a process"]


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")


if __name__ == "__main__":
    main()
