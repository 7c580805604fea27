"""What it costs to judge a whole hour again, and to read the state of a run out of a long log."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from dashboard.launch.event import Event, What
from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.replay import replay
from dashboard.launch.run import Stage, fold
from dashboard.playback import Playback
from dashboard.recorder import Recorder
from dashboard.settings import DEFAULT_PLAN
from dashboard.store.store import Store, open_store
from dashboard.store.values import COLLECTORS, Lease
from dashboard.version import VERSION
from dashboard.wiring.plans import read_plan
from evidence.redaction import find_secret
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.stored import ENVIRONMENT, T0, rounds
from tests.dashboard.launch.hour import recorded
from tests.dashboard.store.scene import drafted

MINUTES = 60
REPLAY_LIMIT_S = 5.0
EVENTS = 10_000
FOLD_LIMIT_MS = 50.0
FOLDS = 20


def measure(say: Say) -> list[Measured]:
    """Both rows."""
    return [_replayed(say), _folded()]


def _replayed(say: Say) -> Measured:
    loaded = read_plan(DEFAULT_PLAN)
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        say(f"replay: recording {MINUTES} minutes")
        url = f"sqlite:///{Path(folder) / 'hour.sqlite3'}"
        with open_store(url, environment=ENVIRONMENT, app_version=VERSION) as store:
            policy = _record(store, loaded)
            started = time.perf_counter()
            outcome = replay([policy], Playback(store=store, run_id=policy.run, policies=[policy]).recorded())
            seconds = time.perf_counter() - started
    if outcome.difference is not None or outcome.unprovable:
        raise UnmeasurableError(f"got {outcome}, expected a run that is reproduced")
    signals = sum(len(gate.rules) for gate in loaded.plan.gates)
    return Measured(
        row="replay",
        what=f"replaying {MINUTES} minutes, a {loaded.plan.polling.interval_s} s cycle, {signals} rules",
        value=seconds,
        limit=REPLAY_LIMIT_S,
        unit="s",
        how=f"{outcome.reproduced} evaluations read, recomputed and compared",
    )


def _record(store: Store, loaded: LoadedPlan) -> Policy:
    """An hour as the collector records it: each answer judged, and once a second nothing new."""
    now = T0
    run = store.open_run(plan_id=loaded.plan.id, plan_sha256=loaded.sha256, plan_toml=loaded.text, now=now)
    lease = store.take_lease(COLLECTORS, "the benchmark", now=now, ttl_s=86_400)
    assert isinstance(lease, Lease)
    policy = Policy.of(
        loaded.plan, plan_sha256=loaded.sha256, run=run.id, attempt=run.attempt, environment=ENVIRONMENT
    )
    recorder = Recorder(store=store, run=run, lease=lease, policy=policy, clock=lambda: now, scan=find_secret)
    recorder.resume()
    interval_s = loaded.plan.polling.interval_s
    for number, asked in enumerate(islice(rounds(loaded.plan, T0), MINUTES * 60 // interval_s)):
        for sample in asked:
            recorder.take(sample)
        for second in range(interval_s):
            now = T0 + timedelta(seconds=number * interval_s + second)
            recorder.step()
    return policy


def _folded() -> Measured:
    events = _log(T0)
    times = []
    for _ in range(FOLDS):
        started = time.perf_counter()
        state = fold(events)
        times.append(1_000 * (time.perf_counter() - started))
    if state.seq != EVENTS or state.stage is not Stage.COUNTING:
        raise UnmeasurableError(f"got a run at event {state.seq}, {state.stage}; expected {EVENTS}, counting")
    return Measured(
        row="replay",
        what=f"the state of a run out of {EVENTS:,} events",
        value=statistics.median(times),
        limit=FOLD_LIMIT_MS,
        unit="ms",
        how=f"median of {FOLDS}",
    )


def _log(at: datetime) -> Sequence[Event]:
    """A clock that is started, then held, resumed, and tasks that are ended, over and over."""
    first = recorded(drafted(at=at), 1, at)
    cycle = (What.HELD, What.RESUMED, What.SKIPPED, What.DECIDED)
    events = [first]
    for seq in range(2, EVENTS + 1):
        moment = at + timedelta(seconds=seq)
        what = cycle[seq % 4] if seq < EVENTS else What.RESUMED
        events.append(
            replace(
                first, seq=seq, what=what, event_at=moment, recorded_at=moment, subject=f"task_{seq % 40}"
            )
        )
    return events
