"""What is tried again and when, what is given up, and what the Control room says of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.launch.announcing import Notice
from dashboard.launch.delivery import Attempt, Outcome, Pending, pending, undelivered
from tests.cast import T0

NOTICES = {key: Notice(key=key, at=T0, text=f"the text of {key}") for key in ("a", "b")}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def attempt(key: str, outcome: Outcome, seconds: float, error: str = "", channel: str = "slack 1") -> Attempt:
    return Attempt(key=key, channel=channel, at=at(seconds), outcome=outcome, error=error)


def failed(times: int) -> Pending:
    attempts = [attempt("a", Outcome.FAILED, 0, "timed out") for _ in range(times)]
    return pending(attempts, NOTICES)[0]


def test_what_was_never_tried_is_due_at_once() -> None:
    (found,) = pending([attempt("a", Outcome.WAITING, 1)], NOTICES)

    assert (0, None, T0) == (found.tries, found.failed_at, found.next_at)


@pytest.mark.parametrize(
    ("tries", "pause_s"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 120), (7, 120), (50, 120)]
)
def test_each_pause_is_twice_the_one_before_up_to_two_minutes(tries: int, pause_s: int) -> None:
    assert at(pause_s) == failed(tries).next_at


@pytest.mark.parametrize(("seconds", "is_too_old"), [(600, False), (600.1, True)])
def test_after_ten_minutes_it_is_no_news_any_more(seconds: float, *, is_too_old: bool) -> None:
    assert is_too_old is failed(1).is_too_old(at(seconds))


@pytest.mark.parametrize("end", [Outcome.SENT, Outcome.GIVEN_UP])
def test_what_was_sent_or_given_up_waits_no_more(end: Outcome) -> None:
    attempts = [attempt("a", Outcome.WAITING, 0), attempt("b", Outcome.WAITING, 0), attempt("a", end, 1)]

    assert ["b"] == [each.notice.key for each in pending(attempts, NOTICES)]


def test_failures_are_said_per_channel_with_tries_and_the_next_time() -> None:
    attempts = [
        attempt("a", Outcome.FAILED, 0, "got HTTP 500"),
        attempt("a", Outcome.FAILED, 5, "timed out"),
        attempt("b", Outcome.FAILED, 1, "got HTTP 500"),
        attempt("a", Outcome.WAITING, 0, channel="json 1"),
    ]

    assert (
        "2 notifications were not delivered by slack 1: timed out; tried 2 times, next at 09:00:06 UTC",
    ) == undelivered(pending(attempts, NOTICES), [], at(6))


def test_what_was_given_up_is_said_for_an_hour() -> None:
    lost = [attempt("a", Outcome.GIVEN_UP, 600, "timed out")]
    said = ("1 notification was given up for slack 1, the last at 09:10:00 UTC: timed out",)

    assert said == undelivered([], lost, at(600 + 3_600))
    assert () == undelivered([], lost, at(600 + 3_600.1))


def test_nothing_is_said_of_what_only_waits_for_its_turn() -> None:
    assert () == undelivered(pending([attempt("a", Outcome.WAITING, 0)], NOTICES), [], at(1))
