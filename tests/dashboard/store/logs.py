"""Evidence logs in a real store, signed by keys on disk: what the tests of keeping them append and check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from dashboard.sealing.heads import signed_head
from dashboard.store.evidence import StoredRecord
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence import controls
from evidence.blobs import FolderBlobs
from evidence.bundle import Contents, write_bundle
from evidence.canonical import written
from evidence.checkpoint import log_key
from evidence.contents import Genesis, told
from evidence.controls import Controls
from evidence.heads import HeadSigner
from evidence.keys import KeyRing
from evidence.log import Appended, Log
from evidence.record import (
    Actor,
    Digest,
    Draft,
    Environment,
    Kind,
    Method,
    MethodType,
    Redaction,
    Source,
    Subject,
    time_text,
)
from evidence.verification.procedure import verify
from evidence.verification.report import Report
from evidence.verification.trust import trusted
from tests.dashboard.store.scene import T0, opened, opened_run

ORIGIN = "golive/rehearsal/first-live-dollar/1-0badcafe"
MACHINE = Actor(id="golive", role="golive", identity="machine")
NOTHING = controls.written(
    Controls(plan_id="first-live-dollar", title="First live dollar", plan_sha256="a" * 64, controls=())
)
"""A plan that wants nothing proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was acknowledged of one record."""

    index: int
    key: str
    blob: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """The log of one run: what a process that captures has open."""

    store: Store
    run: Run
    log: Log
    blobs: FolderBlobs
    heads: HeadSigner

    def begin(self) -> None:
        """Put the genesis in, unless it is there."""
        genesis = Genesis(
            vkey=self.vkey,
            recorder=self.log.keys().recorder_spki,
            plan_sha256=sha256(NOTHING).hexdigest(),
            app_version="0.1.0",
            lockfile_sha256=None,
            policies={},
            tsas=(),
            roster_sha256=None,
            receipts_sha256=None,
            run=self.run.id,
        )
        blob = self.blobs.put(NOTHING)
        self.log.append([draft("genesis", blob, kind=Kind.GENESIS, data=told(genesis))], T0)

    def capture(self, key: str, now: datetime = T0) -> Kept:
        """Keep a blob, then the record that vouches for it."""
        blob = self.blobs.put(written({"seen": key}))
        (done,) = self.append(draft(key, blob), now=now)
        return Kept(index=done.index, key=key, blob=blob)

    def append(self, *drafts: Draft, now: datetime = T0) -> Sequence[Appended]:
        return self.log.append(drafts, now)

    def sign(self) -> int:
        """Sign the head as it is now; its size."""
        return signed_head(self.store, self.run.id, self.heads).size

    def records(self) -> list[StoredRecord]:
        return list(self.store.evidence.each(self.run.id, size=1_000_000))

    @property
    def vkey(self) -> str:
        return log_key(self.log.origin, self.heads.key).text()

    def verified(self, bundle: Path) -> Report:
        """What an auditor who pins the log's key makes of all that is there."""
        self.sign()
        contents = Contents(
            records=[each.envelope for each in self.records()],
            blob=self.blobs.open,
            checkpoints=self.store.evidence.heads(self.run.id),
            anchors={},
            plan=NOTHING,
            view={},
        )
        with bundle.open("wb") as out:
            write_bundle(contents, out)
        return verify(bundle, trusted(vkey=self.vkey, roots={}, receipts={}, is_open=True))


@contextmanager
def logging(url: str, folder: Path) -> Iterator[Logging]:
    """The log of the newest run in this store, with keys and blobs in this folder, as a process opens it."""
    with opened(url) as store:
        run, ring = opened_run(store), KeyRing(folder / "keys")
        origin = store.evidence.name(run.id, ORIGIN)
        yield Logging(
            store=store,
            run=run,
            log=Log(origin=origin, store=store.evidence.log(run.id), keys=ring.keys),
            blobs=FolderBlobs(folder / "blobs"),
            heads=HeadSigner(origin=origin, key=ring.keys().log, folder=folder / "keys" / "heads"),
        )


def draft(key: str, blob: str, **changed: Any) -> Draft:
    """A ledger's answer, unless told otherwise."""
    plain: dict[str, Any] = {
        "key": key,
        "kind": Kind.EVENT,
        "subject": (Subject(name="seen.json", mediaType="application/json", digest=Digest(sha256=blob)),),
        "actor": MACHINE,
        "method": Method(type=MethodType.TEST, how="polled", tool="golive/0.1.0"),
        "source": Source(system="ledger", environment=Environment.REHEARSAL),
        "captured_at": time_text(T0),
        "redaction": Redaction(policy="golive-run/1", gate="secrets/1"),
        "data": {},
    }
    return Draft(**(plain | changed))
