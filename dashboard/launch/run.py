"""The state of a run: a fold over its events, and nothing that is not in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dashboard.launch.clock import TClock
from dashboard.launch.event import Event, What


class Stage(StrEnum):
    """Where a run stands."""

    PLANNED = "planned"
    COUNTING = "counting"
    HOLDING = "holding"
    CLOSED = "closed"
    SCRUBBED = "scrubbed"


class TaskState(StrEnum):
    """How a task ended, or that it did not yet."""

    OPEN = "open"
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
class RunState:
    """All of a run after its event `seq`. `decided` maps the hash of a board to what was decided on it;
    `latch` is the machine's NO-GO that nobody acknowledged yet, `acknowledged` the newest acknowledgement.
    """

    seq: int = 0
    stage: Stage = Stage.PLANNED
    clock: TClock = field(default_factory=TClock)
    started: Event | None = None
    ended: Mapping[str, Ended] = field(default_factory=dict)
    decisions: tuple[Event, ...] = ()
    decided: Mapping[str, Event] = field(default_factory=dict)
    latch: Event | None = None
    acknowledged: Event | None = None
    recorded_at: datetime | None = None


_TASK_STATES = {
    What.TICKED: TaskState.DONE,
    What.PROVEN: TaskState.AUTO,
    What.SKIPPED: TaskState.SKIPPED,
    What.ABANDONED: TaskState.ABANDONED,
}


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
    started: Event | None = None
    ended: dict[str, Ended] = field(default_factory=dict)
    decisions: list[Event] = field(default_factory=list)
    decided: dict[str, Event] = field(default_factory=dict)
    latch: Event | None = None
    acknowledged: Event | None = None
    recorded_at: datetime | None = None

    def take(self, event: Event) -> None:
        """One event more. The log gives numbers without a gap; another order is a damaged log."""
        if event.seq != self.seq + 1:
            raise ValueError(
                f"got event {event.seq} after {self.seq}, expected {self.seq + 1}: the log has a gap"
            )
        self.seq, self.recorded_at = event.seq, event.recorded_at
        if event.what in _TASK_STATES:
            t_s = self.clock.at(event.event_at)
            self.ended[event.subject] = Ended(state=_TASK_STATES[event.what], event=event, t_s=t_s)
        elif event.what is What.DECIDED:
            self._decide(event)
        elif event.what in (What.LATCHED, What.ACKNOWLEDGED):
            self.latch = event if event.what is What.LATCHED else None
            self.acknowledged = event if event.what is What.ACKNOWLEDGED else self.acknowledged
        else:
            self._move(event)

    def state(self) -> RunState:
        """What came of it."""
        return RunState(
            seq=self.seq,
            stage=self.stage,
            clock=self.clock,
            started=self.started,
            ended=self.ended,
            decisions=tuple(self.decisions),
            decided=self.decided,
            latch=self.latch,
            acknowledged=self.acknowledged,
            recorded_at=self.recorded_at,
        )

    def _decide(self, event: Event) -> None:
        self.decisions.append(event)
        if event.board_hash is not None:
            self.decided[event.board_hash] = event

    def _move(self, event: Event) -> None:
        at = event.event_at
        if event.what is What.STARTED:
            self.stage, self.clock, self.started = Stage.COUNTING, self.clock.start(at), event
        elif event.what is What.HELD:
            self.stage, self.clock = Stage.HOLDING, self.clock.hold(at)
        elif event.what is What.RESUMED:
            self.stage, self.clock = Stage.COUNTING, self.clock.resume(at)
        elif event.what is What.RECYCLED:
            self.clock = self.clock.recycle(at, event.mark_s or 0)
            self._reopen(event.mark_s or 0)
        elif event.what is What.SCRUBBED:
            self.stage, self.clock = Stage.SCRUBBED, self.clock.hold(at)
        elif event.what is What.CLOSED:
            self.stage, self.clock = Stage.CLOSED, self.clock.hold(at)

    def _reopen(self, mark_s: int) -> None:
        """What ended after the mark has to be done again: an old tick proves nothing about the next try."""
        self.ended = {
            task: ended for task, ended in self.ended.items() if ended.t_s is not None and ended.t_s <= mark_s
        }
