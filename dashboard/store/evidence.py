"""The part of the store that keeps the evidence logs: one a run, append-only, whoever appends.

Nothing here signs or verifies; what is kept are the bytes that were signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from dashboard.store.database import Database
from dashboard.store.evidence_appending import RunLog, Statements, StoredTip, take_turn, tip_of
from dashboard.store.evidence_tables import EvidenceHeadRow, EvidenceLogRow, EvidenceRow, EvidenceTokenRow
from dashboard.store.tables import RunRow

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """One record as it was signed; `leaf` is the hash of the envelope."""

    index: int
    key: str
    kind: str
    recorded_at: str
    leaf: str
    envelope: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """What an authority answered about the head of this size."""

    size: int
    tsa: str
    gen_time: str
    token: bytes


class EvidenceStore:
    """The evidence logs of this environment. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._appending = Statements.of(database.engine.dialect)

    def name(self, run_id: int, origin: str) -> str:
        """The name of the log of a run: this one, unless it has one already."""
        with self._database.writing() as session:
            # There is no row of the log yet; who names it at once takes turns at the run's.
            session.exec(select(RunRow.id).where(RunRow.id == run_id).with_for_update()).one()
            found = session.get(EvidenceLogRow, run_id)
            if found is None:
                session.add(EvidenceLogRow(run_id=run_id, origin=origin))
                return origin
            return found.origin

    def origin(self, run_id: int) -> str | None:
        """The name of the log of a run, None before it has one."""
        with self._database.reading() as session:
            found = session.get(EvidenceLogRow, run_id)
            return None if found is None else found.origin

    def earlier(self, run_id: int, *, limit: int) -> tuple[int, ...]:
        """The runs before this one that have a log, the newest first."""
        query = select(EvidenceLogRow.run_id).where(col(EvidenceLogRow.run_id) < run_id)
        with self._database.reading() as session:
            return tuple(session.exec(query.order_by(col(EvidenceLogRow.run_id).desc()).limit(limit)))

    def log(self, run_id: int) -> RunLog:
        """The log of a run, to append to."""
        return RunLog(self._database, self._appending, run_id)

    def tip(self, run_id: int) -> StoredTip | None:
        """The end of the log, None before its first record."""
        with self._database.reading() as session:
            return tip_of(session.connection(), run_id)

    def records(self, run_id: int, *, after: int = -1, limit: int = PAGE) -> list[StoredRecord]:
        """The records after this index, in their order."""
        query = select(EvidenceRow).where(EvidenceRow.run_id == run_id, col(EvidenceRow.index) > after)
        with self._database.reading() as session:
            return [_record(row) for row in session.exec(query.order_by(col(EvidenceRow.index)).limit(limit))]

    def each(self, run_id: int, *, size: int) -> Iterator[StoredRecord]:
        """The first `size` records of a log, read a page at a time."""
        last = -1
        while last + 1 < size:
            page = self.records(run_id, after=last, limit=min(PAGE, size - last - 1))
            if not page:
                return
            yield from page
            last = page[-1].index

    def leaves(self, run_id: int) -> list[bytes]:
        """The leaf hashes of the whole log."""
        query = select(EvidenceRow.leaf).where(EvidenceRow.run_id == run_id).order_by(col(EvidenceRow.index))
        with self._database.reading() as session:
            return [bytes.fromhex(leaf) for leaf in session.exec(query)]

    def record(self, run_id: int, key: str) -> StoredRecord | None:
        """The record of this key, None where there is none."""
        query = select(EvidenceRow).where(EvidenceRow.run_id == run_id, EvidenceRow.key == key)
        with self._database.reading() as session:
            row = session.exec(query).first()
            return None if row is None else _record(row)

    def newest_key(self, run_id: int, prefix: str) -> str | None:
        """Of the records whose key begins with this, the key of the newest."""
        query = (
            select(EvidenceRow.key)
            .where(EvidenceRow.run_id == run_id, col(EvidenceRow.key).startswith(prefix, autoescape=True))
            .order_by(col(EvidenceRow.index).desc())
            .limit(1)
        )
        with self._database.reading() as session:
            return session.exec(query).first()

    def keep_head(self, run_id: int, *, size: int, note: bytes) -> None:
        """Keep a head that was signed; one of this size that is there already stays."""
        with self._database.writing() as session:
            take_turn(session.connection(), run_id)
            if session.get(EvidenceHeadRow, (run_id, size)) is None:
                session.add(EvidenceHeadRow(run_id=run_id, size=size, note=note))

    def heads(self, run_id: int) -> dict[int, bytes]:
        """Every head that was ever signed, by its size."""
        query = select(EvidenceHeadRow).where(EvidenceHeadRow.run_id == run_id)
        with self._database.reading() as session:
            return {row.size: row.note for row in session.exec(query.order_by(col(EvidenceHeadRow.size)))}

    def keep_token(self, run_id: int, token: StoredToken) -> None:
        """Keep what an authority answered; what it answered before about this head stays."""
        with self._database.writing() as session:
            take_turn(session.connection(), run_id)
            if session.get(EvidenceTokenRow, (run_id, token.size, token.tsa)) is None:
                session.add(
                    EvidenceTokenRow(
                        run_id=run_id,
                        size=token.size,
                        tsa=token.tsa,
                        gen_time=token.gen_time,
                        token=token.token,
                    )
                )

    def tokens(self, run_id: int) -> list[StoredToken]:
        """Every answer of an authority, by size."""
        query = select(EvidenceTokenRow).where(EvidenceTokenRow.run_id == run_id)
        ordered = query.order_by(col(EvidenceTokenRow.size), col(EvidenceTokenRow.tsa))
        with self._database.reading() as session:
            return [
                StoredToken(size=row.size, tsa=row.tsa, gen_time=row.gen_time, token=row.token)
                for row in session.exec(ordered)
            ]

    def counts(self, run_id: int) -> Mapping[str, int]:
        """How many records there are of each kind."""
        query = (
            select(EvidenceRow.kind, func.count())
            .where(EvidenceRow.run_id == run_id)
            .group_by(EvidenceRow.kind)
        )
        with self._database.reading() as session:
            return dict(session.exec(query).all())

    def of_kinds(self, run_id: int, kinds: Sequence[str], *, after: int = -1) -> list[StoredRecord]:
        """The records of these kinds after this index, in their order."""
        query = select(EvidenceRow).where(
            EvidenceRow.run_id == run_id,
            col(EvidenceRow.kind).in_(kinds),
            col(EvidenceRow.index) > after,
        )
        with self._database.reading() as session:
            return [_record(row) for row in session.exec(query.order_by(col(EvidenceRow.index)))]


def _record(row: EvidenceRow) -> StoredRecord:
    return StoredRecord(
        index=row.index,
        key=row.key,
        kind=row.kind,
        recorded_at=row.recorded_at,
        leaf=row.leaf,
        envelope=row.envelope,
    )
