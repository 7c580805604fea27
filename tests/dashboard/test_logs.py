"""What is said again and again is said seldom, and nothing else is lost."""

from __future__ import annotations

import logging

import pytest

from dashboard.logs import AGAIN_AFTER_S, Seldom


class Log:
    """What passes, by a clock in the test's hand."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._seldom = Seldom(lambda: self.now)

    def passes(self, message: str, *args: object) -> bool:
        record = logging.LogRecord("dashboard.x", logging.WARNING, __file__, 1, message, args, None)
        return bool(self._seldom.filter(record))


@pytest.fixture
def log() -> Log:
    return Log()


def test_the_same_trouble_is_said_once_a_minute(log: Log) -> None:
    assert log.passes("%d wait: %s", 1, OSError("away"))
    log.now += AGAIN_AFTER_S - 1
    assert not log.passes("%d wait: %s", 2, OSError("away"))
    log.now += 1
    assert log.passes("%d wait: %s", 3, OSError("away"))


def test_another_trouble_is_said_at_once(log: Log) -> None:
    assert log.passes("%d wait: %s", 1, OSError("away"))

    assert log.passes("%d wait: %s", 1, OSError("starting up"))


def test_what_is_no_trouble_is_always_said(log: Log) -> None:
    assert log.passes("run %d begins", 1)
    assert log.passes("run %d begins", 1)


def test_what_is_remembered_is_bounded(log: Log) -> None:
    passed = [log.passes("%s", OSError(str(number))) for number in range(5_000)]

    assert all(passed)
