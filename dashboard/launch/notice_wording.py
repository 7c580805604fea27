"""The sentences that go out to people who do not look at the screen."""

from __future__ import annotations

from datetime import datetime

from dashboard.launch.board import Verdict
from dashboard.launch.wording import GATE_WORD, at

SOMEBODY = "somebody"
NOT_TRIED = "not tried in time"


def flipped(title: str, before: Verdict, after: Verdict) -> str:
    return f"“{title}” went from {GATE_WORD[before]} to {GATE_WORD[after]}"


def late(title: str, owner: str, due: str, *, is_late: bool) -> str:
    """An open task at, or shortly before, the end of its timebox."""
    return (
        f"“{title}” ({owner}) {'is late, it was' if is_late else 'is about to be late, it is'} due at {due}"
    )


def withheld_reason(kind: str) -> str:
    return f"the reason is withheld, it held what looks like: {kind}"


def withheld_notice(kind: str) -> str:
    return f"something happened that is told in the log alone, its text held what looks like: {kind}."


def undelivered(channel: str, count: int, error: str, tries: int, next_at: datetime) -> str:
    notes = "notification was" if count == 1 else "notifications were"
    times = "once" if tries == 1 else f"{tries} times"
    return f"{count} {notes} not delivered by {channel}: {error}; tried {times}, next at {at(next_at)}"


def given_up(channel: str, count: int, error: str, last_at: datetime) -> str:
    notes = "notification was" if count == 1 else "notifications were"
    return f"{count} {notes} given up for {channel}, the last at {at(last_at)}: {error}"
