"""The host's clock is set in the middle of a launch: T does not jump, and nothing becomes green by it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.event import What
from dashboard.launch.moving import clock_moved
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act, RefusedActError
from tests.cast import T0
from tests.dashboard.launch.hour import CEO, COORDINATOR, FRONTEND, Hour

BOTH_WAYS = pytest.mark.parametrize("by", [600, -600])


def counting() -> Hour:
    hour = Hour()
    hour.start()
    hour.wait(15)
    hour.see()
    return hour


def set_by(hour: Hour, seconds: int) -> None:
    """golive starts again after the host's clock was set."""
    by = timedelta(seconds=seconds)
    hour.now += by
    draft = clock_moved(hour.scene(), by)
    assert draft is not None
    hour.record(draft)


@BOTH_WAYS
def test_t_does_not_jump_and_goes_on(by: int) -> None:
    hour = counting()

    set_by(hour, by)

    assert 900 == hour.state().clock.at(hour.now)
    hour.wait(1)
    assert 960 == hour.state().clock.at(hour.now)


@BOTH_WAYS
def test_a_held_clock_stays_where_it_was_held(by: int) -> None:
    hour = counting()
    hour.do(Act.HOLD, COORDINATOR, reason="a question")
    hour.wait(5)

    set_by(hour, by)

    assert (Stage.HOLDING, 900) == (hour.state().stage, hour.state().clock.at(hour.now))


def test_the_log_says_by_how_much_and_that_it_was_golive() -> None:
    hour = counting()

    set_by(hour, 600)

    event = hour.events[-1]
    assert (What.CLOCK_MOVED, "clock moved", 600_000) == (event.what, event.what.value, event.shift_ms)
    assert ("golive", "machine") == (event.actor, event.identity)
    assert "clock moved by +600 s; the T-clock goes on as if it had not" == event.reason
    assert ("09:15:00 UTC", "09:25:00 UTC") == (event.before, event.after)


@pytest.mark.parametrize("act", [None, Act.SCRUB, Act.CLOSE])
def test_outside_of_a_launch_there_is_no_t_to_keep(act: Act | None) -> None:
    hour = Hour()
    if act is not None:
        hour.start()
        hour.do(act, COORDINATOR, reason="it is over")

    assert clock_moved(hour.scene(), timedelta(seconds=600)) is None


@BOTH_WAYS
def test_a_go_on_a_board_shown_before_the_clock_moved_is_refused(by: int) -> None:
    hour = counting()
    shown = hour.board
    assert shown is not None
    set_by(hour, by)
    hour.see()
    hour.shown = shown

    for minutes in (0, 10, 10.5):
        hour.wait(minutes)
        with pytest.raises(RefusedActError, match="changed since it was shown"):
            hour.do(Act.DECIDE, CEO, "GO", board_hash=shown.hash)


@BOTH_WAYS
def test_a_board_shown_after_it_can_be_decided_on(by: int) -> None:
    hour = counting()
    set_by(hour, by)
    shown = hour.see()
    hour.declare()

    assert "GO" == hour.do(Act.DECIDE, CEO, "GO", board_hash=shown.hash).subject


@BOTH_WAYS
def test_votes_waivers_and_overrides_do_not_outlive_the_clock_that_they_were_told_by(by: int) -> None:
    hour = counting()
    hour.declare()
    hour.see(cors=Verdict.UNKNOWN)
    hour.ask(Act.GRANT_WAIVER, CEO, about=hour.waiver().seq)
    set_by(hour, by)

    state = hour.state()

    assert state.poll is not None
    assert {} == state.poll.votes
    assert [] == [waiver for waiver in state.waivers.values() if waiver.holds(hour.now)]


def test_a_board_from_the_future_is_not_the_one_that_was_shown_just_now() -> None:
    hour = counting()
    shown = hour.board
    assert shown is not None
    hour.now -= timedelta(seconds=30)

    with pytest.raises(RefusedActError, match="changed since it was shown"):
        hour.do(Act.DECIDE, CEO, "GO", board_hash=shown.hash)


@BOTH_WAYS
def test_a_no_go_after_it_latches_though_one_was_acknowledged_before(by: int) -> None:
    hour = counting()
    hour.see(ledger=Verdict.NO_GO)
    hour.latch()
    hour.do(Act.ACKNOWLEDGE, CEO, reason="we know the ledger")
    set_by(hour, by)

    hour.see(ledger=Verdict.NO_GO)

    assert hour.latch() is not None


@BOTH_WAYS
def test_a_latch_outlives_it(by: int) -> None:
    hour = counting()
    hour.see(ledger=Verdict.NO_GO)
    hour.latch()

    set_by(hour, by)

    assert hour.state().latch is not None


@BOTH_WAYS
def test_a_task_can_still_be_back_dated_to_t_0_and_no_further(by: int) -> None:
    hour = counting()
    set_by(hour, by)
    t_0 = T0 + timedelta(seconds=by)

    with pytest.raises(RefusedActError, match="between T-0 and now"):
        hour.do(Act.TICK, FRONTEND, "checkout_ready", event_at=t_0 - timedelta(seconds=1))
    hour.do(Act.TICK, FRONTEND, "checkout_ready", event_at=t_0 + timedelta(seconds=60))

    assert 60 == hour.state().ended["checkout_ready"].t_s
