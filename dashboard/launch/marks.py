"""What else happened in the hour, placed on the T-clock: holds, flips of mandatory gates, and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.launch import wording
from dashboard.launch.board import Flip
from dashboard.launch.clock import TClock, is_undone, t_then
from dashboard.launch.event import Event, What
from dashboard.launch.plan import Plan
from dashboard.launch.run import RunState

DRAWN_FLIPS = 200
"""So many flips of an hour are drawn, the newest; a gate that flaps all the time says it with fewer."""

_SHOWN = frozenset(
    {
        What.STARTED,
        What.RECYCLED,
        What.SCRUBBED,
        What.CLOSED,
        What.DECIDED,
        What.LATCHED,
        What.ACKNOWLEDGED,
        What.DECLARED,
        What.WAIVED,
        What.WAIVER_ENDED,
        What.OVERRIDDEN,
        What.ROLLED_BACK,
        What.EXPLAINED,
        What.VOTES_DIED,
        What.CLOCK_MOVED,
        What.PLAN_CHANGED,
    }
)
_HOLD_ENDS = frozenset({What.RESUMED, What.SCRUBBED, What.CLOSED})


class Lane(StrEnum):
    """On which line of the hour a mark is drawn."""

    HOLDS = "holds"
    FLIPS = "flips"
    EVENTS = "events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that happened: `t_s` is the T-clock as it was then, or of a recycle what it went back to.
    `after` is what it became (GO, NO_GO …), and `is_undone` says that T has gone back to before it since.
    """

    lane: Lane
    t_s: float
    at: datetime
    title: str
    after: str
    is_undone: bool


def marks(
    plan: Plan, state: RunState, events: Sequence[Event], flips: Sequence[Flip], now: datetime
) -> tuple[Mark, ...]:
    """Everything since T-0 that is no task, by lane and in the order in which it happened."""
    if state.started is None:
        return ()
    axis = _Axis(clocks=state.clocks, moves=tuple(each for each in events if each.what is What.CLOCK_MOVED))
    found = [
        *_holds(axis, events, now),
        *_flips(plan, axis, flips),
        *_events(plan, axis, events),
    ]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """The T-clock, for moments that were told before the host's clock was moved as well as after."""

    clocks: Sequence[TClock]
    moves: tuple[Event, ...]

    def of_event(self, event: Event) -> datetime:
        return event.event_at + _sum(move for move in self.moves if move.seq > event.seq)

    def of_flip(self, flip: Flip) -> datetime:
        return flip.at + _sum(move for move in self.moves if (move.evaluation or 0) >= flip.evaluation)

    def has(self, when: datetime) -> bool:
        return t_then(self.clocks, when) is not None

    def mark(self, lane: Lane, when: datetime, at: datetime, title: str, after: str) -> Mark:
        t_s, undone = t_then(self.clocks, when) or 0.0, is_undone(self.clocks, when)
        return Mark(lane=lane, t_s=t_s, at=at, title=title, after=after, is_undone=undone)


def _sum(moves: Iterable[Event]) -> timedelta:
    return timedelta(milliseconds=sum(move.shift_ms or 0 for move in moves))


def _holds(axis: _Axis, events: Sequence[Event], now: datetime) -> Iterator[Mark]:
    """T stands in a hold, so that a hold is one place on the T-clock, however long it lasted."""
    held: Event | None = None
    for event in events:
        if event.what in (What.HELD, What.ROLLED_BACK) and held is None:
            held = event
        elif event.what in _HOLD_ENDS and held is not None:
            yield _hold(axis, held, axis.of_event(event), goes_on=False)
            held = None
    if held is not None:
        yield _hold(axis, held, now, goes_on=True)


def _hold(axis: _Axis, held: Event, until: datetime, *, goes_on: bool) -> Mark:
    since = axis.of_event(held)
    title = wording.held(_length(until - since), held.reason, goes_on=goes_on)
    return axis.mark(Lane.HOLDS, since, held.event_at, title, held.after)


def _flips(plan: Plan, axis: _Axis, flips: Sequence[Flip]) -> Iterator[Mark]:
    mandatory = {gate.id: gate.title for gate in plan.gates if gate.mandatory}
    found = [flip for flip in flips if flip.gate in mandatory and axis.has(axis.of_flip(flip))]
    drawn = sorted(found, key=lambda each: (axis.of_flip(each), each.evaluation))[-DRAWN_FLIPS:]
    if len(found) > len(drawn):
        older, first = wording.older_flips(len(found) - len(drawn)), drawn[0]
        yield axis.mark(Lane.FLIPS, axis.of_flip(first), first.at, older, "")
    for flip in drawn:
        title = wording.flipped(mandatory[flip.gate], flip.before, flip.after, flip.reason)
        yield axis.mark(Lane.FLIPS, axis.of_flip(flip), flip.at, title, flip.after.value)


def _events(plan: Plan, axis: _Axis, events: Sequence[Event]) -> Iterator[Mark]:
    titles = {gate.id: gate.title for gate in plan.gates}
    for event in events:
        when = axis.of_event(event)
        if event.what in _SHOWN and axis.has(when):
            subject = titles.get(event.subject, event.subject)
            title = wording.happened(event.what.value, subject, event.actor, event.reason)
            yield axis.mark(Lane.EVENTS, when, event.event_at, title, event.after)


def _length(lasted: timedelta) -> str:
    minutes, seconds = divmod(int(lasted.total_seconds()), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
