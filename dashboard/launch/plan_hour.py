"""What the shape of an hour cannot say: that its names are known, its tasks can be done, and in time."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from dashboard.launch.naming import unknown
from dashboard.launch.plan import Hour, Plan, Poll, RoleKind, Task

Path = tuple[str | int, ...]

_SILENT = frozenset({RoleKind.CHAIR, RoleKind.AUDITOR, RoleKind.VIEWER})
"""Who has no vote: the chair declares, and the others only look."""


def hour_problems(plan: Plan, hour: Hour) -> Iterator[tuple[Path, str]]:
    """Every mistake in an hour, with the key it is at."""
    yield from _twice("phases", [phase.id for phase in hour.phases])
    yield from _twice("tasks", [task.id for task in hour.tasks])
    for index, phase in enumerate(hour.phases):
        if phase.to_min <= phase.from_min:
            got = f"got {phase.from_min} to {phase.to_min}"
            yield ("hour", "phases", index, "to_min"), f"{got}; a phase ends after it begins"
    for index, task in enumerate(hour.tasks):
        yield from _task_problems(plan, hour, task, ("hour", "tasks", index))
    yield from _cycle(hour)
    if hour.poll is not None:
        yield from _poll_problems(plan, hour.poll, ("hour", "poll"))


def _poll_problems(plan: Plan, poll: Poll, path: Path) -> Iterator[tuple[Path, str]]:
    for index, voter in enumerate(poll.voters):
        if voter not in plan.roles:
            yield (*path, "voters", index), unknown("role", voter, plan.roles)
        elif voter in poll.voters[:index]:
            yield (*path, "voters", index), f'got the role "{voter}" twice; a role votes once'
        elif plan.roles[voter].kind in _SILENT:
            kind = plan.roles[voter].kind.value
            yield (*path, "voters", index), f'got "{voter}" of the kind {kind}; name a role that works'
    if not any(role.kind is RoleKind.CHAIR for role in plan.roles.values()):
        yield (*path, "voters"), "nobody can open a poll; give a role the kind chair, or leave the poll out"


def _task_problems(plan: Plan, hour: Hour, task: Task, path: Path) -> Iterator[tuple[Path, str]]:
    phases = {phase.id: phase for phase in hour.phases}
    gates = {gate.id for gate in plan.gates}
    tasks = {other.id for other in hour.tasks}
    if task.owner not in plan.roles:
        yield (*path, "owner"), unknown("role", task.owner, plan.roles)
    for gate in task.proven_by:
        if gate not in gates:
            yield (*path, "proven_by"), unknown("gate", gate, sorted(gates))
    for need in task.needs:
        if need not in tasks:
            yield (*path, "needs"), unknown("task", need, sorted(tasks))
    phase = phases.get(task.phase)
    if phase is None:
        yield (*path, "phase"), unknown("phase", task.phase, phases)
    elif task.start_min < phase.from_min or task.start_min + task.timebox_min > phase.to_min:
        got = f"got T+{task.start_min} to T+{task.start_min + task.timebox_min}"
        mend = f"{phase.id} is from T+{phase.from_min} to T+{phase.to_min}; move the task or name its phase"
        yield (*path, "timebox_min"), f"{got}, {mend}"


def _twice(key: str, ids: list[str]) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield ("hour", key, index, "id"), f'got the id "{name}" twice; give each an id of its own'


def _cycle(hour: Hour) -> Iterator[tuple[Path, str]]:
    try:
        TopologicalSorter({task.id: task.needs for task in hour.tasks}).prepare()
    except CycleError as error:
        ring = " → ".join(error.args[1])
        yield ("hour", "tasks"), f"the tasks wait for each other: {ring}; take one of these needs out"
