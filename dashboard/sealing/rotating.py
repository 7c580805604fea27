"""Puts another recorder's key in the place of the one in force, with a record of it in every open log.

The old key signs that record, so that whoever pinned the log's key goes on without pinning anything anew. A
kill at any point is mended by doing it again: nothing is put in place before every open log names it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from dashboard.sealing.drafts import TOOL, Of, json_subject, redaction
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import Blobs
from evidence.canonical import written
from evidence.contents import Rotation, told
from evidence.keys import KeyRing, promote_recorder, replace_recorder, spki_of
from evidence.log import Log
from evidence.record import Actor, Draft, Kind, Method, MethodType, time_text

KEY_HOLDER: Final = Actor(id="key-holder", role="key-holder", identity="signed")
"""Whoever has the key's file: that is all that is known of them."""


class Rotating(Protocol):
    """What signs and keeps the evidence of this environment."""

    @property
    def ring(self) -> KeyRing: ...

    @property
    def blobs(self) -> Blobs: ...

    def log(self, store: Store, run_id: int, origin: str) -> Log:
        """The log of a run, to append to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The new key's public half, and the runs whose logs name it now."""

    recorder: str
    runs: tuple[int, ...]


def rotate(store: Store | None, sealing: Rotating, clock: Callable[[], datetime]) -> Rotated:
    """Make the next recorder's key, or go on with the one that was made; write it into every open log, then
    put it in place. `store` is None where nothing was ever sealed. Raises `KeyFileError`, `LogError`,
    `BlobError` and `StoreError`; then the key in force stays the one in place.
    """
    ring = sealing.ring
    ring.keys()
    begun = ring.next_keys()
    spki = spki_of(replace_recorder(ring.folder, ring.passphrase)) if begun is None else begun.recorder_spki
    runs = [] if store is None else [_written(store, sealing, run, spki, clock()) for run in store.runs()]
    promote_recorder(ring.folder)
    return Rotated(recorder=spki, runs=tuple(sorted(run for run in runs if run is not None)))


def _written(store: Store, sealing: Rotating, run: Run, spki: str, now: datetime) -> int | None:
    """The run where its log is open and names the key now, None where it has none that is."""
    origin, tip = store.evidence.origin(run.id), store.evidence.tip(run.id)
    if origin is None or tip is None or tip.is_closed:
        return None
    of = Of(run=run.id, environment=run.environment, plan_sha256=run.plan_sha256)
    content = told(Rotation(recorder=spki))
    draft = Draft(
        key=f"rotate/{sha256(spki.encode()).hexdigest()[:16]}",
        kind=Kind.KEY_ROTATE,
        subject=(json_subject("rotation.json", sealing.blobs.put(written(content))),),
        actor=KEY_HOLDER,
        method=Method(type=MethodType.EXAMINE, how="key rotated", tool=TOOL),
        source=of.source(),
        captured_at=time_text(now),
        redaction=redaction(),
        data=content,
    )
    sealing.log(store, run.id, origin).append([draft], now)
    return run.id
