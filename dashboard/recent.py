"""The newest samples of a few probes of one run, kept beside whoever shows them: only what is new is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.measuring import looked_back
from dashboard.launch.plan import Plan
from dashboard.launch.showing import TILE_ATTEMPTS
from dashboard.launch.signals import MONEY
from dashboard.recorder import WINDOW_LIMIT
from dashboard.store.store import Store

AT_ONCE = 1_000
"""So many new samples are read in one query."""


@dataclass(slots=True, kw_only=True)
class Recent:
    """Follows one run. `windows_s` names the probes, and how many seconds of each are wanted; whatever those
    are, the newest `least` of each are kept. Not to be shared between threads.
    """

    store: Store
    run_id: int
    windows_s: Mapping[str, int]
    least: int
    _kept: dict[str, deque[Input]] = field(init=False, default_factory=dict)
    _to: int = field(init=False, default=0)

    def read(self, now: datetime) -> None:
        """Read on from where the last reading ended. Raises `StoreError`; then nothing is lost."""
        if not self._kept:
            head = self.store.head(self.run_id)
            upto = (
                0 if head is None else head.sample_id or 0
            )  # what comes while these are read comes after them
            self._kept = {probe: self._first(probe, now, upto) for probe in self.windows_s}
            self._to = upto
        while True:
            found = self.store.samples_after(self.run_id, self._to, limit=AT_ONCE)
            self._keep(found, now)
            if len(found) < AT_ONCE:
                return

    def newest(self, probe: str, limit: int) -> list[Input]:
        """The newest samples of a probe, newest first, and no more of them than the least that is kept."""
        kept = self._kept.get(probe, ())
        return [found for found, _ in zip(reversed(kept), range(limit), strict=False)]

    def inputs(self) -> Inputs:
        """Of every probe the newest sample, and at least the window that is wanted of it, oldest first."""
        return Inputs(
            newest={probe: kept[-1] for probe, kept in self._kept.items() if kept},
            windows={probe: tuple(self._kept.get(probe, ())) for probe in self.windows_s},
        )

    def _first(self, probe: str, now: datetime, upto: int) -> deque[Input]:
        newest = self.store.newest_of(self.run_id, probe, limit=self.least)[::-1]
        since = now - timedelta(seconds=self.windows_s[probe])
        window = self.store.samples_since(self.run_id, probe, since=since, limit=WINDOW_LIMIT)
        known = {found.id: found for found in (*newest, *window) if found.id <= upto}
        return deque((known[key] for key in sorted(known)), maxlen=WINDOW_LIMIT)

    def _keep(self, found: list[Input], now: datetime) -> None:
        for each in found:
            self._to = each.id
            kept = self._kept.get(each.sample.probe)
            if kept is None:
                continue
            kept.append(each)
            since = now - timedelta(seconds=self.windows_s[each.sample.probe])
            while len(kept) > self.least and kept[0].sample.observed_at < since:
                kept.popleft()


def recent_of(store: Store, run_id: int, plan: Plan) -> Recent:
    """What is shown beside a board: each service's last answers, and what the KPIs are measured from."""
    windows = dict.fromkeys((ready(service) for service in plan.services), 0)
    if plan.money is not None:
        windows[MONEY] = 0
    for probe, window_s in looked_back(plan).items():
        windows[probe] = max(window_s, windows.get(probe, 0))
    return Recent(store=store, run_id=run_id, windows_s=windows, least=TILE_ATTEMPTS)


def ready(service: str) -> str:
    """The probe whose answers a service's tile draws."""
    return f"{service}.ready"
