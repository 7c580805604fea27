"""What may be done in a run, and what becomes of it: each act is a new event, or refused with one sentence.

Pure: who acts, the state, the board and the moment are handed in. Which roles may ask for an act at all is
the table in `dashboard.access`; here is what the state of the run allows, and to whom of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.launch import refusing
from dashboard.launch.board import Board, BoardVerdict, Verdict
from dashboard.launch.clock import t_text
from dashboard.launch.event import Draft, What
from dashboard.launch.plan import Hour, Plan, Task
from dashboard.launch.run import RunState, Stage, TaskState


class Act(StrEnum):
    """What a person can ask of a run, in the words of a refusal."""

    START = "start the clock"
    HOLD = "hold the clock"
    RESUME = "resume the clock"
    RECYCLE = "recycle the clock"
    SCRUB = "scrub the run"
    CLOSE = "close the run"
    TICK = "tick a task"
    SKIP = "skip a task"
    ABANDON = "abandon a task"
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge a NO-GO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as far as a run cares: `role` is the id of a role of the plan."""

    name: str
    role: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for. `subject` is a task's id or a board verdict; `board_hash` the board that was shown;
    `mark_s` the T-mark to go back to; `event_at` when it happened, if that was not just now.
    """

    act: Act
    reason: str = ""
    subject: str = ""
    board_hash: str | None = None
    mark_s: int | None = None
    event_at: datetime | None = None


class RefusedActError(Exception):
    """The act changes nothing; the message is one sentence for whoever asked."""


GOLIVE = Actor(name="golive", role="golive", identity="machine")
"""Who acts when a signal does: recorded as the machine, never as a person."""

SHOWN_FOR = timedelta(seconds=120)
"""For so long a person may look at a GO before pressing it; after that it has to be read again."""

ALLOWED_IN: Mapping[Act, frozenset[Stage]] = {
    Act.START: frozenset({Stage.PLANNED}),
    Act.HOLD: frozenset({Stage.COUNTING}),
    Act.RESUME: frozenset({Stage.HOLDING}),
    Act.RECYCLE: frozenset({Stage.COUNTING, Stage.HOLDING}),
    Act.SCRUB: frozenset({Stage.PLANNED, Stage.COUNTING, Stage.HOLDING}),
    Act.CLOSE: frozenset({Stage.COUNTING, Stage.HOLDING}),
    Act.TICK: frozenset({Stage.COUNTING, Stage.HOLDING}),
    Act.SKIP: frozenset({Stage.COUNTING, Stage.HOLDING}),
    Act.ABANDON: frozenset({Stage.COUNTING, Stage.HOLDING}),
    Act.DECIDE: frozenset({Stage.PLANNED, Stage.COUNTING, Stage.HOLDING}),
    Act.ACKNOWLEDGE: frozenset({Stage.COUNTING, Stage.HOLDING}),
}
"""In which stages of a run an act is possible; everything else is refused."""

_MOVES = {
    Act.START: (What.STARTED, Stage.COUNTING),
    Act.HOLD: (What.HELD, Stage.HOLDING),
    Act.RESUME: (What.RESUMED, Stage.COUNTING),
    Act.SCRUB: (What.SCRUBBED, Stage.SCRUBBED),
    Act.CLOSE: (What.CLOSED, Stage.CLOSED),
}
_ENDINGS = {
    Act.TICK: (What.TICKED, TaskState.DONE),
    Act.SKIP: (What.SKIPPED, TaskState.SKIPPED),
    Act.ABANDON: (What.ABANDONED, TaskState.ABANDONED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an act is judged by. `board` is the newest, None while it is lost or not there; `shown` is the
    stored board that whoever acts was looking at.
    """

    plan: Plan
    plan_sha256: str
    attempt: int
    state: RunState
    board: Board | None
    now: datetime
    shown: Board | None = None


