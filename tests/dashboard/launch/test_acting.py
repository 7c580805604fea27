"""What may be done in a run, by whom and when; what is refused says why and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.ending import proven
from dashboard.launch.run import Stage, TaskState, fold
from dashboard.launch.scene import ALLOWED_IN, Act, RefusedActError
from tests.cast import T0
from tests.dashboard.launch.hour import API, CEO, COMMS, COORDINATOR, FRONTEND, PAYMENTS, Hour, recorded

SUBJECTS = dict.fromkeys((Act.BEGIN, Act.TICK, Act.SKIP, Act.ABANDON), "checkout_ready")


def refused(asked: Callable[[], object]) -> str:
    with pytest.raises(RefusedActError) as caught:
        asked()
    return str(caught.value)


def staged(stage: Stage) -> Hour:
    """An hour that stands at this stage."""
    hour = Hour()
    if stage is Stage.SCRUBBED:
        hour.do(Act.SCRUB, COORDINATOR, reason="no quorum")
    elif stage is not Stage.PLANNED:
        hour.start()
        hour.wait(10)
        if stage is Stage.HOLDING:
            hour.do(Act.HOLD, COORDINATOR, reason="a question")
        elif stage is Stage.CLOSED:
            hour.do(Act.CLOSE, COORDINATOR, reason="all is done")
    hour.see()
    assert stage is hour.state().stage
    return hour


@pytest.mark.parametrize(("stage", "wish"), list(product(Stage, Act)))
def test_each_act_is_possible_in_its_stages_and_in_no_other(stage: Stage, wish: Act) -> None:
    hour = staged(stage)
    if wish is Act.ACKNOWLEDGE:
        hour.see(ledger=Verdict.NO_GO)
        hour.latch()
    before = list(hour.events)

    def asked() -> object:
        assert hour.board is not None
        subject = SUBJECTS.get(wish, "GO" if wish is Act.DECIDE else "")
        more = {"mark_s": 60} if wish is Act.RECYCLE else {}
        hash_ = {"board_hash": hour.board.hash} if wish is Act.DECIDE else {}
        return hour.do(wish, FRONTEND, subject, "because", **more, **hash_)

    if stage in ALLOWED_IN[wish]:
        asked()
        assert len(before) + 1 == len(hour.events)
    else:
        assert f"The run is {stage.value}: nobody can {wish.value} now." == refused(asked)
        assert before == hour.events


@pytest.mark.parametrize(
    ("wish", "stage"),
    [
        (Act.START, Stage.PLANNED),
        (Act.HOLD, Stage.COUNTING),
        (Act.RESUME, Stage.HOLDING),
        (Act.RECYCLE, Stage.COUNTING),
        (Act.SCRUB, Stage.COUNTING),
        (Act.CLOSE, Stage.COUNTING),
        (Act.SKIP, Stage.COUNTING),
        (Act.ABANDON, Stage.COUNTING),
    ],
)
def test_blank_text_is_no_reason(wish: Act, stage: Stage) -> None:
    hour = staged(stage)

    said = refused(lambda: hour.do(wish, FRONTEND, SUBJECTS.get(wish, ""), " \n\t", mark_s=60))

    assert f"To {wish.value} needs a reason; blank text is none." == said


def test_a_recycle_goes_back_and_never_forward() -> None:
    hour = staged(Stage.COUNTING)

    said = refused(lambda: hour.do(Act.RECYCLE, COORDINATOR, "", "again", mark_s=900))

    assert "The clock is at T+10:00 and can go back to an earlier mark only; got T+15:00." == said


def test_what_ended_after_the_mark_of_a_recycle_has_to_be_done_again() -> None:
    hour = Hour()
    hour.start()
    hour.wait(3)
    hour.do(Act.TICK, FRONTEND, "checkout_ready")
    hour.wait(5)
    hour.do(Act.SKIP, COMMS, "rotate_secret", "done yesterday")

    hour.do(Act.RECYCLE, COORDINATOR, "", "from five minutes on", mark_s=300)

    assert ["checkout_ready"] == list(hour.state().ended)


def test_only_its_owner_ends_a_task() -> None:
    hour = staged(Stage.COUNTING)

    said = refused(lambda: hour.do(Act.TICK, PAYMENTS, "checkout_ready"))

    assert (
        "“Checkout and credit display are ready” is the Frontend lead's; only the Frontend lead can end it."
        == said
    )


def test_a_task_ends_once_and_the_second_is_told_who_was_first() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.TICK, FRONTEND, "checkout_ready")

    said = refused(lambda: hour.do(Act.ABANDON, FRONTEND, "checkout_ready", "too late"))

    assert "“Checkout and credit display are ready” is done already, by Lou." == said


def test_a_task_begins_once_and_is_ticked_from_there() -> None:
    hour = staged(Stage.COUNTING)
    begun = hour.do(Act.BEGIN, FRONTEND, "checkout_ready")

    said = refused(lambda: hour.do(Act.BEGIN, FRONTEND, "checkout_ready"))
    ticked = hour.do(Act.TICK, FRONTEND, "checkout_ready")

    assert "“Checkout and credit display are ready” is begun already, by Lou." == said
    assert ("open", "begun", "begun", "done") == (begun.before, begun.after, ticked.before, ticked.after)
    assert "is done already, by Lou" in refused(lambda: hour.do(Act.BEGIN, FRONTEND, "checkout_ready"))


def test_only_its_owner_begins_a_task_and_not_before_its_turn() -> None:
    hour = staged(Stage.COUNTING)

    assert refused(lambda: hour.do(Act.BEGIN, PAYMENTS, "checkout_ready")).endswith(
        "only the Frontend lead can begin it."
    )
    assert "waits for “Put Stripe into live mode”" in refused(
        lambda: hour.do(Act.BEGIN, FRONTEND, "live_purchase")
    )


def test_a_begin_can_be_back_dated_and_nothing_ends_before_it() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.BEGIN, FRONTEND, "checkout_ready", ago_s=240)

    said = refused(lambda: hour.do(Act.TICK, FRONTEND, "checkout_ready", ago_s=241))

    assert 360 == hour.state().begun["checkout_ready"].t_s
    assert (
        "“Checkout and credit display are ready” began at T+06:00; it cannot have ended before that." == said
    )
    hour.do(Act.TICK, FRONTEND, "checkout_ready", ago_s=240)
    assert 360 == hour.state().ended["checkout_ready"].t_s


def test_what_a_signal_proves_may_have_been_begun() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.BEGIN, COMMS, "rotate_secret")

    draft = next(draft for draft in proven(hour.scene()) if draft.subject == "rotate_secret")

    assert ("begun", "auto") == (draft.before, draft.after)


def test_a_task_waits_for_those_before_it() -> None:
    hour = staged(Stage.COUNTING)

    said = refused(lambda: hour.do(Act.TICK, FRONTEND, "live_purchase"))

    assert said.startswith("“Buy the $9.99 Starter with a real card” waits for “Put Stripe into live mode”, ")


def test_a_skipped_task_is_over_and_an_abandoned_one_never() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.SKIP, COMMS, "rotate_secret", "rotated yesterday")
    hour.do(Act.ABANDON, API, "align_tokens", "the issuer is down")

    hour.do(Act.TICK, COMMS, "smoke_test")

    assert "waits for “Align issuer" in refused(lambda: hour.do(Act.TICK, API, "ledger_path"))


def test_nobody_ticks_what_a_signal_says_is_not_so() -> None:
    hour = staged(Stage.COUNTING)
    hour.see(secret=Verdict.NO_GO)

    said = refused(lambda: hour.do(Act.TICK, COMMS, "rotate_secret"))

    assert said.startswith("“Rotate the notification secret” cannot be ticked while the gate “")


def test_a_task_that_a_signal_proves_is_not_ticked_against_a_lost_board() -> None:
    hour = staged(Stage.COUNTING)
    hour.board = None

    assert refused(lambda: hour.do(Act.TICK, COMMS, "rotate_secret")).startswith("The board is lost")


def test_what_a_signal_proves_completes_itself_once() -> None:
    hour = staged(Stage.COUNTING)
    hour.see(tokens=Verdict.UNKNOWN)

    first = proven(hour.scene())
    for draft in first:
        hour.record(draft)

    assert ["rotate_secret", "stripe_live"] == [draft.subject for draft in first]
    assert {"golive"} == {draft.actor for draft in first}
    assert TaskState.AUTO is hour.state().ended["rotate_secret"].state
    assert () == proven(hour.scene())


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.HOLDING, Stage.CLOSED, Stage.SCRUBBED])
def test_nothing_completes_itself_while_the_clock_does_not_count(stage: Stage) -> None:
    assert () == proven(staged(stage).scene())


def test_nothing_completes_itself_before_its_time_or_without_a_board() -> None:
    hour = staged(Stage.COUNTING)
    early = {draft.subject for draft in proven(hour.scene())}
    hour.board = None

    assert "webhook_arrived" not in early
    assert () == proven(hour.scene())


def test_a_task_can_be_back_dated_and_both_times_are_kept() -> None:
    hour = staged(Stage.COUNTING)

    event = hour.do(Act.TICK, FRONTEND, "checkout_ready", event_at=T0 + timedelta(minutes=4))

    assert (T0 + timedelta(minutes=4), hour.now) == (event.event_at, event.recorded_at)
    assert 240 == hour.state().ended["checkout_ready"].t_s


def test_a_back_dated_end_counts_at_the_t_of_that_moment_across_a_hold() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.HOLD, COORDINATOR, reason="a question")
    hour.wait(5)

    hour.do(Act.TICK, FRONTEND, "checkout_ready", ago_s=7 * 60)

    assert 8 * 60 == hour.state().ended["checkout_ready"].t_s


def test_nothing_is_back_dated_into_a_try_that_was_taken_back() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.RECYCLE, COORDINATOR, "", "again from five minutes on", mark_s=300)
    hour.wait(1)

    said = refused(lambda: hour.do(Act.TICK, FRONTEND, "checkout_ready", ago_s=5 * 60))
    hour.do(Act.TICK, FRONTEND, "checkout_ready", ago_s=6 * 60)

    assert (
        "The clock has gone back to T+05:00 since then; what happened after that mark has to be done again."
        == said
    )
    assert 300 == hour.state().ended["checkout_ready"].t_s


def test_what_began_after_the_mark_of_a_recycle_has_to_begin_again() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.BEGIN, COMMS, "rotate_secret", ago_s=6 * 60)
    hour.do(Act.BEGIN, FRONTEND, "checkout_ready")

    hour.do(Act.RECYCLE, COORDINATOR, "", "from five minutes on", mark_s=300)

    assert ["rotate_secret"] == list(hour.state().begun)


@pytest.mark.parametrize("minutes", [-1, 11])
def test_nothing_happened_before_t_0_or_in_the_future(minutes: int) -> None:
    hour = staged(Stage.COUNTING)

    said = refused(
        lambda: hour.do(Act.TICK, FRONTEND, "checkout_ready", event_at=T0 + timedelta(minutes=minutes))
    )

    assert "A task can be back-dated to a moment between T-0 and now." == said


def test_go_binds_the_board_that_was_shown() -> None:
    hour = staged(Stage.COUNTING)
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
    assert "A NO-GO was seen and nobody has acknowledged it yet: NO_GO: as told." == said


def test_an_acknowledged_no_go_is_no_go_still_but_no_obstacle_once_it_is_over() -> None:
    hour = staged(Stage.COUNTING)
    red = hour.see(ledger=Verdict.NO_GO)
    hour.latch()
    hour.do(Act.ACKNOWLEDGE, COORDINATOR, "", "the ledger was restarted")

    assert "GO is not offered" in refused(lambda: hour.do(Act.DECIDE, CEO, "GO", board_hash=red.hash))
    assert hour.latch() is None
    green = hour.see()
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


def test_a_log_with_a_gap_is_refused() -> None:
    hour = staged(Stage.COUNTING)
    gap = recorded(hour.events[0], 3, hour.now)

    with pytest.raises(ValueError, match="got event 3 after 1, expected 2: the log has a gap"):
        fold([hour.events[0], gap])
