"""Appends to the evidence log of a run: one transaction a go, those who append at once take turns.

Every record waits for the disk by itself, and everybody else for the record: so the driver runs the
statements, whose text is made once, and no row becomes an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Dialect, bindparam, insert, select

from dashboard.store.database import Database
from dashboard.store.evidence_tables import EvidenceLogRow, EvidenceRow
from dashboard.store.prepared import Prepared, prepared

CLOSE: Final = "close"
"""The kind of the record after which there is none."""

_LOGS: Final = EvidenceLogRow.metadata.tables[str(EvidenceLogRow.__tablename__)]
_RECORDS: Final = EvidenceRow.metadata.tables[str(EvidenceRow.__tablename__)]
_OF_RUN: Final = _RECORDS.c.run_id == bindparam("run")
_TIP_COLUMNS: Final = (
    _RECORDS.c.index,
    _RECORDS.c.leaf,
    _RECORDS.c.recorded_at,
    _RECORDS.c.recorder,
    _RECORDS.c.kind,
)
_TURN: Final = select(_LOGS.c.run_id).where(_LOGS.c.run_id == bindparam("run")).with_for_update()
_TIP: Final = select(*_TIP_COLUMNS).where(_OF_RUN).order_by(_RECORDS.c.index.desc()).limit(1)
_NAMED: Final = _RECORDS.alias()
_PLACE: Final = (
    select(_NAMED.c.index)
    .where(_NAMED.c.run_id == bindparam("run"), _NAMED.c.key == bindparam("named"))
    .scalar_subquery()
)
_END: Final = _TIP.add_columns(_PLACE.label("place"))
_PUT: Final = insert(_RECORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTip:
    """The end of a log; `recorder` is the key that signs the next record."""

    index: int
    leaf: str
    recorded_at: str
    recorder: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Statements:
    """What is asked and written at each record."""

    end: Prepared
    put: Prepared

    @classmethod
    def of(cls, dialect: Dialect) -> Statements:
        """Those for this kind of database."""
        return cls(end=prepared(_END, dialect), put=prepared(_PUT, dialect))


class RunLog:
    """Appends to the log of one run."""

    def __init__(self, database: Database, statements: Statements, run_id: int) -> None:
        self._database = database
        self._statements = statements
        self._run_id = run_id

    @contextmanager
    def appending(self) -> Iterator[RunAppending]:
        """One transaction: all that is put in it is kept, or nothing."""
        with self._database.writing_rows() as connection:
            take_turn(connection, self._run_id)
            yield RunAppending(connection, self._statements, self._run_id)


class RunAppending:
    """The log of a run while nobody else appends to it."""

    def __init__(self, connection: Connection, statements: Statements, run_id: int) -> None:
        self._connection = connection
        self._statements = statements
        self._run_id = run_id

    def end(self, key: str) -> tuple[StoredTip | None, int | None]:
        """Its end, and where the record of this key is, if it is there already."""
        found = self._statements.end.row(self._connection, {"run": self._run_id, "named": key})
        if found is None:
            return None, None
        *tip, place = found
        return _tip(*tip), place

    def put(
        self,
        *,
        index: int,
        key: str,
        kind: str,
        recorded_at: str,
        leaf: str,
        recorder: str,
        envelope: bytes,
    ) -> None:
        """Keep one record at the end."""
        self._statements.put.run(
            self._connection,
            {
                "run_id": self._run_id,
                "index": index,
                "key": key,
                "kind": kind,
                "recorded_at": recorded_at,
                "leaf": leaf,
                "recorder": recorder,
                "envelope": envelope,
            },
        )


def take_turn(connection: Connection, run_id: int) -> None:
    """Wait until nobody else writes to the log of this run. Whoever writes to SQLite is alone already;
    PostgreSQL lets others write meanwhile, and they wait at the row of the log.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_TURN, {"run": run_id})


def tip_of(connection: Connection, run_id: int) -> StoredTip | None:
    """The end of the log of this run, None before its first record."""
    found = connection.execute(_TIP, {"run": run_id}).first()
    return None if found is None else _tip(*found)


def _tip(index: int, leaf: str, recorded_at: str, recorder: str, kind: str) -> StoredTip:
    return StoredTip(
        index=index, leaf=leaf, recorded_at=recorded_at, recorder=recorder, is_closed=kind == CLOSE
    )
