"""How a task ends: ticked, skipped or abandoned by its owner, or proven by signals that the plan names."""

from __future__ import annotations

from datetime import datetime

from dashboard.launch import refusing
from dashboard.launch.board import Board, Verdict
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
            before=TaskState.OPEN,
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
    task = _task(scene.plan.hour, wish.subject)
    if task.owner != actor.role:
        raise RefusedActError(refusing.not_owner(task.title, scene.plan.roles[task.owner].title))
    ended = scene.state.ended.get(task.id)
    if ended is not None:
        raise RefusedActError(refusing.already(task.title, ended.state.value, ended.event.actor))
    if wish.act is Act.TICK:
        _refuse_untrue(scene, task)
    else:
        need_reason(wish)
    what, after = _ENDINGS[wish.act]
    happened = _event_at(scene, wish)
    return drafted(scene, wish, actor, what=what, before=TaskState.OPEN, after=after, event_at=happened)


def _refuse_untrue(scene: Scene, task: Task) -> None:
    """Nobody ticks what cannot have begun, nor what a signal says is not so, nor what nothing is seen of."""
    titles = {other.id: other.title for other in scene.plan.hour.tasks} if scene.plan.hour else {}
    waiting = waits_for(task, scene.state)
    if waiting:
        raise RefusedActError(refusing.waits(task.title, [titles[need] for need in waiting]))
    if task.proven_by and scene.board is None:
        raise RefusedActError(refusing.no_board())
    for gate in task.proven_by:
        if scene.board is not None and _verdict(scene.board, gate) is Verdict.NO_GO:
            title = next(judged.title for judged in scene.board.gates if judged.id == gate)
            raise RefusedActError(refusing.opposite(task.title, title))


def _event_at(scene: Scene, wish: Wish) -> datetime:
    """A task may be back-dated to no earlier than T-0 and no later than now."""
    if wish.event_at is None:
        return scene.now
    started = scene.state.started
    if started is None or not started.event_at + scene.state.moved <= wish.event_at <= scene.now:
        raise RefusedActError(refusing.back_date())
    return wish.event_at


def _task(hour: Hour | None, name: str) -> Task:
    for task in () if hour is None else hour.tasks:
        if task.id == name:
            return task
    raise RefusedActError(refusing.no_task(name))


def _verdict(board: Board, gate: str) -> Verdict:
    return next((judged.verdict for judged in board.gates if judged.id == gate), Verdict.UNKNOWN)
