"""A real PostgreSQL that a test starts, and may kill, stop and start again on the same data."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil
import psycopg
from sqlalchemy import make_url


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server; `kill` and `start` may follow each other."""

    _server: Any

    @property
    def url(self) -> str:
        """The address of its own database."""
        url: str = self._server.get_uri()
        return url

    def processes(self) -> list[psutil.Process]:
        """The server's first process and all that it started."""
        first: psutil.Process = self._server.get_postmaster_info().process
        return [first, *first.children(recursive=True)]

    def kill(self) -> None:
        """End all of it at once, as when its machine loses power."""
        processes = self.processes()
        for each in processes:
            each.kill()
        psutil.wait_procs(processes, timeout=30)

    def start(self) -> None:
        """Start it again on what it left."""
        self._server.ensure_postgres_running()

    def stop_answering(self) -> None:
        """Stop all of it where it is: connections stand, and nothing is answered."""
        for each in self.processes():
            each.suspend()

    def answer_again(self) -> None:
        """Let it go on from there, if it is there."""
        with suppress(psutil.NoSuchProcess):
            for each in reversed(self.processes()):
                each.resume()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of one's own; its folder is outside pytest's, which other users may not enter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at import it warns of a missing XDG_RUNTIME_DIR
        import pgserver.postgres_server as pgserver
    folder = tempfile.mkdtemp(prefix="golive-pg-")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing here pulls the plug of the machine, and a test should not wait for its disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    yield Postgres(server)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str, *, template: str = "template1", more: str = "") -> Iterator[str]:
    """A database of one's own on a running server."""
    name = f"golive_{uuid4().hex}"
    made = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy {more}'
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(made.encode())
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
