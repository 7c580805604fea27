"""How a task ends: ticked, skipped or abandoned by its owner, or proven by signals that the plan names."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.launch import refusing
from dashboard.launch.board import Board, Verdict
from dashboard.launch.clock import is_undone, t_text
from dashboard.launch.event import Draft, What
from dashboard.launch.plan import Hour, Task
from dashboard.launch.run import RunState, Stage, TaskState
from dashboard.launch.scene import GOLIVE, Act, Actor, RefusedActError, Scene, Wish, drafted, need_reason

_ENDINGS = {
    Act.TICK: (What.TICKED, TaskState.DONE),
    Act.SKIP: (What.SKIPPED, TaskState.SKIPPED),
    Act.ABANDON: (What.ABANDONED, TaskState.ABANDONED),
}


def proven(scene: Scene) -> tuple[Draft, ...]:
    """The tasks that the board proves by now, as events of golive itself; none unless the clock counts."""
    board, hour = scene.board, scene.plan.hour
    if hour is None or board is None or scene.state.stage is not Stage.COUNTING:
        return ()
    return tuple(
        drafted(
            scene,
            Wish(act=Act.TICK, subject=task.id, reason=refusing.proof(task.proven_by)),
            GOLIVE,
            what=What.PROVEN,
            before=_stands(scene, task),
            after=TaskState.AUTO,
        )
        for task in hour.tasks
        if task.proven_by
        and task.id not in scene.state.ended
        and not waits_for(task, scene.state)
        and (scene.state.clock.at(scene.now) or 0.0) >= task.start_min * 60
        and all(_verdict(board, gate) is Verdict.GO for gate in task.proven_by)
    )


def waits_for(task: Task, state: RunState) -> tuple[str, ...]:
    """The tasks that must be over before this one can begin. One abandoned never is."""
    over = (TaskState.DONE, TaskState.AUTO, TaskState.SKIPPED)
    return tuple(
        need for need in task.needs if need not in state.ended or state.ended[need].state not in over
    )


def task_ended(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The end of a task, by its owner."""
    task = own_task(scene, wish, actor, verb="end")
    if wish.act is Act.TICK:
        _refuse_untrue(scene, task)
    else:
        need_reason(wish)
    what, after = _ENDINGS[wish.act]
    happened = happened_at(scene, wish)
    begun = scene.state.begun.get(task.id)
    if begun is not None and happened < begun.event.event_at:
        raise RefusedActError(refusing.before_its_begin(task.title, t_text(begun.t_s)))
    before = _stands(scene, task)
    return drafted(scene, wish, actor, what=what, before=before, after=after, event_at=happened)


def own_task(scene: Scene, wish: Wish, actor: Actor, *, verb: str) -> Task:
    """The task that is asked about: the actor's own, and not over yet."""
    task = _task(scene.plan.hour, wish.subject)
    if task.owner != actor.role:
        raise RefusedActError(refusing.not_owner(task.title, scene.plan.roles[task.owner].title, verb))
    ended = scene.state.ended.get(task.id)
    if ended is not None:
        raise RefusedActError(refusing.already(task.title, ended.state.value, ended.event.actor))
    return task


def refuse_waiting(scene: Scene, task: Task) -> None:
    """Nothing begins or is ticked before what it needs is over."""
    titles = {other.id: other.title for other in scene.plan.hour.tasks} if scene.plan.hour else {}
    waiting = waits_for(task, scene.state)
    if waiting:
        raise RefusedActError(refusing.waits(task.title, [titles[need] for need in waiting]))


def happened_at(scene: Scene, wish: Wish) -> datetime:
    """When it happened: no earlier than T-0, no later than now, and not in a try before a recycle."""
    happened = wish.event_at or scene.now - timedelta(seconds=wish.ago_s)
    if happened == scene.now:
        return happened
    started = scene.state.started
    if started is None or not started.event_at + scene.state.moved <= happened <= scene.now:
        raise RefusedActError(refusing.back_date())
    if is_undone(scene.state.clocks, happened):
        lowest = min(clock.mark_s for clock in scene.state.clocks if clock.since and clock.since > happened)
        raise RefusedActError(refusing.undone(t_text(lowest)))
    return happened


def _refuse_untrue(scene: Scene, task: Task) -> None:
    """Nobody ticks what cannot have begun, nor what a signal says is not so, nor what nothing is seen of."""
    refuse_waiting(scene, task)
    if task.proven_by and scene.board is None:
        raise RefusedActError(refusing.no_board())
    for gate in task.proven_by:
        if scene.board is not None and _verdict(scene.board, gate) is Verdict.NO_GO:
            title = next(judged.title for judged in scene.board.gates if judged.id == gate)
            raise RefusedActError(refusing.opposite(task.title, title))


def _stands(scene: Scene, task: Task) -> TaskState:
    return TaskState.BEGUN if task.id in scene.state.begun else TaskState.OPEN


def _task(hour: Hour | None, name: str) -> Task:
    tasks = {} if hour is None else {task.id: task for task in hour.tasks}
    if name not in tasks:
        raise RefusedActError(refusing.no_task(name, tasks))
    return tasks[name]


def _verdict(board: Board, gate: str) -> Verdict:
    return next((judged.verdict for judged in board.gates if judged.id == gate), Verdict.UNKNOWN)
