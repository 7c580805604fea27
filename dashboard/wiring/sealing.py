"""Puts together what seals a run, from the settings, the plan and the keys; and the loop that it runs in."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.frozen import first_plan
from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import LoadedPlan
from dashboard.purchases import Ours, Purchases
from dashboard.sealing.drafts import Of
from dashboard.sealing.items import MachineItems
from dashboard.sealing.opening import Opening, controls_of, longest_window
from dashboard.sealing.reading import KnownItems, genesis_of
from dashboard.sealing.salted import Salt
from dashboard.sealing.sealer import Sealer
from dashboard.settings import Authority, Settings
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.wiring.handing_over import HandingOver
from dashboard.wiring.loops import patience, pause
from evidence.blobs import BlobError, Blobs, FolderBlobs
from evidence.checkpoint import log_key, parse
from evidence.contents import Head
from evidence.heads import HeadSigner, HeadUnkeptError
from evidence.keys import LOG_FILE, RECORDER_FILE, KeyFileError, KeyRing, make_keys
from evidence.log import Log

LOOK_S: Final = 1.0
SUFFIX_BYTES: Final = 4
HEADS: Final = "heads"
ROOT: Final = Path(__file__).resolve().parents[2]

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What signs and keeps the evidence of one environment: shown by no page, stored in no database."""

    ring: KeyRing
    blobs: Blobs
    authorities: tuple[Authority, ...]

    @classmethod
    def of(cls, settings: Settings, environment: Environment) -> Seal:
        """By the settings."""
        return cls(
            ring=key_ring(settings, environment),
            blobs=blobs_of(settings, environment),
            authorities=settings.tsas,
        )

    def ready(self, environment: Environment) -> None:
        """Make keys for a rehearsal that has none. Raises `KeyFileError` where a launch has none."""
        folder = self.ring.folder
        is_bare = not any((folder / name).exists() for name in (RECORDER_FILE, LOG_FILE))
        if is_bare and environment is Environment.REHEARSAL:
            make_keys(folder, self.ring.passphrase)
        self.ring.keys()

    def log(self, store: Store, run_id: int, origin: str) -> Log:
        """The log of a run, to append to."""
        return Log(
            origin=origin,
            store=store.evidence.log(run_id),
            keys=self.ring.keys,
            next_keys=self.ring.next_keys,
        )

    def heads(self, origin: str) -> HeadSigner:
        """What signs the heads of a log."""
        return HeadSigner(origin=origin, key=self.ring.keys().log, folder=self.ring.folder / HEADS)


def blobs_of(settings: Settings, environment: Environment) -> Blobs:
    """Where blobs of one environment are kept; live and rehearsal never share a place."""
    if settings.bucket is None:
        return FolderBlobs(settings.blobs_of(environment))
    from dashboard.wiring.bucket_blobs import BucketBlobs

    return BucketBlobs(settings.bucket, environment.value)


def key_ring(settings: Settings, environment: Environment) -> KeyRing:
    """The keys of one environment, read when they are needed."""
    passphrase = None if settings.passphrase is None else settings.passphrase.reveal()
    return KeyRing(settings.keys_of(environment), passphrase)


def refuse_other_log_key(seal: Seal, store: Store, run_id: int, origin: str) -> None:
    """Raise `KeyFileError` where a log was begun with another key than the one that would sign its heads."""
    genesis = genesis_of(store, run_id)
    if genesis is not None and genesis.vkey != log_key(origin, seal.ring.keys().log).text():
        raise KeyFileError(
            f"got another {LOG_FILE} in {seal.ring.folder} than the log {origin} was begun with, expected "
            "the same: no auditor could verify its heads; put the old one back"
        )


def origin_of(store: Store, run: Run) -> str:
    """The name of the log of a run, given once: no two logs have the same, whoever restores what."""
    fresh = f"golive/{run.environment.value}/{run.plan_id}/{run.id}-{secrets.token_hex(SUFFIX_BYTES)}"
    return store.evidence.name(run.id, fresh)


