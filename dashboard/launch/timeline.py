"""The hour as it stands: every task with its clocks (planned, forecast, actual, late) and its stage.

Planned times never move. A forecast moves with every hold, with whoever is late before it, and with the begin
of the task itself; that of a fixed task stays, and what would move it is said as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from graphlib import TopologicalSorter

from dashboard.launch import wording
from dashboard.launch.clock import t_text
from dashboard.launch.ending import waits_for
from dashboard.launch.event import Event
from dashboard.launch.plan import Hour, Plan, Task
from dashboard.launch.run import ENDED, UNDER_WAY, RunState, TaskState

MINUTE_S = 60


class TaskStage(StrEnum):
    """How far a task is. What waits for nothing can be begun and ended before its time: it is only early."""

    NOT_STARTABLE = "not_startable"
    EARLY = "early"
    STARTABLE = "startable"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One task. All `_s` are seconds of the T-clock. `start_s` and `end_s` are the forecast while the task is
    open; once it ended, `end_s` is when it did. `began_s` is when somebody began it, None if nobody said so.
    `late_s` is how much later than planned the end is, 0 if not, and `overdue_s` how much of that has passed
    already: of an open task the time since its planned end. `needed_by` and `waiting_for` are titles;
    `conflict` says what is late before a fixed task; `newest` is its newest event.
    """

    task: Task
    owner_title: str
    state: TaskState
    planned_start_s: int
    planned_end_s: int
    start_s: float
    end_s: float
    late_s: float
    overdue_s: float
    began_s: float | None
    stage: TaskStage
    conflict: str
    waiting_for: tuple[str, ...]
    needed_by: tuple[str, ...]
    proof: tuple[str, ...]
    ended_by: str | None
    reason: str
    newest: Event | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do it."""
        return self.stage is not TaskStage.COMPLETE


def rows(plan: Plan, state: RunState, now: datetime) -> tuple[Row, ...]:
    """Every task of the plan, in the order of the plan; none where the plan has no hour."""
    hour = plan.hour
    if hour is None:
        return ()
    t_s = state.clock.at(now) or 0.0
    ends: dict[str, tuple[float, float]] = {}
    for task in _in_order(hour):
        ends[task.id] = _forecast(task, state, t_s, ends)
    return tuple(_row(plan, hour, task, state, ends=ends, t_s=t_s) for task in hour.tasks)


def length_s(hour: Hour) -> int:
    """How long the hour is planned to be."""
    return max(phase.to_min for phase in hour.phases) * MINUTE_S


def _in_order(hour: Hour) -> Iterator[Task]:
    tasks = {task.id: task for task in hour.tasks}
    graph = {task.id: task.needs for task in hour.tasks}
    return (tasks[name] for name in TopologicalSorter(graph).static_order())


def _forecast(
    task: Task, state: RunState, t_s: float, ends: dict[str, tuple[float, float]]
) -> tuple[float, float]:
    """When it begins and ends: as planned, or as soon as what it needs is over, and never in the past. What
    has begun counts from there; what is fixed waits for nobody.
    """
    planned, length = task.start_min * MINUTE_S, task.timebox_min * MINUTE_S
    needed = max((ends[need][1] for need in task.needs), default=0.0)
    began, ended = _began_s(task, state), state.ended.get(task.id)
    start = began if began is not None else planned if task.fixed else max(planned, needed)
    if ended is not None:
        at = planned if ended.t_s is None else ended.t_s
        return min(start, at), at
    return start, max(start + length, t_s, needed if began is not None else 0.0)


def _began_s(task: Task, state: RunState) -> float | None:
    begun = state.begun.get(task.id)
    return None if begun is None else begun.t_s


def _conflict(task: Task, hour: Hour, ends: dict[str, tuple[float, float]]) -> str:
    """What is forecast to end after a fixed task has to begin; empty where nothing is."""
    fixed_s = task.start_min * MINUTE_S
    late = [other for other in hour.tasks if other.id in task.needs and ends[other.id][1] > fixed_s]
    if not task.fixed or not late:
        return ""
    last = max(late, key=lambda other: ends[other.id][1])
    return wording.conflict(task.title, t_text(fixed_s), last.title, t_text(ends[last.id][1]))


def _stage(task: Task, state: RunState, t_s: float, *, waits: bool) -> TaskStage:
    if task.id in state.ended:
        return TaskStage.COMPLETE
    if task.id in state.begun:
        return TaskStage.IN_PROGRESS
    if waits or state.stage not in UNDER_WAY:
        return TaskStage.NOT_STARTABLE
    return TaskStage.EARLY if t_s < task.start_min * MINUTE_S else TaskStage.STARTABLE


def _row(
    plan: Plan, hour: Hour, task: Task, state: RunState, *, ends: dict[str, tuple[float, float]], t_s: float
) -> Row:
    titles = {other.id: other.title for other in hour.tasks}
    ended, begun = state.ended.get(task.id), state.begun.get(task.id)
    newest = ended.event if ended is not None else None if begun is None else begun.event
    start_s, end_s = ends[task.id]
    planned_end = (task.start_min + task.timebox_min) * MINUTE_S
    overdue_s = max(0.0, (t_s if ended is None else end_s) - planned_end)
    is_over = state.stage in ENDED  # and nothing is forecast any more
    waiting = waits_for(task, state) if ended is None else ()
    return Row(
        task=task,
        owner_title=plan.roles[task.owner].title,
        state=ended.state if ended is not None else TaskState.OPEN if begun is None else TaskState.BEGUN,
        planned_start_s=task.start_min * MINUTE_S,
        planned_end_s=planned_end,
        start_s=start_s,
        end_s=end_s,
        late_s=overdue_s if is_over else max(0.0, end_s - planned_end),
        overdue_s=overdue_s,
        began_s=_began_s(task, state),
        stage=_stage(task, state, t_s, waits=bool(waiting)),
        conflict="" if is_over or ended is not None or begun is not None else _conflict(task, hour, ends),
        waiting_for=tuple(titles[need] for need in waiting),
        needed_by=tuple(other.title for other in hour.tasks if task.id in other.needs),
        proof=tuple(gate.title for gate in plan.gates if gate.id in task.proven_by),
        ended_by=None if ended is None else ended.event.actor,
        reason="" if ended is None else ended.event.reason,
        newest=newest,
    )
