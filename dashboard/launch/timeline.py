"""The hour as it stands: every task with its four clocks (planned, forecast, actual, late).

Planned times never move. A forecast moves with every hold and with whoever is late before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter

from dashboard.launch.ending import waits_for
from dashboard.launch.plan import Hour, Plan, Task
from dashboard.launch.run import RunState, TaskState

MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One task. All `_s` are seconds of the T-clock. `start_s` and `end_s` are the forecast while the task is
    open; once it ended, `end_s` is when it did. `late_s` is how much later than planned that is, 0 if not.
    `needed_by` and `waiting_for` are titles.
    """

    task: Task
    owner_title: str
    state: TaskState
    planned_start_s: int
    planned_end_s: int
    start_s: float
    end_s: float
    late_s: float
    startable: bool
    waiting_for: tuple[str, ...]
    needed_by: tuple[str, ...]
    proof: tuple[str, ...]
    ended_by: str | None
    reason: str
    event_at: datetime | None
    recorded_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do it."""
        return self.state is TaskState.OPEN


def rows(plan: Plan, state: RunState, now: datetime) -> tuple[Row, ...]:
    """Every task of the plan, in the order of the plan; none where the plan has no hour."""
    hour = plan.hour
    if hour is None:
        return ()
    t_s = state.clock.at(now) or 0.0
    ends: dict[str, tuple[float, float]] = {}
    for task in _in_order(hour):
        ends[task.id] = _forecast(task, state, t_s, ends)
    return tuple(_row(plan, task, state, span=ends[task.id], t_s=t_s) for task in hour.tasks)


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
    """When it begins and ends: as planned, or as soon as what it needs is over, and never in the past."""
    planned, length = task.start_min * MINUTE_S, task.timebox_min * MINUTE_S
    start = max([planned, *(ends[need][1] for need in task.needs)])
    ended = state.ended.get(task.id)
    if ended is not None:
        at = planned if ended.t_s is None else ended.t_s
        return min(start, at), at
    return start, max(start + length, t_s)


def _row(plan: Plan, task: Task, state: RunState, *, span: tuple[float, float], t_s: float) -> Row:
    tasks = () if plan.hour is None else plan.hour.tasks
    titles = {other.id: other.title for other in tasks}
    ended = state.ended.get(task.id)
    planned_end = (task.start_min + task.timebox_min) * MINUTE_S
    waiting = waits_for(task, state) if ended is None else ()
    return Row(
        task=task,
        owner_title=plan.roles[task.owner].title,
        state=TaskState.OPEN if ended is None else ended.state,
        planned_start_s=task.start_min * MINUTE_S,
        planned_end_s=planned_end,
        start_s=span[0],
        end_s=span[1],
        late_s=max(0.0, span[1] - planned_end),
        startable=ended is None and not waiting and t_s >= task.start_min * MINUTE_S,
        waiting_for=tuple(titles[need] for need in waiting),
        needed_by=tuple(other.title for other in tasks if task.id in other.needs),
        proof=tuple(gate.title for gate in plan.gates if gate.id in task.proven_by),
        ended_by=None if ended is None else ended.event.actor,
        reason="" if ended is None else ended.event.reason,
        event_at=None if ended is None else ended.event.event_at,
        recorded_at=None if ended is None else ended.event.recorded_at,
    )
