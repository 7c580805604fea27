"""What people bind to a board: the votes of a poll, and waivers. Values, made from events alone.

Nothing here dies by itself: whether a vote or a waiver still counts is asked with the moment in hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dashboard.launch.event import Event, What


class Vote(StrEnum):
    """What a voter can say; only a GO is a GO."""

    GO = "GO"
    NO_GO = "NO_GO"
    ABSTAIN = "ABSTAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll since it was opened: the newest vote of each role, and what the chair declared of it."""

    opened: Event
    votes: Mapping[str, Event] = field(default_factory=dict)
    died: Event | None = None
    declared: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One gate that is to count for nothing until `until`: asked for by one person, granted by another."""

    asked: Event
    granted: Event | None = None
    ended: Event | None = None

    @property
    def gate(self) -> str:
        """The gate that is waived."""
        return self.asked.subject

    @property
    def until(self) -> datetime:
        """When the truth returns, at the latest."""
        return self.asked.until or self.asked.event_at  # an event without an end has ended

    def holds(self, now: datetime) -> bool:
        """Whether the gate is waived at this moment."""
        return self.granted is not None and self.ended is None and now < self.until

    def is_open(self, now: datetime) -> bool:
        """Whether it still waits to be granted."""
        return self.granted is None and self.ended is None and now < self.until


_ENDS_POLL = frozenset(
    {What.RECYCLED, What.CLOSED, What.SCRUBBED, What.ROLLED_BACK, What.PLAN_CHANGED},
)


def polled(poll: Poll | None, event: Event) -> Poll | None:
    """The poll after this event. What goes back or ends takes the votes with it, and so does a moved clock:
    nobody knows any more how old they are.
    """
    if event.what is What.POLL_OPENED:
        return Poll(opened=event)
    if event.what in _ENDS_POLL or poll is None:
        return None
    if event.what is What.VOTED:
        return replace(poll, votes={**poll.votes, event.role: event}, declared=None)
    if event.what in (What.VOTES_DIED, What.CLOCK_MOVED):
        return replace(poll, votes={}, died=event, declared=None)
    if event.what is What.DECLARED:
        return replace(poll, declared=event)
    return poll


def waived(waivers: Mapping[int, Waiver], event: Event) -> Mapping[int, Waiver]:
    """The waivers after this event, by the number of the one that asked for each. A moved clock and another
    plan end them all.
    """
    if event.what is What.WAIVER_ASKED:
        return {**waivers, event.seq: Waiver(asked=event)}
    if event.what in (What.CLOCK_MOVED, What.PLAN_CHANGED):
        return {seq: each if each.ended else replace(each, ended=event) for seq, each in waivers.items()}
    about = None if event.about is None else waivers.get(event.about)
    if about is None:
        return waivers
    if event.what is What.WAIVED:
        return {**waivers, about.asked.seq: replace(about, granted=event)}
    if event.what is What.WAIVER_ENDED:
        return {**waivers, about.asked.seq: replace(about, ended=event)}
    return waivers
