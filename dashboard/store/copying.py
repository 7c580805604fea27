"""Copies a whole store: out of one snapshot while others write, and into one transaction while nobody does.

Tables are copied row by row, so that what came from SQLite goes into PostgreSQL as well. Which columns there
are is asked of the database itself, because a copy may be of an older schema than this golive's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from collectors.observation import Environment
from dashboard.store.database import BEGIN, Database, connect
from dashboard.store.errors import (
    NotAStoreError,
    StoreDamagedError,
    StoreLockedError,
    StoreMissingError,
)
from dashboard.store.failing import translated
from dashboard.store.schema import (
    ADVISORY_LOCK,
    SCHEMA,
    STARTERS,
    VERSION_TABLE,
    refuse_foreign,
    refuse_newer,
    upgrade,
    version,
)
from dashboard.store.tables import SignOutRow

PREFIX: Final = "golive_"
BATCH: Final = 500
_INT64: Final = 1 << 63

Row = Sequence[Any]


class Kind(StrEnum):
    """What a column holds, the same on both databases."""

    INT = "int"
    TEXT = "text"
    BOOL = "bool"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A table and its columns."""

    name: str
    columns: tuple[tuple[str, Kind], ...]


class Snapshot:
    """A store as it was at one moment, whoever writes meanwhile."""

    def __init__(self, connection: sa.Connection, database: Database) -> None:
        self._connection = connection
        self._tables = _tables_of(connection)
        self.database = connection.dialect.name
        self.called = str(database.file or database.place)
        with Session(connection) as session:
            self.schema = version(session) or ""
        found = connection.execute(sa.text("SELECT environment FROM golive_identity")).scalar()
        if found is None:
            raise StoreDamagedError(
                f"Got a store without its identity at {self.called}, expected one; restore it from a backup."
            )
        self.environment = Environment(found)

    def tables(self) -> list[Copied]:
        """All of them, none before one that it points to."""
        return [_copied(table) for table in self._tables]

    def count(self) -> int:
        """How many rows all tables have."""
        each = (sa.select(sa.func.count()).select_from(table) for table in self._tables)
        return sum(self._connection.execute(count).scalar() or 0 for count in each)

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a table, some at a time."""
        table = next(each for each in self._tables if each.name == name)
        order = list(table.primary_key.columns)
        question = sa.select(table).order_by(*order)
        found = self._connection.execute(question, execution_options={"yield_per": BATCH})
        return (tuple(row) for row in found)

    def sign_outs(self) -> dict[str, int]:
        """Until when all sessions of each person have ended."""
        has_any = any(table.name == SignOutRow.__tablename__ for table in self._tables)
        found = self.rows(str(SignOutRow.__tablename__)) if has_any else iter(())
        return {str(pseudonym): int(at_s) for pseudonym, at_s in found}

    def last_ids(self) -> dict[str, int]:
        """The newest id that each table ever gave, so that none is given again."""
        if self.database == "sqlite":
            given = self._connection.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
            return {name: seq for name, seq in given if name.startswith(PREFIX)}
        found = {}
        for table in self._tables:
            sequence = _sequence(self._connection, table.name)
            if sequence is not None:
                last, is_called = self._connection.execute(
                    sa.text(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608 - the catalog's name
                ).one()
                found[table.name] = last if is_called else 0
        return found


class Replacing:
    """A database that nobody else works with, until it is replaced or left as it was."""

    def __init__(self, connection: sa.Connection, present: Snapshot | None) -> None:
        self._connection = connection
        self.present = present
        """What is there now, None where golive has never been."""
        self._sign_outs: dict[str, int] = {}

    def begin(self, schema: str) -> Mapping[str, Copied]:
        """Take away what is there and make empty tables of this schema; their shapes, in the order in which
        they are filled.
        """
        self._sign_outs = {} if self.present is None else self.present.sign_outs()
        self._take_away()
        upgrade(self._connection, schema)
        return {table.name: _copied(table) for table in _tables_of(self._connection)}

    def fill(self, table: Copied, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Put rows into an empty table."""
        into = sa.table(table.name, *(sa.column(name, _TYPES[kind]) for name, kind in table.columns))
        statement = sa.insert(into)
        waiting = iter(rows)
        while batch := [dict(zip(columns, row, strict=True)) for row in islice(waiting, BATCH)]:
            self._connection.execute(statement, batch)

    def end(self, last_ids: Mapping[str, int]) -> None:
        """Bring it to the schema of this golive. The lease is nobody's: who held it writes elsewhere; and
        who had signed out stays so.
        """
        for name, last in last_ids.items():
            self._go_on_after(name, last)
        if self._version() != SCHEMA:
            upgrade(self._connection, SCHEMA)
        self._connection.execute(sa.text("UPDATE golive_lease SET holder = NULL"))
        for pseudonym, at_s in self._sign_outs.items():
            self._connection.execute(_SIGNED_OUT, {"pseudonym": pseudonym, "at_s": at_s})

    def _version(self) -> str | None:
        with Session(self._connection) as session:
            return version(session)

    def _take_away(self) -> None:
        found = sa.MetaData()
        found.reflect(self._connection, only=lambda name, _: name.startswith(PREFIX))
        found.drop_all(self._connection)
        if self._connection.dialect.name != "sqlite":
            names = sa.text(
                "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
                "AND proname LIKE 'golive\\_%\\_refuse'"
            )
            for name in self._connection.execute(names).scalars().all():
                self._connection.execute(sa.text(f'DROP FUNCTION "{name}"()'))

    def _go_on_after(self, name: str, last: int) -> None:
        if self._connection.dialect.name == "sqlite":
            known = {"name": name, "last": last}
            changed = self._connection.execute(
                sa.text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name"), known
            )
            if changed.rowcount == 0:
                self._connection.execute(sa.text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), known)
        elif last > 0 and (sequence := _sequence(self._connection, name)) is not None:
            # Whether ids in the table are above it depends on when the copy read the one and the other.
            self._connection.execute(
                sa.text(f"SELECT setval(:sequence, greatest(:last, (SELECT max(id) FROM {name})))"),  # noqa: S608 - a table of ours
                {"sequence": sequence, "last": last},
            )


