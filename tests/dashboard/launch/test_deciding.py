"""GO binds what was shown and voted on, NO-GO and HOLD need a reason, and a NO-GO of the machines latches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act
from tests.dashboard.launch.hour import CEO, COORDINATOR, refused, staged


def test_go_binds_the_board_that_was_shown() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    shown = hour.see()
    hour.wait(1)
    hour.board = None
    hour.see()
    hour.shown = shown

    event = hour.do(Act.DECIDE, CEO, "GO", board_hash=shown.hash)

    assert (shown.hash, shown.evaluation) == (event.board_hash, event.evaluation)


@pytest.mark.parametrize("verdict", [Verdict.NO_GO, Verdict.UNKNOWN])
def test_go_is_not_offered_unless_the_board_says_go(verdict: Verdict) -> None:
    hour = staged(Stage.COUNTING)
    board = hour.see(ledger=verdict)

    said = refused(lambda: hour.do(Act.DECIDE, CEO, "GO", board_hash=board.hash))

    assert f"GO is not offered: {board.sentence}" == said


def test_go_on_another_board_than_the_one_shown_is_refused() -> None:
    hour = staged(Stage.COUNTING)

    said = refused(lambda: hour.do(Act.DECIDE, CEO, "GO", board_hash="f" * 64))

    assert said.startswith("The board has changed since it was shown to you")


@pytest.mark.parametrize(("seconds", "is_old"), [(120, False), (121, True)])
def test_a_go_that_was_looked_at_for_long_has_to_be_read_again(seconds: int, *, is_old: bool) -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    shown = hour.see()
    hour.wait(seconds / 60)
    hour.see()
    hour.shown = shown

    def asked() -> object:
        return hour.do(Act.DECIDE, CEO, "GO", board_hash=shown.hash)

    if is_old:
        assert "changed since it was shown" in refused(asked)
    else:
        asked()


def test_a_gate_that_fell_and_rose_again_since_it_was_shown_kills_the_go() -> None:
    hour = staged(Stage.COUNTING)
    shown = hour.see()
    hour.wait(0.5)
    board = hour.see()
    fell = tuple(replace(gate, since=hour.now) if gate.id == "ledger" else gate for gate in board.gates)
    hour.board, hour.shown = replace(board, gates=fell), shown

    assert "changed since it was shown" in refused(
        lambda: hour.do(Act.DECIDE, CEO, "GO", board_hash=shown.hash)
    )


def test_a_decision_is_made_once_for_a_board() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    board = hour.see()
    hour.do(Act.DECIDE, CEO, "GO", board_hash=board.hash)

    said = refused(lambda: hour.do(Act.DECIDE, CEO, "HOLD", "second thoughts", board_hash=board.hash))

    assert "GO was decided on this very board by Ada; a decision is made once." == said


def test_no_go_and_hold_need_a_reason_but_no_board() -> None:
    hour = staged(Stage.COUNTING)
    hour.board = hour.shown = None

    assert "needs a reason" in refused(lambda: hour.do(Act.DECIDE, CEO, "NO_GO"))
    assert "NO_GO" == hour.do(Act.DECIDE, CEO, "NO_GO", "we are blind").after
    assert "The board is lost" in refused(lambda: hour.do(Act.DECIDE, CEO, "GO"))


def test_a_decision_is_one_of_three_words() -> None:
    hour = staged(Stage.COUNTING)

    assert 'A decision is GO, NO_GO or HOLD; got "MAYBE".' == refused(
        lambda: hour.do(Act.DECIDE, CEO, "MAYBE", "well")
    )


def test_a_no_go_after_t_0_latches_and_outlives_its_cause() -> None:
    hour = staged(Stage.COUNTING)
    hour.see(ledger=Verdict.NO_GO)
    latch = hour.latch()
    board = hour.see()

    said = refused(lambda: hour.do(Act.DECIDE, CEO, "GO", board_hash=board.hash))

    assert latch is not None
    assert ("golive", "ledger", "NO_GO: as told.") == (latch.actor, latch.subject, latch.reason)
    assert hour.latch() is None
    assert said.startswith(
        "GO is not offered: NO-GO — seen at 09:10:00 UTC and not acknowledged yet. It was: NO_GO"
    )


def test_an_acknowledged_no_go_is_no_go_still_but_no_obstacle_once_it_is_over() -> None:
    hour = staged(Stage.COUNTING)
    red = hour.see(ledger=Verdict.NO_GO)
    hour.latch()
    hour.do(Act.ACKNOWLEDGE, COORDINATOR, "", "the ledger was restarted")

    assert "GO is not offered" in refused(lambda: hour.do(Act.DECIDE, CEO, "GO", board_hash=red.hash))
    assert hour.latch() is None
    green = hour.see()
    hour.declare()
    assert "GO" == hour.do(Act.DECIDE, CEO, "GO", board_hash=green.hash).after


def test_another_no_go_after_an_acknowledgement_latches_anew() -> None:
    hour = staged(Stage.COUNTING)
    hour.see(ledger=Verdict.NO_GO)
    hour.latch()
    hour.do(Act.ACKNOWLEDGE, COORDINATOR, "", "seen")
    hour.wait(1)
    board = hour.see(cors=Verdict.NO_GO)
    fell = tuple(replace(gate, since=hour.now) if gate.id == "cors" else gate for gate in board.gates)
    hour.board = replace(board, gates=fell)

    assert hour.latch() is not None


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.CLOSED, Stage.SCRUBBED])
def test_nothing_latches_outside_of_a_launch(stage: Stage) -> None:
    hour = staged(stage)
    hour.see(ledger=Verdict.NO_GO)

    assert hour.latch() is None


@pytest.mark.parametrize("gate", ["latency", "account"])
def test_an_advisory_gate_and_an_unknown_latch_nothing(gate: str) -> None:
    hour = staged(Stage.COUNTING)
    hour.see(ledger=Verdict.UNKNOWN, **{gate: Verdict.NO_GO})

    assert hour.latch() is None


def test_there_is_nothing_to_acknowledge_without_a_latch() -> None:
    hour = staged(Stage.COUNTING)

    assert "There is no NO-GO that waits to be acknowledged." == refused(
        lambda: hour.do(Act.ACKNOWLEDGE, COORDINATOR, "", "seen")
    )
