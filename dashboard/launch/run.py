"""The state of a run: a fold over its events, and nothing that is not in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.launch.binding import Poll, Waiver, polled, waived
from dashboard.launch.clock import TClock, t_then
from dashboard.launch.event import Event, What


class Stage(StrEnum):
    """Where a run stands. One that is OVER has given way to the next attempt."""

    PLANNED = "planned"
    COUNTING = "counting"
    HOLDING = "holding"
    CLOSED = "closed"
    SCRUBBED = "scrubbed"
    OVER = "over"


ENDED = frozenset({Stage.CLOSED, Stage.SCRUBBED, Stage.OVER})
"""The stages in which nothing of the hour is done any more."""

UNDER_WAY = frozenset({Stage.COUNTING, Stage.HOLDING})
"""The stages in which the clock was started and the hour has not ended."""


class TaskState(StrEnum):
    """How a task ended, or that it did not yet."""

    OPEN = "open"
    BEGUN = "begun"  # in progress
    DONE = "done"
    AUTO = "auto"  # a signal proved it
    SKIPPED = "skipped"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How and when a task ended; `t_s` is the T-clock at that moment, `event` the event that says so."""

    state: TaskState
    event: Event
    t_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """That somebody works on a task; `t_s` is the T-clock when that began, `event` the event that says so."""

    event: Event
    t_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """All of a run after its event `seq`. `clocks` are all that ruled, oldest first; `decided` maps the
    hash of a board to what was decided on it; `latch` is the machine's NO-GO that nobody acknowledged yet,
    `acknowledged` the newest acknowledgement. `waivers` are by the number of the event that asked; `override`
    is the one that waits for a second person; `rollback` is in force until the clock is recycled, `explained`
    the reason given for it afterwards. `clock_moved` is the last time that the host's clock was found moved,
    `moved` by how much since T-0. `offer` is another plan that waits to be adopted, `plan_asked` who wants
    it, `plan_sha256` the one that was changed to, None while it is the first.
    """

    seq: int = 0
    stage: Stage = Stage.PLANNED
    clock: TClock = field(default_factory=TClock)
    clocks: tuple[TClock, ...] = ()
    started: Event | None = None
    begun: Mapping[str, Begun] = field(default_factory=dict)
    ended: Mapping[str, Ended] = field(default_factory=dict)
    decisions: tuple[Event, ...] = ()
    decided: Mapping[str, Event] = field(default_factory=dict)
    latch: Event | None = None
    acknowledged: Event | None = None
    poll: Poll | None = None
    waivers: Mapping[int, Waiver] = field(default_factory=dict)
    override: Event | None = None
    rollback: Event | None = None
    explained: Event | None = None
    offer: Event | None = None
    plan_asked: Event | None = None
    plan_sha256: str | None = None
    recorded_at: datetime | None = None
    clock_moved: Event | None = None
    moved: timedelta = timedelta()


_TASK_STATES = {
    What.TICKED: TaskState.DONE,
    What.PROVEN: TaskState.AUTO,
    What.SKIPPED: TaskState.SKIPPED,
    What.ABANDONED: TaskState.ABANDONED,
}
_DECISIONS = frozenset({What.DECIDED, What.OVERRIDDEN, What.ROLLED_BACK})
_ENDS_OVERRIDE = frozenset(
    {
        What.DECIDED,
        What.OVERRIDDEN,
        What.ROLLED_BACK,
        What.RECYCLED,
        What.LATCHED,
        What.CLOCK_MOVED,
        What.PLAN_CHANGED,
    }
)
_BINDING = frozenset(
    {
        What.POLL_OPENED,
        What.VOTED,
        What.VOTES_DIED,
        What.DECLARED,
        What.WAIVER_ASKED,
        What.WAIVED,
        What.WAIVER_ENDED,
        What.RECYCLED,
        What.ROLLED_BACK,
        What.CLOSED,
        What.SCRUBBED,
        What.CLOCK_MOVED,
        What.PLAN_CHANGED,
    }
)


def fold(events: Iterable[Event]) -> RunState:
    """The state after these events, from the first on."""
    folding = _Folding()
    for event in events:
        folding.take(event)
    return folding.state()


def clocks(events: Iterable[Event]) -> Iterator[tuple[datetime, TClock]]:
    """The T-clock after each event that moved it, and when that was recorded."""
    folding = _Folding()
    for event in events:
        before = folding.clock
        folding.take(event)
        if folding.clock is not before:
            yield event.recorded_at, folding.clock


