"""A waiver takes one gate out of the count for a while, by two people, with its truth underneath."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard.launch.board import BoardVerdict, Verdict
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act
from dashboard.launch.standing import Standing, standing
from tests.dashboard.launch.hour import API, CEO, CHAIR, COMMS, Hour, refused, staged


def stands(hour: Hour) -> Standing:
    assert hour.board is not None
    return standing(hour.plan, hour.board, hour.state(), hour.now)


def red(gate: str = "cors", verdict: Verdict = Verdict.NO_GO) -> Hour:
    hour = staged(Stage.COUNTING)
    hour.see(**{gate: verdict})
    return hour


@pytest.mark.parametrize("verdict", [Verdict.NO_GO, Verdict.UNKNOWN])
def test_a_waived_gate_counts_for_nothing_and_is_named_with_its_truth(verdict: Verdict) -> None:
    hour = red(verdict=verdict)
    asked = hour.waiver()
    assert BoardVerdict.GO is not stands(hour).verdict

    hour.ask(Act.GRANT_WAIVER, CEO, about=asked.seq)

    assert BoardVerdict.GO is stands(hour).verdict
    assert {"cors"} == stands(hour).waived
    word = "NO-GO" if verdict is Verdict.NO_GO else "UNKNOWN"
    assert stands(hour).sentence.startswith("GO — all 13 other mandatory gates are GO in this evaluation. “")
    assert stands(hour).sentence.endswith(f"” is waived until 09:40:00 UTC, {word} underneath.")


def test_at_its_end_the_truth_returns_at_once() -> None:
    hour = red()
    hour.ask(Act.GRANT_WAIVER, CEO, about=hour.waiver().seq)
    hour.wait(29.99)
    assert BoardVerdict.GO is stands(hour).verdict

    hour.wait(0.01)

    assert (BoardVerdict.NO_GO, frozenset()) == (stands(hour).verdict, stands(hour).waived)
    assert hour.board is not None
    assert hour.board.sentence == stands(hour).sentence


def test_another_red_gate_still_decides() -> None:
    hour = red()
    hour.ask(Act.GRANT_WAIVER, CEO, about=hour.waiver().seq)
    hour.see(cors=Verdict.NO_GO, tokens=Verdict.NO_GO)

    assert BoardVerdict.NO_GO is stands(hour).verdict
    assert "waived until" in stands(hour).sentence


def test_nobody_grants_a_waiver_to_themselves() -> None:
    hour = red()
    asked = hour.waiver()

    said = refused(lambda: hour.ask(Act.GRANT_WAIVER, API, about=asked.seq))

    assert "Nobody grants a waiver to themselves; another person has to." == said
    assert BoardVerdict.NO_GO is stands(hour).verdict


@pytest.mark.parametrize("gate", ["stripe_live", "webhook_delivery", "ledger"])
def test_what_the_plan_marks_so_is_never_waived(gate: str) -> None:
    hour = red(gate)

    assert "can be neither waived nor overridden in this plan; it has to be GO." in refused(
        lambda: hour.waiver(gate)
    )


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({"risk": " "}, "A waiver names the risk; blank text names none."),
        ({"control": ""}, "A waiver names a compensating control; blank text names none."),
        ({"until": None}, "A waiver needs an end, later than now and within 60 minutes."),
    ],
)
def test_a_waiver_names_its_risk_its_control_and_its_end(lacking: dict[str, Any], said: str) -> None:
    hour = red()

    assert said == refused(lambda: hour.waiver(**lacking))
    assert {} == hour.state().waivers


@pytest.mark.parametrize("minutes", [-1, 0, 61])
def test_a_waiver_ends_later_than_now_and_within_the_hour(minutes: int) -> None:
    hour = red()

    said = refused(lambda: hour.waiver(until=hour.now + timedelta(minutes=minutes)))

    assert "A waiver needs an end, later than now and within 60 minutes." == said


def test_a_green_gate_and_an_unknown_name_are_nothing_to_waive() -> None:
    hour = red()

    assert "holds nothing up; there is nothing to waive." in refused(lambda: hour.waiver("tokens"))
    assert hour.board is not None
    known = ", ".join(gate.id for gate in hour.board.gates)
    told = refused(lambda: hour.waiver("nonsense"))
    assert f'There is no gate "nonsense" on this board; there are {known}.' == told
    assert "holds nothing up" in refused(lambda: hour.waiver("latency"))


def test_a_plan_limits_how_much_is_waived() -> None:
    hour = red()
    for _ in range(2):
        hour.see(cors=Verdict.NO_GO)
        asked = hour.waiver()
        hour.ask(Act.GRANT_WAIVER, CEO, about=asked.seq)
        hour.do(Act.END_WAIVER, CEO, "", "mended", about=asked.seq)
    third = hour.waiver()

    assert "This plan lets 2 waivers be granted in one attempt, and so many were." == refused(
        lambda: hour.ask(Act.GRANT_WAIVER, CEO, about=third.seq)
    )


def test_a_waiver_that_is_taken_back_is_over() -> None:
    hour = red()
    asked = hour.waiver()
    hour.ask(Act.GRANT_WAIVER, CEO, about=asked.seq)

    hour.do(Act.END_WAIVER, CHAIR, "", "it was mended", about=asked.seq)

    assert BoardVerdict.NO_GO is stands(hour).verdict
    assert "is over" in refused(lambda: hour.ask(Act.GRANT_WAIVER, CEO, about=asked.seq))


def test_a_request_that_nobody_answered_in_time_is_a_no() -> None:
    hour = red()
    asked = hour.waiver()
    hour.wait(30)
    hour.see(cors=Verdict.NO_GO)

    assert "is over" in refused(lambda: hour.ask(Act.GRANT_WAIVER, CEO, about=asked.seq))


def test_a_waiver_is_asked_for_once_at_a_time_and_none_other_is_granted() -> None:
    hour = red()
    hour.waiver()

    assert "is asked for already and waits to be granted" in refused(hour.waiver)
    assert "There is no such waiver in this run." == refused(
        lambda: hour.ask(Act.GRANT_WAIVER, CEO, about=99)
    )


def test_a_waived_gate_latches_nothing_and_another_does() -> None:
    hour = red()
    hour.ask(Act.GRANT_WAIVER, CEO, about=hour.waiver().seq)
    assert hour.latch() is None

    hour.see(cors=Verdict.NO_GO, tokens=Verdict.NO_GO)

    latch = hour.latch()
    assert latch is not None
    assert "tokens" == latch.subject


def test_go_is_given_on_a_board_with_a_waiver_and_a_poll() -> None:
    hour = red("cors", Verdict.UNKNOWN)
    hour.ask(Act.GRANT_WAIVER, CEO, about=hour.waiver().seq)
    hour.declare()

    assert "GO" == hour.ask(Act.DECIDE, CEO, "GO").after


def test_a_waiver_binds_the_board_that_was_shown() -> None:
    hour = red()

    said = refused(lambda: hour.do(Act.ASK_WAIVER, COMMS, "cors", "slow", board_hash="f" * 64))

    assert said.startswith("The board has changed since it was shown to you")
