"""What the rows of a store say of its evidence logs, and whether putting them back turns a log back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard.backup.errors import ArchiveError, RollbackError
from dashboard.store.copying import Copied, Row, Snapshot
from evidence.checkpoint import Checkpoint, CheckpointError, LogKey, parse, verified
from evidence.contents import Erasure, Genesis, content
from evidence.envelope import EnvelopeError, opened
from evidence.receipt import ReceiptError, parsed
from evidence.record import Kind, RecordError
from evidence.record import parsed as parsed_record
from evidence.tree import leaf_hash, root_of

MEND: Final = "use a newer backup, or restore to another --data-dir to look at this one"


@dataclass(slots=True)
class LogCopy:
    """One log, as its rows are: the leaf hashes, and the heads that were signed."""

    run: int
    origin: str = ""
    vkey: str = ""
    leaves: list[bytes] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)

    @property
    def newest(self) -> Checkpoint | None:
        """The largest head."""
        return max((parse(note) for note in self.notes), key=lambda head: head.size, default=None)


@dataclass(slots=True)
class Following:
    """Takes the rows of a store one by one, in the order of their keys. Raises `ArchiveError` for a log that
    does not hold together.
    """

    environments: set[str] = field(default_factory=set)
    has_identity: bool = False
    runs: int = 0
    vouched: set[str] = field(default_factory=set)
    """What records vouch for, without what was erased since."""
    _logs: dict[int, LogCopy] = field(default_factory=dict)

    def take(self, table: Copied, row: Row) -> None:
        """One row of any table."""
        take = {
            "golive_identity": self._identity,
            "golive_run": self._run,
            "golive_evidence_log": self._named,
            "golive_evidence_record": self._record,
            "golive_evidence_head": self._head,
        }.get(table.name)
        if take is None:
            return
        try:
            take({name: value for (name, _), value in zip(table.columns, row, strict=True)})
        except (KeyError, ValueError, EnvelopeError, RecordError, CheckpointError) as error:
            raise ArchiveError(f"got a row of {table.name} that golive did not write ({error})") from error

    def logs(self) -> dict[str, LogCopy]:
        """Every log by its name. Raises `ArchiveError` where a head is not over its records."""
        for each in self._logs.values():
            newest = each.newest
            if newest is not None and not _is_over(newest, each.leaves):
                raise ArchiveError(f"got a head of {each.origin} over other records than are there")
        return {each.origin: each for each in self._logs.values()}

    def _log(self, run: int) -> LogCopy:
        return self._logs.setdefault(run, LogCopy(run))

    def _identity(self, row: Mapping[str, Any]) -> None:
        self.environments.add(row["environment"])
        self.has_identity = True

    def _run(self, row: Mapping[str, Any]) -> None:
        self.environments.add(row["environment"])
        self.runs += 1

    def _named(self, row: Mapping[str, Any]) -> None:
        self._log(row["run_id"]).origin = row["origin"]

    def _head(self, row: Mapping[str, Any]) -> None:
        parse(row["note"])
        self._log(row["run_id"]).notes.append(row["note"])

    def _record(self, row: Mapping[str, Any]) -> None:
        log, leaf = self._log(row["run_id"]), leaf_hash(row["envelope"])
        if row["index"] != len(log.leaves) or row["leaf"] != leaf.hex():
            raise ValueError(f"record {row['index']} of run {log.run} is not what its place and hash say")
        record = parsed_record(opened(row["envelope"]).payload)
        log.leaves.append(leaf)
        self.vouched |= {each.digest.sha256 for each in record.subject}
        if record.predicate.kind is Kind.ERASURE:
            self.vouched.discard(content(record.predicate.data, Erasure).blob)
        elif record.predicate.kind is Kind.GENESIS:
            log.vkey = content(record.predicate.data, Genesis).vkey


def followed(store: Snapshot) -> Following:
    """What a store tells of its runs and its logs. Raises `StoreError` and `ArchiveError`."""
    following = Following()
    for table in store.tables():
        for row in store.rows(table.name) if _tells(table) else ():
            following.take(table, row)
    return following


def _tells(table: Copied) -> bool:
    return table.name == "golive_run" or table.name.startswith("golive_evidence_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a log is known to have been, and who knows."""

    who: str
    at: Checkpoint


def points_of(present: Mapping[str, LogCopy]) -> list[Point]:
    """What the store that is there knows: every record, an erasure among them, under a head or not."""
    return [
        Point(
            who="the store that is there",
            at=Checkpoint(origin=log.origin, size=len(log.leaves), root=root_of(log.leaves)),
        )
        for log in present.values()
        if log.leaves
    ]


def refuse_behind(logs: Mapping[str, LogCopy], points: Iterable[Point]) -> None:
    """Return where every log goes on from all of these; raise `RollbackError` otherwise."""
    for point in points:
        log, known = logs.get(point.at.origin), point.at
        if log is None:
            raise RollbackError(
                f"got a backup without the log {known.origin}, expected its {known.size} records, which "
                f"{point.who} knows of; {MEND}"
            )
        if len(log.leaves) < known.size:
            raise RollbackError(
                f"got {len(log.leaves)} records of the log {known.origin} in the backup, expected at least "
                f"the {known.size} that {point.who} knows of: the log would be turned back; {MEND}"
            )
        if not _is_over(known, log.leaves):
            raise RollbackError(
                f"got other records of the log {known.origin} in the backup than the {known.size} that "
                f"{point.who} knows of, expected the same: it is of another log or was rewritten; use another"
            )


def receipt_points(logs: Mapping[str, LogCopy], receipts: Mapping[str, bytes]) -> list[Point]:
    """Where receipts say that logs were. Raises `RollbackError` for one that its log's key did not sign."""
    found = []
    for name, data in receipts.items():
        try:
            receipt = parsed(data)
            log = logs.get(receipt.checkpoint.origin)
            if log is not None:
                verified(receipt.note, LogKey.parse(log.vkey))
        except (ReceiptError, CheckpointError) as error:
            raise RollbackError(f"the receipt {name}: {error}; give the receipt that was kept") from error
        found.append(Point(who=f"the receipt {name}", at=receipt.checkpoint))
    return found


def _is_over(head: Checkpoint, leaves: Sequence[bytes]) -> bool:
    return head.size <= len(leaves) and root_of(leaves[: head.size]) == head.root
