"""A store as golive leaves it behind after so many observations: judged, with flips, and the newest alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, insert, select, type_coerce

from collectors.observation import Environment, Observation, Sample, Scalar
from dashboard.launch.judge import Policy
from dashboard.launch.plan import Plan
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.signals import Probe, catalogue
from dashboard.recorder import Recorder
from dashboard.store.database import connect
from dashboard.store.store import Store, open_store
from dashboard.store.tables import SampleRow
from dashboard.store.values import COLLECTORS, Lease, Run
from dashboard.version import VERSION
from evidence.redaction import find_secret

T0 = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NEWEST = 1_000
"""So many are the same in every store: recorded and judged round by round, as the collectors do it."""

FALLS_EVERY = 13
"""Rounds after which a service is not ready once, so that there are flips to draw."""

ENVIRONMENT = Environment.REHEARSAL
BUILD = "2026.11.22-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An open store with what the Control room needs to draw it, at the moment it was left."""

    store: Store
    loaded: LoadedPlan
    now: datetime


def stored(folder: Path, loaded: LoadedPlan, *, observations: int) -> Stored:
    """Make a store in `folder` with exactly so many observations, NEWEST or more."""
    url = f"sqlite:///{folder / f'{observations}.sqlite3'}"
    store = open_store(url, environment=ENVIRONMENT, app_version=VERSION)
    run = store.open_run(
        plan_id=loaded.plan.id, plan_sha256=loaded.sha256, plan_toml=loaded.text, now=T0 - timedelta(days=90)
    )
    lease = store.take_lease(COLLECTORS, "the benchmark", now=T0, ttl_s=86_400)
    assert isinstance(lease, Lease)
    if observations > NEWEST:
        span = timedelta(seconds=NEWEST)
        older = list(islice(chain.from_iterable(rounds(loaded.plan, T0 - span)), NEWEST))
        store.append_samples(run.id, older, lease=lease)
        _multiply(url, span, times=observations // NEWEST - 2)
    return Stored(store=store, loaded=loaded, now=_record_newest(store, run, lease, loaded))


def _multiply(url: str, span: timedelta, *, times: int) -> None:
    """Copy the first observations so many times, each time a span further into the past."""
    table: Any = SampleRow.__table__  # type: ignore[attr-defined]
    names = [column.name for column in table.columns if column.name != "id"]
    first = select(table).order_by(table.c.id).limit(NEWEST).subquery()
    database = connect(url, create=False, timeout_ms=5_000, starter="golive")
    for copy in range(1, times + 1):
        earlier = type_coerce(first.c.observed_at, BigInteger) - copy * span // timedelta(microseconds=1)
        columns = [earlier if name == "observed_at" else first.c[name] for name in names]
        with database.writing() as session:
            session.execute(insert(table).from_select(names, select(*columns)))
    database.close()


def _record_newest(store: Store, run: Run, lease: Lease, loaded: LoadedPlan) -> datetime:
    now = T0
    policy = Policy.of(
        loaded.plan, plan_sha256=loaded.sha256, run=run.id, attempt=run.attempt, environment=ENVIRONMENT
    )
    recorder = Recorder(store=store, run=run, lease=lease, policy=policy, clock=lambda: now, scan=find_secret)
    left = NEWEST
    for asked in rounds(loaded.plan, T0):
        for sample in asked[:left]:
            recorder.take(sample)
            now = sample.observed_at
        recorder.step()
        left -= len(asked[:left])
        if not left:
            return now
    return now


def rounds(plan: Plan, start: datetime) -> Iterator[list[Sample]]:
    """Rounds of answers without end: the five that have a tile every time, of the others every second one."""
    probes = list(catalogue(plan).values())
    number = 0
    while True:
        at = start + timedelta(seconds=plan.polling.interval_s * number)
        yield [
            _answer(plan, probe, at, ready=number % FALLS_EVERY != 0)
            for turn, probe in enumerate(probes)
            if probe.id.endswith(".ready") or (turn + number) % 2 == 0
        ]
        number += 1


def _answer(plan: Plan, probe: Probe, at: datetime, *, ready: bool) -> Observation:
    facts: dict[str, Scalar] = {name: _plain(kind) for name, kind in probe.facts.items()}
    facts |= _wanted(plan, probe.id)
    if not ready and probe.id == "student_pilot.ready":
        facts["ready"] = False
    return Observation(
        probe=probe.id,
        source=probe.source,
        environment=ENVIRONMENT,
        asked=f"GET http://127.0.0.1:40000/{probe.id}",
        observed_at=at,
        elapsed_ms=3 + at.second % 7,
        source_at=at.replace(microsecond=0),
        status=200,
        facts=facts,
        build=BUILD if "build" in facts else None,
    )


def _plain(kind: type[Scalar]) -> Scalar:
    plain: dict[type[Scalar], Scalar] = {bool: True, int: 0, str: BUILD}
    return plain[kind]


def _wanted(plan: Plan, probe: str) -> dict[str, Scalar]:
    """The facts of this probe for which its rules pass."""
    facts: dict[str, Scalar] = {}
    for rule in (rule for gate in plan.gates for rule in gate.rules):
        for signal, value in ((rule.signal, rule.is_), (rule.n, rule.n_min)):
            asked, _, fact = (signal or "").rpartition(".")
            if asked == probe and value is not None:
                facts[fact] = value
    return facts