def act(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The event that this act makes. Raises `RefusedActError` with the reason and the mend."""
    if scene.state.stage not in ALLOWED_IN[wish.act]:
        raise RefusedActError(refusing.stage(wish.act.value, scene.state.stage.value))
    if wish.act in _MOVES:
        return _moved(scene, wish, actor)
    if wish.act is Act.RECYCLE:
        return _recycled(scene, wish, actor)
    if wish.act is Act.DECIDE:
        return _decided(scene, wish, actor)
    if wish.act is Act.ACKNOWLEDGE:
        return _acknowledged(scene, wish, actor)
    return _task_ended(scene, wish, actor)


def latched(scene: Scene) -> Draft | None:
    """The latch that a NO-GO of the machines sets after T-0, unless one is set already.

    What was acknowledged latches again only with a board that was something else in between: the flip that
    makes a gate NO-GO is later than the acknowledgement.
    """
    board, state = scene.board, scene.state
    if board is None or board.verdict is not BoardVerdict.NO_GO or state.latch is not None:
        return None
    if state.stage not in ALLOWED_IN[Act.ACKNOWLEDGE]:
        return None
    red = [gate for gate in board.gates if gate.mandatory and gate.verdict is Verdict.NO_GO]
    if state.acknowledged is not None and all(gate.since <= state.acknowledged.recorded_at for gate in red):
        return None
    wish = Wish(act=Act.ACKNOWLEDGE, subject=red[0].id if red else "", reason=board.sentence)
    return _drafted(scene, wish, GOLIVE, what=What.LATCHED, before="", after=BoardVerdict.NO_GO)


def proven(scene: Scene) -> tuple[Draft, ...]:
    """The tasks that the board proves by now, as events of golive itself; none unless the clock counts."""
    board, hour = scene.board, scene.plan.hour
    if hour is None or board is None or scene.state.stage is not Stage.COUNTING:
        return ()
    return tuple(
        _drafted(
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


def _moved(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    _need_reason(wish)
    what, after = _MOVES[wish.act]
    return _drafted(scene, wish, actor, what=what, before=scene.state.stage, after=after)


def _recycled(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    _need_reason(wish)
    reached = scene.state.clock.at(scene.now)
    if wish.mark_s is None or wish.mark_s < 0 or reached is None or wish.mark_s >= reached:
        raise RefusedActError(refusing.mark(t_text(wish.mark_s), t_text(reached)))
    before, after = t_text(reached), t_text(wish.mark_s)
    return _drafted(scene, wish, actor, what=What.RECYCLED, before=before, after=after)


def _acknowledged(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """Acknowledging is not waiving: it says that a person has seen it, and the truth underneath decides."""
    _need_reason(wish)
    latch = scene.state.latch
    if latch is None:
        raise RefusedActError(refusing.no_latch())
    about = Wish(act=wish.act, subject=latch.subject, reason=wish.reason)
    return _drafted(scene, about, actor, what=What.ACKNOWLEDGED, before=latch.after, after="acknowledged")


def _task_ended(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    task = _task(scene.plan.hour, wish.subject)
    if task.owner != actor.role:
        raise RefusedActError(refusing.not_owner(task.title, scene.plan.roles[task.owner].title))
    ended = scene.state.ended.get(task.id)
    if ended is not None:
        raise RefusedActError(refusing.already(task.title, ended.state.value, ended.event.actor))
    if wish.act is Act.TICK:
        _refuse_untrue(scene, task)
    else:
        _need_reason(wish)
    what, after = _ENDINGS[wish.act]
    return _drafted(scene, wish, actor, what=what, before=TaskState.OPEN, after=after)


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


def _decided(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    if wish.subject not in set(BoardVerdict):
        raise RefusedActError(refusing.no_decision(wish.subject))
    earlier = scene.state.decided.get(wish.board_hash or "")
    if earlier is not None:
        raise RefusedActError(refusing.decided_already(earlier.subject, earlier.actor))
    if wish.subject == BoardVerdict.GO:
        _refuse_unproven_go(scene, wish)
    else:
        _need_reason(wish)
    before = scene.state.decisions[-1].subject if scene.state.decisions else ""
    return _drafted(scene, wish, actor, what=What.DECIDED, before=before, after=wish.subject)


def _refuse_unproven_go(scene: Scene, wish: Wish) -> None:
    """GO binds the board that was shown, and only while everything that was green on it stayed green."""
    board, shown = scene.board, scene.shown
    if board is None:
        raise RefusedActError(refusing.no_board())
    if board.verdict is not BoardVerdict.GO:
        raise RefusedActError(refusing.not_go(board.sentence))
    if scene.state.latch is not None:
        raise RefusedActError(refusing.latched(scene.state.latch.reason))
    if shown is None or wish.board_hash != shown.hash or shown.verdict is not BoardVerdict.GO:
        raise RefusedActError(refusing.old_board())
    is_old = scene.now - shown.evaluated_at > SHOWN_FOR
    if is_old or any(gate.since > shown.evaluated_at for gate in board.gates if gate.mandatory):
        raise RefusedActError(refusing.old_board())


def _drafted(scene: Scene, wish: Wish, actor: Actor, *, what: What, before: str, after: str) -> Draft:
    board = scene.shown or scene.board
    return Draft(
        what=what,
        event_at=_event_at(scene, wish),
        actor=actor.name,
        role=actor.role,
        identity=actor.identity,
        subject=wish.subject,
        before=str(before),
        after=str(after),
        reason=wish.reason.strip(),
        attempt=scene.attempt,
        plan_sha256=scene.plan_sha256,
        board_hash=None if board is None else board.hash,
        evaluation=None if board is None else board.evaluation,
        mark_s=wish.mark_s,
    )


def _event_at(scene: Scene, wish: Wish) -> datetime:
    """Only the end of a task may be back-dated, to no earlier than T-0 and no later than now."""
    if wish.event_at is None or wish.act not in _ENDINGS:
        return scene.now
    started = scene.state.started
    if started is None or not started.event_at <= wish.event_at <= scene.now:
        raise RefusedActError(refusing.back_date())
    return wish.event_at


def _task(hour: Hour | None, name: str) -> Task:
    for task in () if hour is None else hour.tasks:
        if task.id == name:
            return task
    raise RefusedActError(refusing.no_task(name))


def _verdict(board: Board, gate: str) -> Verdict:
    return next((judged.verdict for judged in board.gates if judged.id == gate), Verdict.UNKNOWN)


def _need_reason(wish: Wish) -> None:
    if not wish.reason.strip():
        raise RefusedActError(refusing.blank(wish.act.value))
