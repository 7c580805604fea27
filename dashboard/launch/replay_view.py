"""What the Replay page is shown: which runs there are, the moments of one, and how it stood at a moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.observation import Environment
from dashboard.launch.board import Flip
from dashboard.launch.clock import TClock
from dashboard.launch.event import Event
from dashboard.launch.run import clocks
from dashboard.launch.view import View

STEPS_S = (5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400)
"""How far apart the moments of a run may be; the least that gives no more than `MOST_STEPS`."""

MOST_STEPS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One run of the store. `title` is that of its plan, or its id where the plan cannot be read."""

    id: int
    title: str
    attempt: int
    environment: Environment
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFlips:
    """Flips of a run, the newest first; those of one evaluation are never torn apart. `has_older`: whether
    there were any before these.
    """

    run: RecordedRun
    flips: tuple[Flip, ...]
    has_older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment that can be gone to. `t_s` is the T-clock then, None before T-0; `what` is what happened in
    it, empty for a mere step.
    """

    at: datetime
    t_s: float | None
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All moments of a run, in their order."""

    run: RecordedRun
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reenacted:
    """A run as it stood at a moment. `evaluation` is the newest at that moment, None before the first, and
    `inputs` how many samples it was recomputed from. It equals what was recorded, unless `difference` names
    the first thing that does not, or `unprovable` says why it cannot be recomputed; `view` then holds.
    """

    run: RecordedRun
    moment: Moment
    view: View
    evaluation: int | None
    inputs: int
    difference: str | None
    unprovable: str | None


@dataclass(frozen=True, slots=True)
class Marks:
    """What T was at every moment, as it was known at that moment."""

    moved_at: Sequence[datetime]
    clocks: Sequence[TClock]

    @staticmethod
    def of(events: Sequence[Event]) -> Marks:
        """The marks of a log."""
        moves = tuple(clocks(events))
        return Marks(tuple(at for at, _ in moves), tuple(clock for _, clock in moves))

    def t_s(self, at: datetime) -> float | None:
        """T in seconds, None before T-0."""
        place = bisect_right(self.moved_at, at)
        return None if place == 0 else self.clocks[place - 1].at(at)


def steps(start: datetime, end: datetime, anchor: datetime) -> Iterator[datetime]:
    """Moments from `start` to `end`, both included, so far apart from `anchor` (T-0) as whole steps are."""
    span_s = (end - start).total_seconds()
    step_s = next((each for each in STEPS_S if span_s / each <= MOST_STEPS), STEPS_S[-1])
    step = timedelta(seconds=step_s)
    yield start
    at = anchor - (anchor - start) // step * step
    while at < end:
        if at > start:
            yield at
        at += step
    if end > start:
        yield end