@contextmanager
def snapshot(url: str, *, timeout_ms: int = 5_000) -> Iterator[Snapshot]:
    """The store at this URL, read and not touched: it is not migrated. Raises `StoreError`."""
    database = connect(url, create=False, timeout_ms=timeout_ms, starter="golive")
    try:
        with translated(database.place), _reading(database) as connection:
            yield _store(connection, database)
    finally:
        database.close()


@contextmanager
def replacing(url: str, *, timeout_ms: int = 5_000) -> Iterator[Replacing]:
    """The database at this URL with nobody else in it; all that is done to it is kept, or nothing.

    Raises `StoreLockedError` where a golive has it open, and `StoreError`.
    """
    database = connect(url, create=True, timeout_ms=timeout_ms, starter="golive")
    was_there = database.file is None or database.file.exists()
    try:
        with translated(database.place):
            with database.reading() as session:
                refuse_foreign(session, database)
            if database.is_sqlite:
                _leave_write_ahead(database)
            with database.engine.execution_options(**{BEGIN: "BEGIN EXCLUSIVE"}).begin() as connection:
                if not database.is_sqlite:
                    _alone(connection, database)
                with Session(connection) as session:
                    is_there = version(session) is not None
                yield Replacing(connection, _store(connection, database) if is_there else None)
    except BaseException:
        database.close()
        if database.file is not None and not was_there:
            database.file.unlink(missing_ok=True)
        raise
    finally:
        database.close()


def is_of(kind: Kind, value: object) -> bool:
    """Whether a database can keep this value in a column of this kind."""
    if value is None:
        return True
    if kind is Kind.INT:
        return type(value) is int and -_INT64 <= value < _INT64
    return type(value) is {Kind.TEXT: str, Kind.BOOL: bool, Kind.BYTES: bytes}[kind]


_SIGNED_OUT: Final = sa.text(
    "INSERT INTO golive_sign_out (pseudonym, at_s) VALUES (:pseudonym, :at_s) ON CONFLICT (pseudonym) "
    "DO UPDATE SET at_s = excluded.at_s WHERE golive_sign_out.at_s < excluded.at_s"
)
_TYPES: Final[dict[Kind, sa.types.TypeEngine[Any]]] = {
    Kind.INT: sa.BigInteger(),
    Kind.TEXT: sa.Text(),
    Kind.BOOL: sa.Boolean(),
    Kind.BYTES: sa.LargeBinary(),
}


def _store(connection: sa.Connection, database: Database) -> Snapshot:
    with Session(connection) as session:
        refuse_foreign(session, database)
        found = version(session)
        if found is None:
            raise StoreMissingError(
                f"Got no tables of golive at {database.place}, expected a store; start `"
                f"{'` or `'.join(STARTERS.values())}` once, or mend the address."
            )
        refuse_newer(session, found, place=database.place)
    return Snapshot(connection, database)


def _reading(database: Database) -> sa.engine.base.Connection | Any:
    if database.is_sqlite:
        return database.engine.begin()
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return database.engine.execution_options(**options).begin()


def _tables_of(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: name.startswith(PREFIX) and name != VERSION_TABLE)
    return list(found.sorted_tables)


def _copied(table: sa.Table) -> Copied:
    columns = tuple((str(each.name), _kind(table, each)) for each in table.columns)
    return Copied(name=str(table.name), columns=columns)


def _kind(table: sa.Table, column: sa.Column[Any]) -> Kind:
    kinds: dict[type[sa.types.TypeEngine[Any]], Kind] = {
        sa.Boolean: Kind.BOOL,
        sa.Integer: Kind.INT,
        sa.String: Kind.TEXT,
        sa.LargeBinary: Kind.BYTES,
    }
    for kind, ours in kinds.items():
        if isinstance(column.type, kind):
            return ours
    raise NotAStoreError(f"Got the column {table.name}.{column.name} of another kind, expected golive's own.")


def _sequence(connection: sa.Connection, table: str) -> str | None:
    has_id = any(each["name"] == "id" for each in sa.inspect(connection).get_columns(table))
    question = sa.text("SELECT pg_get_serial_sequence(:table, 'id')")
    return connection.execute(question, {"table": table}).scalar() if has_id else None


def _leave_write_ahead(database: Database) -> None:
    """SQLite lets go of its log only where no other connection is open, and so tells whether one is."""
    with closing(database.engine.raw_connection()) as connection:
        try:
            connection.cursor().execute("PRAGMA journal_mode=DELETE").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            raise _in_use(database) from error


def _alone(connection: sa.Connection, database: Database) -> None:
    taken = connection.execute(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'golive' AND pid <> pg_backend_pid()"
    )
    if not taken.scalar() or connection.execute(others).scalar():
        raise _in_use(database)


def _in_use(database: Database) -> StoreLockedError:
    return StoreLockedError(
        f"Got a store at {database.place} that somebody else has open, expected nobody; end every golive "
        "that uses it, its dashboards and its collector, and do it again."
    )
