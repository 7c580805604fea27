"""Imports every module named on standard input and prints what an import did besides to define, and whose.

Run as `python -m tests.importing` with an empty environment. What others do at import is warmed up before, so
that only our own modules are watched. As no module of ours needs itself (a test of its own), none does more
when it is imported first than it does here.
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
    "os.fork",
    "os.posix_spawn",
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
    done: list[str] = []
    before = dict(os.environ)
    sys.addaudithook(lambda event, arguments: _note(done, event, arguments))
    threading.Thread.start = lambda _thread: done.append(f"{_importing()}: a thread")  # type: ignore[assignment, method-assign]
    for module in sys.stdin.read().split():
        importlib.import_module(module)
    done += ["the environment was changed"] if before != dict(os.environ) else []
    sys.stdout.write("".join(f"{one}\n" for one in done))


def _note(done: list[str], event: str, arguments: Sequence[object]) -> None:
    if event.startswith(FORBIDDEN):
        done.append(f"{_importing()}: {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        done.append(f"{_importing()}: wrote to {arguments[0]}")


def _importing() -> str:
    """The module whose import is under way."""
    frame = sys._getframe()  # an audit hook is told what is done, and not by whom
    while frame.f_back is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return str(frame.f_globals.get("__name__"))


if __name__ == "__main__":
    main()