@dataclass(slots=True)
class _Folding:
    """One pass over the log: plain containers here, because ten thousand frozen copies would cost seconds."""

    seq: int = 0
    stage: Stage = Stage.PLANNED
    clock: TClock = field(default_factory=TClock)
    clocks: list[TClock] = field(default_factory=list)
    started: Event | None = None
    begun: dict[str, Begun] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    decisions: list[Event] = field(default_factory=list)
    decided: dict[str, Event] = field(default_factory=dict)
    latch: Event | None = None
    acknowledged: Event | None = None
    poll: Poll | None = None
    waivers: Mapping[int, Waiver] = field(default_factory=dict)
    override: Event | None = None
    rollback: Event | None = None
    explained: Event | None = None
    offer: Event | None = None
    plan_asked: Event | None = None
    plan_sha256: str | None = None
    recorded_at: datetime | None = None
    clock_moved: Event | None = None
    moved: timedelta = timedelta()

    def take(self, event: Event) -> None:
        """One event more. The log gives numbers without a gap; another order is a damaged log."""
        if event.seq != self.seq + 1:
            raise ValueError(
                f"got event {event.seq} after {self.seq}, expected {self.seq + 1}: the log has a gap"
            )
        self.seq, self.recorded_at = event.seq, event.recorded_at
        if event.what in _TASK_STATES:
            t_s = t_then(self.clocks, event.event_at)
            self.ended[event.subject] = Ended(state=_TASK_STATES[event.what], event=event, t_s=t_s)
        elif event.what is What.BEGUN:
            self.begun[event.subject] = Begun(event=event, t_s=t_then(self.clocks, event.event_at))
        elif event.what in _DECISIONS:
            self._decide(event)
        elif event.what in (What.LATCHED, What.ACKNOWLEDGED):
            self.latch = event if event.what is What.LATCHED else None
            self.acknowledged = event if event.what is What.ACKNOWLEDGED else self.acknowledged
        elif event.what is What.CLOCK_MOVED:
            self._shift(event)
        else:
            self._move(event)
        self._bind(event)

    def state(self) -> RunState:
        """What came of it."""
        told = {each.name: getattr(self, each.name) for each in fields(RunState)}
        lists = {"clocks": tuple(self.clocks), "decisions": tuple(self.decisions)}
        return RunState(**(told | lists))

    def _decide(self, event: Event) -> None:
        self.decisions.append(event)
        if event.board_hash is not None:
            self.decided[event.board_hash] = event
        if event.what is What.ROLLED_BACK:
            self.rollback, self.explained = event, None
            if self.stage is Stage.COUNTING:
                self.stage, self.clock = Stage.HOLDING, self.clock.hold(event.event_at)
                self.clocks.append(self.clock)

    def _bind(self, event: Event) -> None:
        if event.what in _BINDING:
            self.poll, self.waivers = polled(self.poll, event), waived(self.waivers, event)
        if event.what is What.OVERRIDE_ASKED:
            self.override = event
        elif event.what in _ENDS_OVERRIDE:
            self.override = None
        if event.what is What.EXPLAINED:
            self.explained = event
        if event.what is What.PLAN_OFFERED:
            self.offer, self.plan_asked = event, None
        elif event.what is What.PLAN_ASKED:
            self.plan_asked = event
        elif event.what is What.PLAN_CHANGED:
            self.offer, self.plan_asked, self.plan_sha256 = None, None, event.after

    def _move(self, event: Event) -> None:
        at = event.event_at
        if event.what is What.STARTED:
            self.stage, self.clock, self.started = (
                Stage.COUNTING,
                self.clock.start(at, event.pace or 1),
                event,
            )
        elif event.what is What.HELD:
            self.stage, self.clock = Stage.HOLDING, self.clock.hold(at)
        elif event.what is What.RESUMED:
            self.stage, self.clock = Stage.COUNTING, self.clock.resume(at)
        elif event.what is What.RECYCLED:
            self.clock = self.clock.recycle(at, event.mark_s or 0)
            self._reopen(event.mark_s or 0)
            self.rollback = self.explained = None
        elif event.what is What.SCRUBBED:
            self.stage, self.clock = Stage.SCRUBBED, self.clock.hold(at)
        elif event.what is What.CLOSED:
            self.stage, self.clock = Stage.CLOSED, self.clock.hold(at)
        elif event.what is What.NEXT_ATTEMPT:
            self.stage = Stage.OVER
        self.clocks.append(self.clock)

    def _shift(self, event: Event) -> None:
        """T stays. What was acknowledged is no longer known to be before what falls from now on."""
        by = timedelta(milliseconds=event.shift_ms or 0)
        self.clocks = [clock.shift(by) for clock in self.clocks]
        self.clock, self.moved, self.clock_moved = self.clock.shift(by), self.moved + by, event
        self.acknowledged = None

    def _reopen(self, mark_s: int) -> None:
        """What began or ended after the mark has to be done again: an old tick proves nothing about the next
        try.
        """
        self.begun = {
            task: begun for task, begun in self.begun.items() if begun.t_s is not None and begun.t_s <= mark_s
        }
        self.ended = {
            task: ended for task, ended in self.ended.items() if ended.t_s is not None and ended.t_s <= mark_s
        }
