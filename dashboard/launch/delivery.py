"""How far a notice has come on one channel: a fold over what was tried, and nothing that is not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.launch import notice_wording
from dashboard.launch.announcing import Notice

GIVE_UP_AFTER = timedelta(minutes=10)
"""What is older is no news: it is given up and shown as that, not sent as if it had just happened."""

GIVEN_UP_SHOWN_FOR = timedelta(hours=1)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 120


class UndeliveredError(Exception):
    """A channel did not deliver a notice; the message says shortly why, without any address."""


class Outcome(StrEnum):
    """What became of a notice on a channel: every delivery begins by waiting, and the last two end it."""

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    GIVEN_UP = "given up"


ENDS = frozenset({Outcome.SENT, Outcome.GIVEN_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One line of the outbox. `error` says shortly what went wrong, without any address."""

    key: str
    channel: str
    at: datetime
    outcome: Outcome
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A notice that a channel has not delivered yet; `failed_at` and `error` are of the last of `tries`."""

    notice: Notice
    channel: str
    tries: int = 0
    failed_at: datetime | None = None
    error: str = ""

    @property
    def next_at(self) -> datetime:
        """When it is tried next: at once, then after pauses that double."""
        if self.failed_at is None:
            return self.notice.at
        return self.failed_at + timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (self.tries - 1)))

    def is_too_old(self, now: datetime) -> bool:
        """Whether it is no news any more."""
        return now - self.notice.at > GIVE_UP_AFTER


def pending(attempts: Iterable[Attempt], notices: Mapping[str, Notice]) -> tuple[Pending, ...]:
    """What is not over after these attempts, oldest notice first."""
    found: dict[tuple[str, str], Pending] = {}
    for attempt in attempts:
        where = (attempt.key, attempt.channel)
        if attempt.outcome in ENDS:
            found.pop(where, None)
            continue
        before = found.get(where, Pending(notice=notices[attempt.key], channel=attempt.channel))
        found[where] = before if attempt.outcome is Outcome.WAITING else failed_again(before, attempt)
    return tuple(sorted(found.values(), key=lambda each: (each.notice.at, each.notice.key)))


def failed_again(before: Pending, attempt: Attempt) -> Pending:
    """The same delivery after one failure more."""
    return Pending(
        notice=before.notice,
        channel=before.channel,
        tries=before.tries + 1,
        failed_at=attempt.at,
        error=attempt.error,
    )


def shown_since(now: datetime) -> datetime:
    """What was given up before is not shown any more."""
    return now - GIVEN_UP_SHOWN_FOR


def undelivered(waiting: Sequence[Pending], given_up: Sequence[Attempt], now: datetime) -> tuple[str, ...]:
    """What the Control room says of channels that fail: one sentence a channel for what is tried again, and
    one for what was given up within the hour.
    """
    failing = [each for each in waiting if each.failed_at is not None]
    recent = [each for each in given_up if each.at >= shown_since(now)]
    lines = []
    for channel in dict.fromkeys([each.channel for each in failing] + [each.channel for each in recent]):
        mine = [each for each in failing if each.channel == channel]
        if mine:
            last = max(mine, key=lambda each: each.failed_at or each.notice.at)
            soonest = min(each.next_at for each in mine)
            lines.append(notice_wording.undelivered(channel, len(mine), last.error, last.tries, soonest))
        lost = [each for each in recent if each.channel == channel]
        if lost:
            lines.append(notice_wording.given_up(channel, len(lost), lost[-1].error, lost[-1].at))
    return tuple(lines)
