"""What else happened in the hour, placed on the T-clock: holds, flips of mandatory gates, and decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.launch import wording
from dashboard.launch.board import Flip
from dashboard.launch.clock import is_undone, t_then
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
    found = [
        *_holds(state, events, now),
        *_flips(plan, state, flips),
        *_events(plan, state, events),
    ]
    return tuple(found)


def _holds(state: RunState, events: Sequence[Event], now: datetime) -> Iterator[Mark]:
    """T stands in a hold, so that a hold is one place on the T-clock, however long it lasted."""
    held: Event | None = None
    for event in events:
        if event.what is What.HELD:
            held = event
        elif event.what in _HOLD_ENDS and held is not None:
            yield _hold(state, held, event.event_at)
            held = None
    if held is not None:
        yield _hold(state, held, None, now=now)


def _hold(state: RunState, held: Event, until: datetime | None, *, now: datetime | None = None) -> Mark:
    lasted = (until or now or held.event_at) - held.event_at
    title = wording.held(_length(lasted), held.reason, goes_on=until is None)
    return _mark(state, Lane.HOLDS, held.event_at, title, held.after)


def _flips(plan: Plan, state: RunState, flips: Sequence[Flip]) -> Iterator[Mark]:
    mandatory = {gate.id: gate.title for gate in plan.gates if gate.mandatory}
    found = [flip for flip in flips if flip.gate in mandatory and t_then(state.clocks, flip.at) is not None]
    drawn = sorted(found, key=lambda each: (each.at, each.evaluation))[-DRAWN_FLIPS:]
    if len(found) > len(drawn):
        yield _mark(state, Lane.FLIPS, drawn[0].at, wording.older_flips(len(found) - len(drawn)), "")
    for flip in drawn:
        title = wording.flipped(mandatory[flip.gate], flip.before, flip.after, flip.reason)
        yield _mark(state, Lane.FLIPS, flip.at, title, flip.after.value)


def _events(plan: Plan, state: RunState, events: Sequence[Event]) -> Iterator[Mark]:
    titles = {gate.id: gate.title for gate in plan.gates}
    for event in events:
        if event.what in _SHOWN and t_then(state.clocks, event.event_at) is not None:
            subject = titles.get(event.subject, event.subject)
            title = wording.happened(event.what.value, subject, event.actor, event.reason)
            yield _mark(state, Lane.EVENTS, event.event_at, title, event.after)


def _mark(state: RunState, lane: Lane, at: datetime, title: str, after: str) -> Mark:
    t_s = t_then(state.clocks, at) or 0.0
    return Mark(lane=lane, t_s=t_s, at=at, title=title, after=after, is_undone=is_undone(state.clocks, at))


def _length(lasted: timedelta) -> str:
    minutes, seconds = divmod(int(lasted.total_seconds()), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
