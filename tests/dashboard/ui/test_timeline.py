"""The Timeline and the decision, as each role reads and uses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.ui import wording
from tests.cast import default_plan
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


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_the_hour_its_table_and_its_log(
    counting: StandInRoom, opened: Open, role: str
) -> None:
    assert counting.done == []
    shown = screen(opened("timeline", role))

    assert f"{wording.CLOCK_DESK}: T+20:00" in shown
    for task in (task for hour in [default_plan().hour] if hour for task in hour.tasks):
        assert task.title.replace("'", "&#x27;") in shown
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
    assert "Tick: Checkout and credit display are ready" in labels(app)
    assert wording.START_CLOCK not in labels(app)
    app.button(key="tick_checkout_ready").click().run()
    assert [("frontend_lead", "tick a task", "checkout_ready  None")] == counting.done
    assert "Recorded: tick a task." == app.success[0].value


def test_a_task_that_waits_cannot_be_ticked_yet(counting: StandInRoom, opened: Open) -> None:
    assert counting.done == []
    app = opened("timeline", "frontend_lead")

    assert app.button(key="tick_live_purchase").disabled
    assert wording.WAITS_FOR in screen(app)


def test_a_reason_goes_with_one_act_and_is_gone_after_it(counting: StandInRoom, opened: Open) -> None:
    app = opened("timeline", "coordinator")
    app.text_input[0].set_value("a question").run()
    app.button(key="clock_hold").click().run()

    assert [("coordinator", "hold the clock", "a question None")] == counting.done
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
