"""Deletes what a record vouches for, where the law wants that, and says so in the log.

The record itself stays: nothing personal is in it. Where the log is closed nothing is deleted, because no
record could say so any more, and a bundle without the blob could not be told from a damaged one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dashboard.sealing.drafts import TOOL, Of, json_subject, redaction
from dashboard.sealing.reading import record_of
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import Blobs
from evidence.canonical import written
from evidence.contents import Erasure, content, told
from evidence.log import Log
from evidence.record import Actor, Draft, Kind, Method, MethodType, time_text

_HASH = re.compile("[0-9a-f]{64}")
_CODE = re.compile("[a-z0-9][a-z0-9-]{0,39}")


class ErasingError(Exception):
    """It is not erased: one sentence for the person."""


class Keeping(Protocol):
    """What signs and keeps the evidence of this environment."""

    @property
    def blobs(self) -> Blobs: ...

    def log(self, store: Store, run_id: int, origin: str) -> Log:
        """The log of a run, to append to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A log that says so now, and its records that vouched for what is gone."""

    run: int
    records: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vouching:
    """A log that vouches for the blob, and its records that do, the newest last."""

    run: Run
    origin: str
    records: tuple[int, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Erases for one person. Every method raises `StoreError`."""

    store: Store
    sealing: Keeping
    actor: Actor
    clock: Callable[[], datetime]

    def erase(self, sha256: str, reason_code: str) -> tuple[Erased, ...]:
        """Delete the blob, and write that into every log that vouches for it, the oldest first. The records
        come first, so that a kill in between is mended by doing it again. Raises `ErasingError`, and then
        nothing is deleted, `LogError` and `BlobError`.
        """
        if not _HASH.fullmatch(sha256):
            raise ErasingError("A blob is named by its SHA-256: 64 digits, as its record shows it.")
        if not _CODE.fullmatch(reason_code):
            raise ErasingError('The reason is a short code such as "subject-request", of a-z, 0-9 and -.')
        vouching = [
            found for run in self.store.runs() if (found := _vouching(self.store, run, sha256)) is not None
        ]
        _refuse(vouching, sha256)
        erasure = Erasure(blob=sha256, reason_code=reason_code)
        news = [self._say(each, erasure) for each in vouching]
        if not self.sealing.blobs.erase(sha256) and not any(news):
            raise ErasingError("It was erased already.")
        oldest_first = sorted(vouching, key=lambda each: each.run.id)
        return tuple(Erased(run=each.run.id, records=each.records) for each in oldest_first)

    def _say(self, found: _Vouching, erasure: Erasure) -> bool:
        """Whether the log did not say so before."""
        run, data, now = found.run, told(erasure), self.clock()
        draft = Draft(
            # With the newest record: what is handed in again after it was erased can be erased again.
            key=f"erase/{erasure.blob[:32]}/{found.records[-1]}",
            kind=Kind.ERASURE,
            subject=(json_subject("erasure.json", self.sealing.blobs.put(written(data))),),
            actor=self.actor,
            method=Method(type=MethodType.EXAMINE, how="erased", tool=TOOL),
            source=Of(run=run.id, environment=run.environment, plan_sha256=run.plan_sha256).source(),
            captured_at=time_text(now),
            redaction=redaction(),
            data=data,
        )
        return self.sealing.log(self.store, run.id, found.origin).append([draft], now)[0].is_new


def _refuse(vouching: list[_Vouching], sha256: str) -> None:
    if not vouching:
        raise ErasingError(f"No record of any run vouches for {sha256[:12]}….")
    if any(each.records[0] == 0 for each in vouching):
        raise ErasingError("A log begins with it: it is the plan, and holds nothing personal.")
    closed = next((each for each in vouching if each.is_closed), None)
    if closed is not None:
        raise ErasingError(
            f"The log of run {closed.run.id} is closed: no record can follow that says so, and without one "
            "the bundle would count as damaged. Nothing was erased."
        )


def _vouching(store: Store, run: Run, sha256: str) -> _Vouching | None:
    origin, tip = store.evidence.origin(run.id), store.evidence.tip(run.id)
    if origin is None or tip is None:
        return None
    vouches: list[int] = []
    said_at = -1
    for stored in store.evidence.each(run.id, size=tip.index + 1):
        record = record_of(stored)
        if any(subject.digest.sha256 == sha256 for subject in record.subject):
            vouches.append(stored.index)
        elif stored.kind == Kind.ERASURE and content(record.predicate.data, Erasure).blob == sha256:
            said_at = stored.index
    if not vouches or (tip.is_closed and said_at > vouches[-1]):
        return None  # nothing is left to say there
    return _Vouching(run=run, origin=origin, records=tuple(vouches), is_closed=tip.is_closed)
