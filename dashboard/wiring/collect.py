"""The collector process: asks, stores and judges while it holds the lease; otherwise says who holds it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collectors.asking import Asker
from collectors.masked import Masked
from collectors.observation import Sample
from collectors.poller import poll
from collectors.probe import Probe
from dashboard.conduct import Conductor
from dashboard.launch import wording
from dashboard.launch.announcing import Announcer
from dashboard.launch.inputs import is_stale
from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import LoadedPlan
from dashboard.notifier import Notifier
from dashboard.recorder import Recorder
from dashboard.sealing.drafts import Of
from dashboard.sealing.salted import Salt
from dashboard.sealing.sealer import Sealer
from dashboard.settings import Settings, SettingsError
from dashboard.steady import SteadyClock
from dashboard.store.errors import LeaseLostError, StoreError
from dashboard.store.store import Store, open_store
from dashboard.store.values import Lease, Run, Thinning
from dashboard.timekeeping import take_over_time
from dashboard.version import VERSION
from dashboard.wiring.anchoring import Anchoring
from dashboard.wiring.channels import channels_of
from dashboard.wiring.freezing import frozen
from dashboard.wiring.leasing import LEASE_S, RENEW_S, Taken, Waiting, holder_name
from dashboard.wiring.loops import patience, pause, together
from dashboard.wiring.money import money_of, ours_of, truth_of
from dashboard.wiring.money_reading import MoneyReading
from dashboard.wiring.plans import pace_of
from dashboard.wiring.probes import Probes, probes_of
from dashboard.wiring.receipting import Course, Receipting, Recipient, recipients_of
from dashboard.wiring.resolve import Resolver, refuse_key_kind, refuse_live_rehearsal, resolve, sealed
from dashboard.wiring.sealing import Seal, seal_until, sealer_of
from evidence.redaction import find_secret

LOOK_S = 0.5
WISH_LASTS_S = 60
"""A write that somebody wanted a minute ago is not what that person wants now."""

THIN_EVERY_S = 30
FINGERPRINT_BYTES = 32

LOG = logging.getLogger(__name__)


async def collect(
    settings: Settings,
    loaded: LoadedPlan,
    environ: Mapping[str, str],
    stop: asyncio.Event,
    *,
    clock: SteadyClock | None = None,
) -> None:
    """Collect until told to stop. Raises `StoreError`, `SettingsError` or `UnresolvedError` with the mend.

    `clock` is for whoever asks for probes in the same process; else it is what the parent handed over.
    """
    # What is imported stays: looking through it for garbage would stop every loop for a tenth of a second.
    gc.freeze()
    clock = clock or SteadyClock.handed(environ)
    resolver = resolve(loaded.plan, environ)
    refuse_live_rehearsal(resolver)
    refuse_key_kind(resolver)
    loaded = sealed(loaded, environ)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key = fingerprint_key(settings.data_dir)
    seal = Seal.of(settings, resolver.environment())
    seal.ready(resolver.environment())
    url = settings.store_url(resolver.environment()).reveal()
    pace = pace_of(environ, resolver.environment())
    with open_store(url, environment=resolver.environment(), app_version=VERSION) as store:
        collector = _Collector(
            store=store, resolver=resolver, clock=clock, key=key, loaded=loaded, seal=seal, settings=settings
        )
        while not stop.is_set():
            waiting = Waiting(store=store, clock=clock, holder=holder_name(), pace=pace)
            taken = await waiting.until_taken(stop)
            if taken is not None:
                await collector.under(taken, stop)


def fingerprint_key(data_dir: Path) -> bytes:
    """The key of secrets' fingerprints: made once per installation, readable by its owner alone."""
    file = data_dir / "fingerprint.key"
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(FINGERPRINT_BYTES))
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"got {file} readable by others, expected its owner alone; run: chmod 600 {file}")
    key = file.read_bytes()
    if len(key) != FINGERPRINT_BYTES:
        raise SettingsError(f"got {len(key)} bytes in {file}, expected {FINGERPRINT_BYTES}; delete the file")
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collector:
    """What collects in this process, whenever it has the lease."""

    store: Store
    resolver: Resolver
    clock: SteadyClock
    key: bytes
    loaded: LoadedPlan
    seal: Seal
    settings: Settings

    async def under(self, taken: Taken, stop: asyncio.Event) -> None:
        """Collect under this lease until it is lost. A store that is away is waited for, here as later."""
        while not stop.is_set():
            try:
                with patience():
                    collecting = await asyncio.to_thread(self._begin, taken)
                    await collecting.until(stop)
                    return
            except LeaseLostError as lost:
                LOG.warning("%s", lost)
                return
            await pause(stop, LOOK_S)

    def _begin(self, taken: Taken) -> _Collecting:
        """Go on with the run, or open it. Whoever was interrupted in this does it again from the start."""
        store, loaded, resolver, lease = self.store, self.loaded, self.resolver, taken.lease
        run = store.open_run(
            plan_id=loaded.plan.id, plan_sha256=loaded.sha256, plan_toml=loaded.text, now=self.clock.now()
        )
        if run.plan_sha256 != loaded.sha256:
            loaded, resolver = frozen(store, run, resolver)
            LOG.warning("%s", wording.plan_frozen(run.plan_sha256, self.loaded.sha256))
        moved = take_over_time(
            store,
            self.clock,
            taken.before,
            plan=loaded.plan,
            run=run,
            lease=lease,
            ttl_s=LEASE_S,
            ahead=taken.ahead,
        )
        if moved is not None:
            LOG.warning("%s", wording.clock_moved(moved))
        policy = Policy.of(
            loaded.plan,
            plan_sha256=loaded.sha256,
            run=run.id,
            attempt=run.attempt,
            environment=resolver.environment(),
        )
        conductor = Conductor(plan=loaded.plan, store=store, run=run, clock=self.clock.now)
        if run.under_way:
            conductor.offer(self.loaded.sha256)
        recorder = Recorder(
            store=store,
            run=run,
            lease=lease,
            policy=policy,
            clock=self.clock.now,
            scan=find_secret,
            judged=conductor.follow,
        )
        recorder.resume()
        probes = probes_of(
            resolver,
            since=run.started_at,
            fingerprint_key=self.key,
            newest=recorder.newest,
            money=truth_of(resolver, store, run),
        )
        salt = Salt(self.key)
        collecting = _Collecting(
            store=store,
            run=run,
            lease=lease,
            recorder=recorder,
            probes=probes,
            plan=loaded,
            resolver=resolver,
            is_done=conductor.is_done,
            clock=self.clock.now,
            seal=self.seal,
            sealer=sealer_of(
                self.seal,
                store,
                run,
                ours_of(resolver),
                self.clock.now,
                salt=salt,
                receipts=self.settings.receipts,
            ),
            notify=self.settings.notify,
            recipients=recipients_of(self.settings.receipts, salt),
            sent=self.settings.receipts_of(run.environment),
        )
        collecting.sealer.resume()
        return collecting


