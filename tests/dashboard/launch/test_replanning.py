"""The plan is frozen from T-0 on; another is offered by a start with it, and adopted by two people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.event import Event
from dashboard.launch.replanning import offered
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act
from tests.dashboard.launch.hour import CEO, CHAIR, COORDINATOR, Hour, refused, staged

OTHER = "q" * 64


def offer(hour: Hour, sha256: str = OTHER) -> Event | None:
    draft = offered(hour.scene(), sha256)
    return None if draft is None else hour.record(draft)


def test_a_start_with_another_plan_offers_it_once() -> None:
    hour = staged(Stage.COUNTING)

    event = offer(hour)

    assert event is not None
    assert ("golive", "p" * 64, OTHER) == (event.actor, event.before, event.after)
    assert offer(hour) is None
    assert offer(hour, "p" * 64) is None
    assert offer(hour, "r" * 64) is not None


def test_two_people_change_the_plan() -> None:
    hour = staged(Stage.COUNTING)
    offer(hour)
    hour.do(Act.ASK_PLAN, COORDINATOR, "", "the limit was too tight")

    event = hour.do(Act.ADOPT_PLAN, CEO)

    assert (OTHER, "the limit was too tight") == (event.after, event.reason)
    state = hour.state()
    assert (OTHER, None, None) == (state.plan_sha256, state.offer, state.plan_asked)


def test_the_second_is_another_person_and_the_first_says_why() -> None:
    hour = staged(Stage.COUNTING)
    offer(hour)

    assert "needs a reason" in refused(lambda: hour.do(Act.ASK_PLAN, CEO))
    assert "Nobody has asked for another plan" in refused(lambda: hour.do(Act.ADOPT_PLAN, CEO))
    hour.do(Act.ASK_PLAN, CEO, "", "tighter")
    assert "A plan is changed by two people; the one who asked cannot be the second." == refused(
        lambda: hour.do(Act.ADOPT_PLAN, CEO)
    )


def test_without_an_offer_there_is_nothing_to_ask_for() -> None:
    assert "No other plan is on offer" in refused(
        lambda: staged(Stage.COUNTING).do(Act.ASK_PLAN, CEO, "", "tighter")
    )


def test_a_newer_offer_has_to_be_asked_for_anew() -> None:
    hour = staged(Stage.COUNTING)
    offer(hour)
    hour.do(Act.ASK_PLAN, COORDINATOR, "", "tighter")
    offer(hour, "r" * 64)

    assert "Nobody has asked for another plan" in refused(lambda: hour.do(Act.ADOPT_PLAN, CEO))


def test_votes_waivers_and_overrides_end_with_the_plan_that_they_were_given_on() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    hour.see(cors=Verdict.UNKNOWN)
    hour.ask(Act.ASK_OVERRIDE, CHAIR, "", "looked at by hand")
    hour.ask(Act.GRANT_WAIVER, CEO, about=hour.waiver().seq)
    offer(hour)
    hour.do(Act.ASK_PLAN, COORDINATOR, "", "tighter")
    hour.do(Act.ADOPT_PLAN, CEO)

    state = hour.state()

    assert (None, None) == (state.poll, state.override)
    assert [] == [waiver for waiver in state.waivers.values() if waiver.holds(hour.now)]


def test_what_was_shown_by_another_plan_can_not_be_decided_on() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    assert hour.board is not None
    hour.board = hour.shown = replace(hour.board, plan_sha256=OTHER)

    assert "changed since it was shown" in refused(lambda: hour.ask(Act.DECIDE, CEO, "GO"))


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.CLOSED, Stage.SCRUBBED, Stage.OVER])
def test_outside_of_a_launch_no_plan_is_frozen(stage: Stage) -> None:
    hour = staged(stage)

    assert f"The run is {stage.value}" in refused(lambda: hour.do(Act.ASK_PLAN, CEO, "", "tighter"))
