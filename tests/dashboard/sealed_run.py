"""A run that is sealed as the collectors seal it: with keys, blobs and a store in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collectors.observation import Environment
from dashboard.launch.event import Draft, What
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.purchases import Ours
from dashboard.sealing.reading import record_of
from dashboard.sealing.sealer import Sealer
from dashboard.settings import Settings, read_settings
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease, Run
from dashboard.wiring.sealing import Seal, sealer_of
from evidence.blobs import FolderBlobs
from evidence.record import Kind, Record
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0
from tests.dashboard.store.scene import drafted, opened

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)


def with_items(items: str) -> LoadedPlan:
    """The default plan, wanting this proven instead: the text of `[evidence]`, "" for nothing."""
    return load_plan(LOADED.text.partition("[evidence]\n")[0] + items, scan=find_secret)


@dataclass(slots=True, kw_only=True)
class SealedRun:
    """A run and what seals it; the clock is in the test's hand."""

    settings: Settings
    store: Store
    run: Run
    lease: Lease
    seal: Seal
    now: datetime

    def sealer(self) -> Sealer:
        """What seals it, as a process makes it when it starts."""
        sealer = sealer_of(self.seal, self.store, self.run, Ours(), self.clock)
        sealer.resume()
        return sealer

    def clock(self) -> datetime:
        """Now."""
        return self.now

    def happen(self, what: What, **told: object) -> None:
        """Somebody did this a second later, and it is sealed."""
        self.now += timedelta(seconds=1)
        draft: Draft = drafted(what, self.now, plan_sha256=self.run.plan_sha256, **told)
        seq = len(self.store.events(self.run.id))
        assert self.store.append_event(self.run.id, draft, expected=seq, now=self.now) is not None
        self.sealer().step()

    def records(self, *kinds: Kind) -> list[Record]:
        """The records of these kinds, or all."""
        found = [record_of(each) for each in self.store.evidence.records(self.run.id)]
        return [each for each in found if not kinds or each.predicate.kind in kinds]

    @property
    def blobs(self) -> FolderBlobs:
        """What its records vouch for, as the files that it is by default."""
        return FolderBlobs(self.settings.blobs_of(Environment.REHEARSAL))

    @property
    def data_dir(self) -> Path:
        return self.settings.data_dir


@contextmanager
def sealed_run(
    data_dir: Path, loaded: LoadedPlan = LOADED, *, now: datetime = T0, environ: dict[str, str] | None = None
) -> Iterator[SealedRun]:
    """A fresh run of this plan in the rehearsal's store of this folder, its log begun."""
    settings = read_settings(environ or {}, data_dir=data_dir, plan_names=None)
    data_dir.mkdir(parents=True, exist_ok=True)
    seal = Seal.of(settings, Environment.REHEARSAL)
    seal.ready(Environment.REHEARSAL)
    with opened(settings.store_url(Environment.REHEARSAL).reveal()) as store:
        lease = store.take_lease(COLLECTORS, "host, process 1", now=now, ttl_s=36_000)
        assert isinstance(lease, Lease)
        run = store.open_run(
            plan_id=loaded.plan.id, plan_sha256=loaded.sha256, plan_toml=loaded.text, now=now
        )
        found = SealedRun(settings=settings, store=store, run=run, lease=lease, seal=seal, now=now)
        found.sealer()
        yield found