@dataclass(slots=True, kw_only=True)
class _Collecting:
    store: Store
    run: Run
    lease: Lease
    recorder: Recorder
    probes: Probes
    plan: LoadedPlan
    resolver: Resolver
    is_done: Callable[[], bool]
    clock: Callable[[], datetime]
    seal: Seal
    sealer: Sealer
    notify: tuple[Masked, ...]
    recipients: tuple[Recipient, ...]
    sent: Path

    async def until(self, stop: asyncio.Event) -> None:
        """Run all loops; when one of them loses the lease the others end and the lease is waited for anew."""
        ended = asyncio.Event()
        wanted: asyncio.Queue[Probe] = asyncio.Queue()
        asker = Asker(
            environment=self.resolver.environment(),
            timeout_ms=self.plan.plan.polling.timeout_ms,
            clock=self.clock,
            secrets=self.probes.secrets,
        )
        async with asker:
            money = money_of(
                self.resolver,
                self.probes,
                store=self.store.money,
                run=self.run,
                lease=self.lease,
                asker=asker,
                clock=self.clock,
            )
            loops = [
                self.recorder.run_until(ended),
                self._keep_lease(ended),
                self._serve_requests(wanted, ended),
                self._thin(ended),
                self._until_done(ended),
                self._notifier(asker).run_until(ended),
                seal_until(self.sealer, ended),
                self._anchoring().run_until(ended),
                self._receipting().run_until(ended),
                poll(
                    self.probes.schedule,
                    asker=asker,
                    sink=self._sink(money),
                    stop=ended,
                    rng=random.Random(),  # noqa: S311 - jitter, not a secret
                    requests=wanted,
                ),
            ]
            if money is not None:
                loops.append(money.run_until(ended))
            await together(loops, stop, ended)
        with suppress(StoreError):
            self.store.release(self.lease)

    def _sink(self, money: MoneyReading | None) -> Callable[[Sample], None]:
        if money is None:
            return self.recorder.take

        def take(sample: Sample) -> None:
            self.recorder.take(sample)
            money.take(sample)

        return take

    def _anchoring(self) -> Anchoring:
        return Anchoring(
            store=self.store,
            of=self.sealer.opening.of,
            log=self.sealer.log,
            blobs=self.seal.blobs,
            authorities=self.seal.authorities,
            clock=self.clock,
        )

    def _receipting(self) -> Receipting:
        return Receipting(
            store=self.store,
            courses=(*self._before(), Course(of=self.sealer.opening.of, log=self.sealer.log)),
            blobs=self.seal.blobs,
            recipients=self.recipients,
            sent=self.sent,
            clock=self.clock,
        )

    def _before(self) -> Iterator[Course]:
        """The run before this one: its end may not have gone to everybody when this one began."""
        run = next((each for each in self.store.runs() if each.id < self.run.id), None)
        origin = None if run is None else self.store.evidence.origin(run.id)
        if run is not None and origin is not None:
            of = Of(run=run.id, environment=run.environment, plan_sha256=run.plan_sha256)
            yield Course(of=of, log=self.seal.log(self.store, run.id, origin))

    def _notifier(self, asker: Asker) -> Notifier:
        return Notifier(
            store=self.store,
            run=self.run,
            lease=self.lease,
            announcer=Announcer(
                plan=self.resolver.plan, environment=self.resolver.environment(), scan=find_secret
            ),
            channels=channels_of(self.resolver, self.notify, asker),
            clock=self.clock,
        )

    async def _keep_lease(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            with patience():
                await asyncio.to_thread(self.store.renew, self.lease, now=self.clock(), ttl_s=LEASE_S)
            await pause(ended, RENEW_S)

    async def _serve_requests(self, wanted: asyncio.Queue[Probe], ended: asyncio.Event) -> None:
        while not ended.is_set():
            with patience():
                now = self.clock()
                requests = await asyncio.to_thread(
                    self.store.take_requests, self.run.id, now=now, lease=self.lease
                )
                recent = {
                    each.probe for each in requests if not is_stale(each.requested_at, now, WISH_LASTS_S)
                }
                for probe in sorted(recent & set(self.probes.started)):
                    wanted.put_nowait(self.probes.started[probe])
            await pause(ended, LOOK_S)

    async def _until_done(self, ended: asyncio.Event) -> None:
        """Returns, and so ends the collecting of this run, once its next attempt or another plan begins."""
        while not ended.is_set():
            with patience():
                if await asyncio.to_thread(self.is_done):
                    return
            await pause(ended, LOOK_S)

    async def _thin(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            with patience():
                now = self.clock()
                await asyncio.to_thread(self.store.thin, self.run.id, now=now, policy=Thinning())
            await pause(ended, THIN_EVERY_S)
