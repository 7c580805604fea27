"""Four clocks a task: what was planned never moves, what is forecast moves with lateness and holds."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from dashboard.launch.acting import act
from dashboard.launch.plan import Task
from dashboard.launch.run import Stage, TaskState
from dashboard.launch.scene import Act, RefusedActError, Wish
from dashboard.launch.timeline import Row, TaskStage, length_s, rows
from tests.cast import default_plan
from tests.dashboard.launch.hour import COMMS, COORDINATOR, FRONTEND, Hour, fixed, staged


def row(hour: Hour, task: str) -> Row:
    return next(row for row in rows(hour.plan, hour.state(), hour.now) if row.task.id == task)


def can_begin(hour: Hour, task: Task) -> bool:
    try:
        act(hour.scene(), Wish(act=Act.BEGIN, subject=task.id), replace(FRONTEND, role=task.owner))
    except RefusedActError:
        return False
    return True


def test_before_t_0_everything_is_as_planned_and_nothing_can_begin() -> None:
    hour = Hour()

    found = rows(hour.plan, hour.state(), hour.now)

    assert [(row.planned_start_s, row.planned_end_s) for row in found] == [
        (row.start_s, row.end_s) for row in found
    ]
    assert {0} == {row.late_s for row in found}
    assert 60 * 60 == length_s(hour.plan.hour) if hour.plan.hour else False


def test_a_plan_without_an_hour_has_no_tasks() -> None:
    hour = Hour(plan=msgspec.structs.replace(default_plan(), hour=None))

    assert () == rows(hour.plan, hour.state(), hour.now)


@pytest.mark.parametrize(("minutes", "late_s"), [(10, 0), (10.5, 30), (12, 120)])
def test_an_open_task_is_late_from_the_end_of_its_timebox_on(minutes: float, late_s: float) -> None:
    hour = Hour()
    hour.start()
    hour.wait(minutes)

    assert late_s == row(hour, "checkout_ready").late_s


def test_lateness_moves_whatever_waits_for_it() -> None:
    hour = Hour()
    hour.start()
    hour.wait(32)

    found = row(hour, "smoke_test")

    assert (32 * 60, (32 + 10) * 60) == (found.start_s, found.end_s)
    assert (15 * 60, 25 * 60) == (found.planned_start_s, found.planned_end_s)
    assert 17 * 60 == found.late_s
    assert ("Rotate the notification secret",) == found.waiting_for
    assert (42 * 60, 52 * 60) == (row(hour, "live_purchase").start_s, row(hour, "live_purchase").end_s)


def test_a_hold_makes_nobody_late() -> None:
    hour = Hour()
    hour.start()
    hour.wait(5)
    hour.do(Act.HOLD, COORDINATOR, reason="a question")
    hour.wait(30)

    assert {0} == {found.late_s for found in rows(hour.plan, hour.state(), hour.now)}


def test_what_ended_says_when_how_and_by_whom() -> None:
    hour = Hour()
    hour.start()
    hour.wait(12)
    hour.do(Act.SKIP, COMMS, "rotate_secret", "rotated yesterday")

    found = row(hour, "rotate_secret")

    assert (TaskState.SKIPPED, 12 * 60, 120) == (found.state, found.end_s, found.late_s)
    assert ("Kim", "rotated yesterday") == (found.ended_by, found.reason)
    assert not found.is_open


def test_a_task_can_begin_at_its_time_when_nothing_is_before_it() -> None:
    hour = Hour()
    unstarted = row(hour, "smoke_test").stage
    hour.start()
    waiting = row(hour, "smoke_test").stage
    hour.do(Act.SKIP, COMMS, "rotate_secret", "rotated yesterday")
    hour.wait(14.9)
    early = row(hour, "smoke_test").stage
    hour.wait(0.1)
    in_time = row(hour, "smoke_test").stage

    assert (TaskStage.NOT_STARTABLE, TaskStage.NOT_STARTABLE) == (unstarted, waiting)
    assert (TaskStage.EARLY, TaskStage.STARTABLE) == (early, in_time)


@pytest.mark.parametrize("minutes", [0, 30])
@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.COUNTING, Stage.HOLDING, Stage.CLOSED])
def test_a_task_is_called_not_startable_exactly_where_its_begin_is_refused(
    stage: Stage, minutes: int
) -> None:
    hour = staged(stage)
    hour.wait(minutes)
    found = rows(hour.plan, hour.state(), hour.now)

    assert [can_begin(hour, each.task) for each in found] == [
        each.stage is not TaskStage.NOT_STARTABLE for each in found
    ]


def test_a_task_says_who_waits_for_it_and_what_proves_it() -> None:
    found = row(Hour(), "rotate_secret")

    assert ("Smoke test and health of all services",) == found.needed_by
    assert 1 == len(found.proof)


def test_a_back_dated_end_counts_at_the_time_it_happened() -> None:
    hour = Hour()
    hour.start()
    t_4 = hour.now
    hour.wait(14)
    hour.do(Act.TICK, FRONTEND, "checkout_ready", event_at=t_4)

    found = row(hour, "checkout_ready")

    assert (0, 0) == (found.end_s, found.late_s)
    assert found.newest is not None
    assert found.newest.is_back_dated


@pytest.mark.parametrize("pace", [1, 60])
def test_timeboxes_and_lateness_are_in_t_at_any_pace(pace: int) -> None:
    hour = Hour(pace=pace)
    hour.start()
    hour.wait(20 / pace)

    late = row(hour, "rotate_secret")

    assert 1_200 == hour.state().clock.at(hour.now)
    assert (600, 1_200, 600) == (late.planned_end_s, late.end_s, late.late_s)


def test_a_task_in_progress_is_forecast_from_its_begin() -> None:
    hour = Hour()
    hour.start()
    hour.wait(6)
    hour.do(Act.BEGIN, COMMS, "rotate_secret", ago_s=120)

    found = row(hour, "rotate_secret")

    assert (TaskStage.IN_PROGRESS, TaskState.BEGUN, 240) == (found.stage, found.state, found.began_s)
    assert (240, 240 + 600, 240) == (found.start_s, found.end_s, found.late_s)
    assert 15 * 60 == row(hour, "smoke_test").start_s


def test_what_was_begun_and_ended_has_both_of_its_actual_times() -> None:
    hour = Hour()
    hour.start()
    hour.wait(2)
    hour.do(Act.BEGIN, FRONTEND, "checkout_ready")
    hour.wait(3)
    hour.do(Act.TICK, FRONTEND, "checkout_ready")

    found = row(hour, "checkout_ready")

    assert (TaskStage.COMPLETE, 120, 300) == (found.stage, found.start_s, found.end_s)
    assert not found.is_open


def test_a_fixed_task_does_not_move_and_says_what_is_late_before_it() -> None:
    hour = fixed("smoke_test")
    hour.start()
    hour.wait(15)
    in_time = row(hour, "smoke_test").conflict
    hour.wait(2)

    found = row(hour, "smoke_test")

    assert "" == in_time
    assert (15 * 60, 25 * 60, 0) == (found.start_s, found.end_s, found.late_s)
    assert (
        "“Smoke test and health of all services” is fixed at T+15:00, but “Rotate the notification secret”, "
        "which it needs, is forecast to end at T+17:00." == found.conflict
    )


def test_a_fixed_task_that_is_overdue_is_late_like_any_other() -> None:
    hour = fixed("smoke_test")
    hour.start()
    hour.wait(27)

    assert 120 == row(hour, "smoke_test").late_s


@pytest.mark.parametrize("ending", [Act.CLOSE, Act.SCRUB])
def test_once_the_hour_is_over_nothing_is_forecast_any_more(ending: Act) -> None:
    hour = Hour()
    hour.start()
    hour.wait(32)
    before = row(hour, "smoke_test")
    hour.do(ending, COORDINATOR, reason="it is over")

    assert (7 * 60, 17 * 60) == (before.overdue_s, before.late_s)
    assert 7 * 60 == row(hour, "smoke_test").late_s
    assert 0 == row(hour, "live_purchase").late_s


def test_once_the_hour_is_over_nothing_is_in_the_way_of_what_is_fixed() -> None:
    hour = fixed("smoke_test")
    hour.start()
    hour.wait(17)
    before = row(hour, "smoke_test").conflict
    hour.do(Act.SCRUB, COORDINATOR, reason="it is over")

    assert before
    assert "" == row(hour, "smoke_test").conflict