def sealer_of(
    seal: Seal,
    store: Store,
    run: Run,
    ours: Ours,
    clock: Callable[[], datetime],
    *,
    salt: Salt | None = None,
    receipts: Sequence[Masked] = (),
) -> Sealer:
    """What seals this run, as the plan that it was opened with wants; with a `salt` its log begins with the
    digests of who has which role, and of who gets `receipts`. Raises `KeyFileError`, `StoreError`.
    """
    loaded, origin = first_plan(store, run), origin_of(store, run)
    refuse_other_log_key(seal, store, run.id, origin)
    purchases = Purchases(store=store, plan=loaded.plan, ours=ours, clock=clock)
    return Sealer(
        store=store,
        run=run,
        opening=_opened(_opening(seal, store, run, loaded, origin), salt, receipts),
        log=seal.log(store, run.id, origin),
        blobs=seal.blobs,
        heads=seal.heads(origin),
        items=MachineItems(store=store, run=run, purchases=purchases, ledger=loaded.plan.ledger.service),
        known=KnownItems(store, run.id),
        clock=clock,
        handover=HandingOver(store=store, run=run, plan=loaded.plan, clock=clock),
    )


async def seal_until(sealer: Sealer, stop: asyncio.Event) -> None:
    """Seal every second until told to stop, and once more then. A full disk is waited out; a log that is not
    ours to go on with ends the collecting.
    """
    while not stop.is_set():
        await _step(sealer)
        await pause(stop, LOOK_S)
    await _step(sealer)


async def _step(sealer: Sealer) -> None:
    try:
        with patience():
            await asyncio.to_thread(sealer.step)
    except (BlobError, HeadUnkeptError) as error:
        LOG.warning("evidence waits: %s", error)


def _opening(seal: Seal, store: Store, run: Run, loaded: LoadedPlan, origin: str) -> Opening:
    of = Of(run=run.id, environment=run.environment, plan_sha256=loaded.sha256)
    controls = controls_of(loaded.plan, loaded.sha256)
    policy = Policy.of(
        loaded.plan,
        plan_sha256=loaded.sha256,
        run=run.id,
        attempt=run.attempt,
        environment=run.environment,
    )
    keys = seal.ring.keys()
    return Opening(
        of=of,
        plan=loaded.plan,
        plan_text=loaded.text,
        controls=controls,
        controls_blob=sha256(controls).hexdigest(),
        vkey=log_key(origin, keys.log).text(),
        recorder=keys.recorder_spki,
        tsas=tuple(each.name for each in seal.authorities),
        longest_window=longest_window(policy),
        attempt=run.attempt,
        before=_head_before(store, run),
    )


def _opened(opening: Opening, salt: Salt | None, receipts: Sequence[Masked]) -> Opening:
    """With the digests of people and of what golive runs on."""
    if salt is not None:
        addresses = [each.reveal() for each in receipts]
        opening = replace(
            opening,
            roster_sha256=salt.roster(opening.plan),
            receipts_sha256=salt.addresses(addresses) if addresses else None,
        )
    return replace(opening, lockfile_sha256=lockfile_sha256())


def lockfile_sha256(root: Path = ROOT) -> str | None:
    """The SHA-256 of the versions of all libraries, None where golive was installed without that list."""
    file = root / "uv.lock"
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def _head_before(store: Store, run: Run) -> Head | None:
    """The newest head of the attempt before this one, if that has a log."""
    if run.attempt == 1:
        return None
    before = next((each for each in store.runs() if each.id < run.id and each.plan_id == run.plan_id), None)
    notes = {} if before is None else store.evidence.heads(before.id)
    if not notes:
        return None
    found = parse(notes[max(notes)])
    return Head(size=found.size, root=found.root.hex(), origin=found.origin)
