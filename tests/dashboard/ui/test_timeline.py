"""The Timeline and the decision, as each role reads and uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.launch.scene import Act
from dashboard.launch.showing import show_hour
from dashboard.ui import wording
from dashboard.ui.gantt import gantt
from dashboard.ui.hour import due, table
from dashboard.ui.task_card import task
from tests.cast import T0, default_plan
from tests.dashboard.launch.hour import COMMS, FRONTEND, Hour, fixed
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.standin import StandInRoom

Installed = Callable[..., StandInRoom]
ROLES = tuple(default_plan().roles)


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


@pytest.fixture
def counting(installed: Installed) -> StandInRoom:
    room = installed()
    room.count()
    return room


def evaluation(room: StandInRoom) -> int:
    """The number of the board beside which a button was drawn: what is recorded names it."""
    board = room.view().board
    assert board is not None
    return board.evaluation


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_the_hour_its_table_and_its_log(
    counting: StandInRoom, opened: Open, role: str
) -> None:
    assert counting.done == []
    shown = screen(opened("timeline", role))

    assert f"{wording.CLOCK_DESK}: T+20:00" in shown
    for named in (named for hour in [default_plan().hour] if hour for named in hour.tasks):
        assert named.title.replace("'", "&#x27;") in shown
    assert "clock started" in shown
    assert "everybody is here" in shown


def test_what_people_typed_is_text_and_never_markup(counting: StandInRoom, opened: Open) -> None:
    assert counting.done == []
    shown = screen(opened("timeline", "viewer"))

    assert "rotated &lt;yesterday&gt;" in shown
    assert "<yesterday>" not in shown


def test_a_back_dated_entry_shows_both_times(counting: StandInRoom, opened: Open) -> None:
    assert counting.done == []

    assert "happened at" in screen(opened("timeline", "auditor"))


def test_a_lead_sees_own_tasks_first_and_can_end_them(counting: StandInRoom, opened: Open) -> None:
    app = opened("timeline", "frontend_lead")
    shown = screen(app)

    assert shown.index(wording.MY_TASKS) < shown.index(wording.THE_HOUR)
    assert "10 min 00 s late" in shown
    assert "Tick *Checkout and credit display are ready*" in labels(app)
    assert wording.START_CLOCK not in labels(app)
    app.button(key="tick_checkout_ready").click().run()
    assert [("frontend_lead", "tick a task", f"checkout_ready  {evaluation(counting)}")] == counting.done
    assert "Recorded: tick a task." == app.success[0].value


def test_a_task_is_begun_and_what_is_in_progress_is_first(counting: StandInRoom, opened: Open) -> None:
    lead = opened("timeline", "api_lead")
    shown = screen(lead)
    app = opened("timeline", "frontend_lead")
    app.button(key="begin_checkout_ready").click().run()

    assert [("frontend_lead", "begin a task", f"checkout_ready  {evaluation(counting)}")] == counting.done
    assert shown.index("In progress") < shown.index("Not startable")
    assert "begin_align_tokens" not in {button.key for button in lead.button}
    assert "tick_align_tokens" in {button.key for button in lead.button}


def test_what_may_be_ticked_before_its_time_is_never_called_not_startable(
    counting: StandInRoom, opened: Open
) -> None:
    assert counting.done == []
    app = opened("timeline", "payments_lead")
    card = next(block.value for block in app.html if "<h3>The webhook reached" in block.value)

    assert not app.button(key="tick_webhook_arrived").disabled
    assert "Startable early" in card
    assert "begins at T+30:00" in card
    assert "Not startable" not in card


@pytest.mark.parametrize("act", ["begin", "tick", "skip", "abandon"])
def test_minutes_ago_go_with_one_act_and_are_gone_after_it(
    counting: StandInRoom, opened: Open, act: str
) -> None:
    app = opened("timeline", "frontend_lead")
    app.number_input(key="golive.ago").set_value(7).run()
    app.button(key=f"{act}_checkout_ready").click().run()

    assert counting.done[0][2].endswith(f"{evaluation(counting)} 420 s ago")
    assert 0 == app.number_input(key="golive.ago").value


def test_no_two_buttons_have_one_name(counting: StandInRoom, opened: Open) -> None:
    assert counting.done == []
    names = [button.label for button in opened("timeline", "frontend_lead").button]

    assert sorted(set(names)) == sorted(names)
    assert "Skip *Buy the \\$9.99 Starter with a real card*" in names


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_who_has_not_ticked(counting: StandInRoom, opened: Open, role: str) -> None:
    assert counting.done == []
    shown = screen(opened("timeline", role))

    assert shown.index(wording.NOT_TICKED) < shown.index(wording.THE_HOUR)
    assert "<li>Frontend lead: Checkout and credit display are ready, 10 min 00 s late</li>" in shown
    assert "Payments lead: Put Stripe into live mode" not in shown


def test_a_task_is_equally_late_to_its_owner_and_to_who_asks_for_it() -> None:
    hour = Hour()
    hour.start()
    hour.wait(31)
    shown = show_hour(hour.plan, hour.events, hour.now)
    assert shown is not None
    row = next(row for row in shown.rows if row.task.id == "smoke_test")

    assert (
        "<li>Comms lead: Smoke test and health of all services, 6 min 00 s late; "
        "waits for Rotate the notification secret</li>"
    ) in due(shown)
    for drawn in (task(row, shown.t_s), gantt(shown), table(shown)):
        assert "6 min 00 s late · forecast to end 16 min 00 s late" in drawn


@pytest.mark.parametrize(
    ("length_min", "last"), [(59, 45), (60, 45), (61, 45), (91, 75), (97, 75), (98, 90), (181, 120)]
)
def test_no_label_of_the_axis_begins_where_it_would_run_out_of_it(length_min: int, last: int) -> None:
    shown = show_hour(default_plan(), [], T0)
    assert shown is not None
    drawn = gantt(replace(shown, rows=(), length_s=length_min * 60))

    assert [f"{at}" for at in range(0, last + 1, 60 if length_min > 180 else 15)] == re.findall(
        r">T\+(\d+)</span>", drawn
    )


def test_what_began_late_says_what_the_plan_leaves_it_and_how_late_it_will_be() -> None:
    hour = Hour()
    hour.start()
    hour.wait(6)
    hour.do(Act.BEGIN, COMMS, "rotate_secret")
    hour.wait(2)
    shown = show_hour(hour.plan, hour.events, hour.now)
    assert shown is not None
    row = next(row for row in shown.rows if row.task.id == "rotate_secret")

    assert "Comms lead: Rotate the notification secret, 2 min 00 s left" in due(shown)
    assert "2 min 00 s left · forecast to end 6 min 00 s late" in task(row, shown.t_s)


def test_what_ended_late_says_once_by_how_much() -> None:
    hour = Hour()
    hour.start()
    hour.wait(12)
    hour.do(Act.TICK, FRONTEND, "checkout_ready")
    hour.wait(5)
    shown = show_hour(hour.plan, hour.events, hour.now)
    assert shown is not None

    assert "Done · 2 min 00 s late</span>" in gantt(shown)
    assert "<td>2 min 00 s late</td>" in table(shown)


def test_nobody_is_asked_for_anything_before_t_0(installed: Installed, opened: Open) -> None:
    installed()
    shown = screen(opened("timeline", "coordinator"))

    assert wording.NOT_TICKED not in shown
    assert wording.THE_HOUR in shown
    assert wording.LOG in shown


def test_holds_flips_and_decisions_are_marks_with_a_name_and_rows_of_a_table(
    counting: StandInRoom, opened: Open
) -> None:
    assert counting.done == []
    shown = screen(opened("timeline", "viewer"))

    for said in (
        "held for 1 min 00 s: waiting for the bank",
        "flipped from GO to NO-GO: the ledger &lt;fell&gt;",
        "decided GO by Ada",
    ):
        assert f"{said}</span></li>" in shown
        assert f"{said}</td>" in shown
    for phase in (phase for hour in [default_plan().hour] if hour for phase in hour.phases):
        assert f">{phase.title}</span>" in shown


def test_a_fixed_task_is_marked_and_its_conflict_is_read_everywhere() -> None:
    hour = fixed("smoke_test")
    hour.start()
    hour.wait(17)
    shown = show_hour(hour.plan, hour.events, hour.now)
    assert shown is not None
    row = next(row for row in shown.rows if row.task.fixed)

    for drawn in (task(row, shown.t_s), gantt(shown), table(shown)):
        assert "is forecast to end at T+17:00." in drawn
        assert f" · {wording.FIXED}" in drawn


def test_a_task_that_waits_cannot_be_ticked_yet(counting: StandInRoom, opened: Open) -> None:
    assert counting.done == []
    app = opened("timeline", "frontend_lead")

    assert app.button(key="tick_live_purchase").disabled
    assert wording.WAITS_FOR in screen(app)


def test_a_reason_goes_with_one_act_and_is_gone_after_it(counting: StandInRoom, opened: Open) -> None:
    app = opened("timeline", "coordinator")
    app.text_input[0].set_value("a question").run()
    app.button(key="clock_hold").click().run()

    assert [("coordinator", "hold the clock", f"a question {evaluation(counting)}")] == counting.done
    assert "" == app.text_input[0].value


@pytest.mark.parametrize("role", ["viewer", "auditor", "finance"])
def test_who_only_looks_has_nothing_to_press(counting: StandInRoom, opened: Open, role: str) -> None:
    assert counting.done == []
    app = opened("timeline", role)

    assert set() == labels(app)
    assert [] == list(app.text_input)


def test_before_t_0_the_clock_can_be_started_and_nothing_ticked(installed: Installed, opened: Open) -> None:
    installed()
    app = opened("timeline", "coordinator")

    assert {wording.START_CLOCK, wording.SCRUB} == labels(app)
    assert "T-clock not started" in screen(app)


def test_what_is_refused_is_said_and_changes_nothing(counting: StandInRoom, opened: Open) -> None:
    counting.trouble = (
        "Robin acted first (clock held); nothing of yours was done, look again and decide anew."
    )
    app = opened("timeline", "coordinator")
    app.button(key="clock_hold").click().run()

    assert [] == counting.done
    assert counting.trouble == app.error[0].value
