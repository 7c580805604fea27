"""Collectors take the time over: with a real store, and a host whose clock is set while nobody collects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from dashboard.access import Person
from dashboard.conduct import Conductor
from dashboard.launch.event import Event
from dashboard.launch.plan import Plan, RoleKind
from dashboard.launch.run import RunState, fold
from dashboard.launch.scene import Act, Wish
from dashboard.steady import SteadyClock
from dashboard.store.errors import LeaseLostError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease, Run
from dashboard.timekeeping import take_over_time
from tests.cast import default_plan, person
from tests.dashboard.hosts import SetHost
from tests.dashboard.launch.hour import judged
from tests.dashboard.store.scene import opened, opened_run

TTL_S = 10
BOTH_WAYS = pytest.mark.parametrize("by", [600, -600])


@dataclass(slots=True)
class Shift:
    """The collectors on a host: each `collect` is another process that starts there."""

    store: Store
    told: SetHost = field(default_factory=SetHost)
    plan: Plan = field(default_factory=default_plan)
    robin: Person = field(default_factory=lambda: person("coordinator", RoleKind.COORDINATOR))

    @property
    def run(self) -> Run:
        return opened_run(self.store)

    def collect(self) -> tuple[SteadyClock, timedelta | None]:
        """Start, wait for the lease of whoever collected before, and take the time over."""
        clock = SteadyClock(self.told.host())
        before = self.store.time_base(COLLECTORS)
        lease = self.store.take_lease(COLLECTORS, "host:1", now=clock.now_by(before), ttl_s=TTL_S)
        assert isinstance(lease, Lease)
        by = take_over_time(self.store, clock, before, plan=self.plan, run=self.run, lease=lease, ttl_s=TTL_S)
        self.store.append_evaluation(
            self.run.id,
            replace(judged(self.plan, at=clock.now(), evaluation=self.evaluation() + 1), run=self.run.id),
            memory=b"",
            flips=(),
            inputs=(),
            lease=lease,
        )
        return clock, by

    def evaluation(self) -> int:
        head = self.store.head(self.run.id)
        return 0 if head is None else head.evaluation or 0

    def act(self, clock: SteadyClock, act: Act, subject: str = "") -> Event:
        conductor = Conductor(plan=self.plan, store=self.store, run=self.run, clock=clock.now)
        wish = Wish(act=act, subject=subject, reason="because")
        return conductor.act(self.robin, wish, board=None, evaluation=None)

    def state(self) -> RunState:
        return fold(self.store.events(self.run.id))


@pytest.fixture
def shift(tmp_path: Path) -> Iterator[Shift]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield Shift(store)


def counting(shift: Shift) -> None:
    """Started, and fifteen minutes on; then the process is killed, so that it still has the lease."""
    clock, _ = shift.collect()
    shift.act(clock, Act.START)
    shift.told.wait(900)


@BOTH_WAYS
def test_after_a_restart_with_a_clock_that_was_set_t_is_where_it_was(shift: Shift, by: int) -> None:
    counting(shift)
    shift.told.set_by(by)
    shift.told.wait(60)

    clock, moved = shift.collect()

    assert timedelta(seconds=by) == moved
    assert 960 == shift.state().clock.at(clock.now())
    assert ["clock started", "clock moved"] == [e.what.value for e in shift.store.events(shift.run.id)]


def test_a_restart_with_a_clock_that_nobody_set_records_nothing(shift: Shift) -> None:
    counting(shift)

    clock, moved = shift.collect()

    assert moved is None
    assert (1, 900) == (shift.state().seq, shift.state().clock.at(clock.now()))


def test_a_small_correction_does_not_move_t_either(shift: Shift) -> None:
    counting(shift)
    shift.told.set_by(-1.5)

    clock, moved = shift.collect()

    assert moved is None
    assert (1, 900) == (shift.state().seq, shift.state().clock.at(clock.now()))


def test_a_clock_that_is_set_again_is_recorded_again(shift: Shift) -> None:
    counting(shift)
    for by in (600, -600, -600):
        shift.told.set_by(by)
        shift.told.wait(20)
        clock, _ = shift.collect()

    assert [600_000, -600_000, -600_000] == [e.shift_ms for e in shift.store.events(shift.run.id)[1:]]
    assert 960 == shift.state().clock.at(clock.now())


def test_after_a_reboot_with_a_clock_set_back_t_goes_on_from_the_last_judgement(shift: Shift) -> None:
    clock, _ = shift.collect()
    shift.act(clock, Act.START)
    shift.told.wait(900)
    clock, _ = shift.collect()  # judges at T+15
    lease = shift.store.take_lease(COLLECTORS, "host:1", now=clock.now() + timedelta(seconds=11), ttl_s=10)
    assert isinstance(lease, Lease)
    shift.store.release(lease)
    shift.told.reboot()
    shift.told.set_by(-600)

    clock, moved = shift.collect()

    assert timedelta(seconds=-600) == moved
    assert 900 == shift.state().clock.at(clock.now())


@BOTH_WAYS
def test_before_t_0_it_is_told_and_not_recorded(shift: Shift, by: int) -> None:
    shift.collect()
    shift.told.wait(60)
    shift.told.set_by(by)

    _, moved = shift.collect()

    assert (timedelta(seconds=by), 0) == (moved, shift.state().seq)


@BOTH_WAYS
def test_the_lease_of_a_killed_collector_runs_out_by_the_time_that_passed(shift: Shift, by: int) -> None:
    clock, _ = shift.collect()
    lease = shift.store.take_lease(COLLECTORS, "host:2", now=clock.now(), ttl_s=TTL_S)
    assert not isinstance(lease, Lease)
    shift.told.set_by(by)

    for seconds, is_free in ((9, False), (1, True)):
        shift.told.wait(seconds)
        second = SteadyClock(shift.told.host())
        now = second.now_by(shift.store.time_base(COLLECTORS))
        lease = shift.store.take_lease(COLLECTORS, "host:2", now=now, ttl_s=TTL_S)
        assert is_free is isinstance(lease, Lease)


def test_whoever_acts_just_then_is_in_the_log_before_the_move_and_t_is_right_for_both(shift: Shift) -> None:
    counting(shift)
    acting = SteadyClock(shift.told.host())
    acting.follow(shift.store.time_base(COLLECTORS))
    shift.told.set_by(600)
    waiting = [Act.HOLD]

    class Overtaken(Store):
        def board(self, run_id: int, evaluation: int | None = None) -> object:  # type: ignore[override]
            if waiting:
                shift.act(acting, waiting.pop())
            return super().board(run_id, evaluation)

    overtaken = Overtaken(shift.store._database, environment=shift.store.environment)
    clock, _ = Shift(overtaken, told=shift.told).collect()

    assert ["clock started", "clock held", "clock moved"] == [
        e.what.value for e in shift.store.events(shift.run.id)
    ]
    assert 900 == shift.state().clock.at(clock.now())


def test_who_lost_the_lease_changes_no_time_base(shift: Shift) -> None:
    clock, _ = shift.collect()
    late = clock.now() + timedelta(seconds=TTL_S)
    lost = shift.store.take_lease(COLLECTORS, "host:2", now=late, ttl_s=TTL_S)
    assert isinstance(lost, Lease)
    shift.store.take_lease(COLLECTORS, "host:3", now=late + timedelta(seconds=TTL_S), ttl_s=TTL_S)
    shift.told.set_by(600)

    with pytest.raises(LeaseLostError):
        take_over_time(
            shift.store,
            SteadyClock(shift.told.host()),
            clock.anchor,
            plan=shift.plan,
            run=shift.run,
            lease=lost,
            ttl_s=TTL_S,
        )

    assert clock.anchor == shift.store.time_base(COLLECTORS)


@BOTH_WAYS
def test_another_hosts_clock_that_was_seen_to_differ_moves_no_t(shift: Shift, by: int) -> None:
    counting(shift)
    shift.told.boot = "another host"
    shift.told.set_by(by)
    clock, before = SteadyClock(shift.told.host()), shift.store.time_base(COLLECTORS)
    lease = shift.store.take_lease(COLLECTORS, "host:2", now=clock.now() + timedelta(hours=1), ttl_s=TTL_S)
    assert isinstance(lease, Lease)

    taken = partial(
        take_over_time, shift.store, clock, before, plan=shift.plan, run=shift.run, lease=lease, ttl_s=TTL_S
    )
    moved = taken(ahead=timedelta(seconds=by))
    again = taken(ahead=timedelta(seconds=by))  # the answer was lost

    assert (timedelta(seconds=by), None) == (moved, again)
    assert 900 == shift.state().clock.at(clock.now())
    assert ["clock started", "clock moved"] == [e.what.value for e in shift.store.events(shift.run.id)]
