"""Opens a database and runs one transaction at a time on it: SQLite and PostgreSQL, with the same promises.

Every commit is on disk before it is acknowledged, a writer waits for its turn, and whatever the driver says
comes out as our error. Knows no table.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from dashboard.store.answering import answer_within
from dashboard.store.errors import (
    StoreAddressError,
    StoreMissingError,
    StoreReadOnlyError,
)
from dashboard.store.failing import committing, translated

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
BEGIN: Final = "golive_begin"
"""The option of an engine that says how its transactions begin, on SQLite."""
KEPT: Final = 5
"""So many connections to an SQLite file stay open."""
_RETRY_S: Final = 0.02
SILENCES: Final = 2
"""So many times as long as a writer waits for its turn, PostgreSQL may take for one answer."""


class Database:
    """An engine, and the two kinds of transaction."""

    def __init__(self, engine: Engine, *, place: str, timeout_ms: int) -> None:
        self.engine = engine
        self.place = place
        self.timeout_ms = timeout_ms
        self._writer = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})

    def __repr__(self) -> str:
        return f"Database({self.place!r})"

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that sees one state of the database and writes nothing."""
        with translated(self.place), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that is all kept or not at all."""
        with translated(self.place), Session(self._writer) as session, session.begin():
            yield session
            with committing(self.place):
                session.commit()

    @contextmanager
    def writing_rows(self) -> Iterator[Connection]:
        """The same without objects, for what is written a thousand times a second."""
        with translated(self.place), self._writer.begin() as connection:
            yield connection
            with committing(self.place):
                connection.commit()

    def write_ahead(self) -> None:
        """Switch an SQLite file to write-ahead logging, which it then stays in.

        SQLite does not wait for its turn to make the switch, so we do.
        """
        deadline = time.monotonic() + self.timeout_ms / 1000
        with translated(self.place), closing(self.engine.raw_connection()) as connection:
            while True:
                try:
                    connection.cursor().execute("PRAGMA journal_mode=WAL")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(_RETRY_S)
                else:
                    return

    def keep_open(self) -> None:
        """Open every connection to an SQLite file that stays open: a process then holds as many files when it
        has just begun as after a crowd came and went, and one more is something that was forgotten.
        """
        with translated(self.place), ExitStack() as opened:
            for _ in range(KEPT):
                connection = opened.enter_context(self.engine.connect())
                connection.exec_driver_sql("SELECT 1 FROM sqlite_master")  # its log is opened by a read alone

    def close(self) -> None:
        self.engine.dispose()


def connect(address: str, *, create: bool, timeout_ms: int, starter: str) -> Database:
    """The database at this URL; for SQLite, `create` says whether a new file may be made. `starter` is the
    command that makes one, for whoever is told that there is none.
    """
    url = _parse(address)
    database = Database(_engine(url, timeout_ms), place=masked(url), timeout_ms=timeout_ms)
    if database.file is not None:
        _prepare_file(database.file, place=database.place, create=create, starter=starter)
    return database


def masked(url: URL) -> str:
    """The address without who comes and their password, and without its query, which may hold another.

    Not with stars for them: an answer that says why the store is away would be withheld for what looks like
    a password or an e-mail address.
    """
    return url.set(query={})._replace(username=None, password=None).render_as_string()


def _parse(address: str) -> URL:
    mend = "use sqlite:///path/to/golive.sqlite or postgresql://user@host/name"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        # The address itself is not repeated: it may hold a password where none was recognised.
        raise StoreAddressError(f"Got text that is no database URL, expected one; {mend}.") from error
    scheme = url.drivername
    driver = _DRIVERS.get(scheme, scheme)
    if driver not in _DRIVERS.values():
        raise StoreAddressError(f"Got the scheme {scheme!r}, expected sqlite or postgresql; {mend}.")
    name = url.database or ""
    if driver == _DRIVERS["sqlite"] and (name in {"", ":memory:"} or name.startswith("file:")):
        raise StoreAddressError(
            f"Got an SQLite URL that names no plain file, expected one that does; {mend}."
        )
    return url.set(drivername=driver)


def _engine(url: URL, timeout_ms: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, pool_size=KEPT, pool_use_lifo=True)
        event.listen(engine, "connect", _sqlite_connection(timeout_ms))
        event.listen(engine, "begin", _begin)
        return engine
    # pool_pre_ping: a server that was restarted costs one attempt inside the pool, not an error outside.
    # idle_in_transaction…: who is stopped, or cut off, in the middle of a write keeps no lock of the lease.
    limits = (
        f"-c lock_timeout={timeout_ms} -c idle_in_transaction_session_timeout={timeout_ms} "
        "-c synchronous_commit=on"
    )
    arguments = {
        "connect_timeout": max(1, timeout_ms // 1000),
        "options": limits,
        "application_name": "golive",
        # Of a database without an encoding the driver would give bytes for text.
        "client_encoding": "utf8",
    }
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
    answer_within(engine, SILENCES * timeout_ms / 1000)
    return engine


def _sqlite_connection(timeout_ms: int) -> Callable[[Any, Any], None]:
    def prepare(connection: Any, _record: Any) -> None:
        # Without this the driver begins a transaction on its own, too late and never IMMEDIATE.
        connection.isolation_level = None
        for pragma in (f"busy_timeout={timeout_ms}", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute(connection.get_execution_options().get(BEGIN, "BEGIN"))


def _prepare_file(file: Path, *, place: str, create: bool, starter: str) -> None:
    if file.exists():
        return
    if not create:
        raise StoreMissingError(
            f"Got no file at {file}, expected a golive database; start `{starter}` once, or mend the address."
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreReadOnlyError(
            f"Got {error.strerror!r} for the folder of {place}, expected one that golive can make files in; "
            "mend its permissions or choose another."
        ) from error
