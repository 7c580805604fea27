"""The T-clock counts server time since T-0 less the holds, and never jumps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.launch.clock import TClock, t_text
from tests.cast import T0


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_before_t_0_there_is_no_t() -> None:
    assert TClock().at(T0) is None
    assert TClock().moment(60, T0) is None
    assert "T-0 not set" == t_text(TClock().at(T0))


def test_a_hold_stops_t_and_a_resume_lets_it_go_on_from_there() -> None:
    held = TClock().start(T0).hold(T0 + at(90))
    resumed = held.resume(T0 + at(390))

    assert 90 == held.at(T0 + at(300))
    assert 91 == resumed.at(T0 + at(391))


def test_a_recycle_goes_back_to_the_mark_and_on_from_it() -> None:
    counting = TClock().start(T0).recycle(T0 + at(600), 300)
    holding = TClock().start(T0).hold(T0 + at(600)).recycle(T0 + at(700), 300)

    assert 310 == counting.at(T0 + at(610))
    assert 300 == holding.at(T0 + at(900))


def test_a_clock_that_was_set_back_adds_nothing() -> None:
    assert 0 == TClock().start(T0).at(T0 - at(600))


def test_the_moment_of_a_mark_moves_with_every_hold() -> None:
    clock = TClock().start(T0)
    resumed = clock.hold(T0 + at(60)).resume(T0 + at(120))

    assert T0 + at(900) == clock.moment(900, T0 + at(30))
    assert T0 + at(960) == resumed.moment(900, T0 + at(130))


@pytest.mark.parametrize(
    ("t_s", "text"), [(0, "T+00:00"), (59.9, "T+00:59"), (60, "T+01:00"), (3_661, "T+61:01")]
)
def test_t_is_written_in_minutes_and_seconds(t_s: float, text: str) -> None:
    assert text == t_text(t_s)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 600)), max_size=20))
def test_t_is_the_time_that_was_not_held(steps: list[tuple[bool, int]]) -> None:
    now, clock, counted = T0, TClock().start(T0), 0
    for hold, seconds in steps:
        clock = clock.hold(now) if hold else clock.resume(now)
        now += at(seconds)
        counted += 0 if hold else seconds

    assert counted == clock.at(now)


@pytest.mark.parametrize("pace", [1, 6, 60])
def test_at_a_pace_t_passes_so_many_times_as_fast_and_only_while_it_is_not_held(pace: int) -> None:
    counting = TClock().start(T0, pace)
    held = counting.hold(T0 + at(10))
    resumed = held.resume(T0 + at(100))

    assert 10 * pace == counting.at(T0 + at(10))
    assert 10 * pace == held.at(T0 + at(100))
    assert 11 * pace == resumed.at(T0 + at(101))
    assert 300 + pace == resumed.recycle(T0 + at(110), 300).at(T0 + at(111))


def test_the_moment_of_a_mark_is_sooner_at_a_pace() -> None:
    clock = TClock().start(T0, 60)

    assert T0 + at(15) == clock.moment(900, T0 + at(5))


@pytest.mark.parametrize("by", [600, -600])
@pytest.mark.parametrize("pace", [1, 60])
def test_t_stays_when_every_moment_is_called_otherwise(by: int, pace: int) -> None:
    clock = TClock().start(T0, pace)
    held = clock.hold(T0 + at(30))

    assert clock.at(T0 + at(40)) == clock.shift(at(by)).at(T0 + at(40 + by))
    assert held.at(T0 + at(40)) == held.shift(at(by)).at(T0 + at(40 + by))
    assert TClock() == TClock().shift(at(by))
