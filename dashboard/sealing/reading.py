"""What the log of a run says of the items that must be proven; reads only what was appended since."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from dashboard.launch.proof import Blob, Capture, Known, Reviewed
from dashboard.store.evidence import StoredRecord
from dashboard.store.store import Store
from evidence.contents import Erasure, Genesis, Review, content
from evidence.envelope import opened
from evidence.record import Kind, Record, parsed, time_of

CAPTURES: Final = (
    Kind.SCREENSHOT,
    Kind.COMMAND,
    Kind.STRIPE_CHARGE,
    Kind.STRIPE_ENDPOINT,
    Kind.LEDGER_BALANCE,
    Kind.LEDGER_TRANSACTIONS,
)
_READ: Final = tuple(kind.value for kind in (*CAPTURES, Kind.REVIEW, Kind.ERASURE))


def record_of(stored: StoredRecord) -> Record:
    """The record in a stored envelope. Raises `EnvelopeError` and `RecordError`."""
    return parsed(opened(stored.envelope).payload)


def genesis_of(store: Store, run_id: int) -> Genesis | None:
    """What the first record of a log says, None before there is one. Raises as `record_of`, `StoreError`."""
    first = store.evidence.records(run_id, limit=1)
    return content(record_of(first[0]).predicate.data, Genesis) if first else None


@dataclass(slots=True)
class KnownItems:
    """Follows the log of one run. Safe to share between threads."""

    store: Store
    run_id: int
    _last: int = -1
    _captures: list[Capture] = field(default_factory=list)
    _reviews: dict[int, Reviewed] = field(default_factory=dict)
    _erased: set[str] = field(default_factory=set)
    _following: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> Known:
        """All that the log says by now. Raises `StoreError`."""
        with self._following:
            for stored in self.store.evidence.of_kinds(self.run_id, _READ, after=self._last):
                self._take(stored)
                self._last = stored.index
            return Known(
                captures=tuple(self._captures), reviews=dict(self._reviews), erased=frozenset(self._erased)
            )

    def _take(self, stored: StoredRecord) -> None:
        record = record_of(stored)
        said = record.predicate
        if said.kind is Kind.REVIEW:
            review = content(said.data, Review)
            self._reviews[review.of.index] = Reviewed(
                of=review.of.index,
                accepted=review.accepted,
                by=said.actor.id,
                role=said.actor.role,
                reason=review.reason_code,
                recorded_at=time_of(said.recorded_at),
            )
        elif said.kind is Kind.ERASURE:
            self._erased.add(content(said.data, Erasure).blob)
        else:
            self._captures += [capture_of(stored, record, control) for control in said.controls]


def capture_of(stored: StoredRecord, record: Record, control: str) -> Capture:
    """A record as the capture of one item."""
    said = record.predicate
    return Capture(
        index=stored.index,
        leaf=stored.leaf,
        item=control,
        kind=said.kind.value,
        captured_at=time_of(said.captured_at),
        recorded_at=time_of(said.recorded_at),
        by=said.actor.id,
        role=said.actor.role,
        how=said.method.how,
        system=said.source.system,
        blobs=tuple(
            Blob(name=each.name, media_type=each.mediaType, sha256=each.digest.sha256)
            for each in record.subject
        ),
        valid_for_s=said.valid_for_s,
    )
