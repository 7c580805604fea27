"""What may be done in a run, by whom and when; what is refused says why and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.ending import proven
from dashboard.launch.run import Stage, TaskState, fold
from dashboard.launch.scene import ALLOWED_IN, Act
from tests.cast import T0
from tests.dashboard.launch.hour import (
    API,
    COMMS,
    COORDINATOR,
    FRONTEND,
    PAYMENTS,
    SUBJECTS,
    Hour,
    prepared,
    recorded,
    refused,
    staged,
)


@pytest.mark.parametrize(("stage", "wish"), list(product(Stage, Act)))
def test_each_act_is_possible_in_its_stages_and_in_no_other(stage: Stage, wish: Act) -> None:
    hour = staged(stage)
    more = prepared(hour, wish)
    before = list(hour.events)

    def asked() -> object:
        return hour.do(wish, FRONTEND, SUBJECTS.get(wish, ""), "because", **more)

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


def test_a_log_with_a_gap_is_refused() -> None:
    hour = staged(Stage.COUNTING)
    gap = recorded(hour.events[0], 3, hour.now)

    with pytest.raises(ValueError, match="got event 3 after 1, expected 2: the log has a gap"):
        fold([hour.events[0], gap])
