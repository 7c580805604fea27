"""What may be done in a run, and what becomes of it: an act is a new event, or refused with one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dashboard.launch import overriding, polling, refusing, replanning, waiving
from dashboard.launch.beginning import task_begun
from dashboard.launch.clock import t_text
from dashboard.launch.deciding import acknowledged, decided
from dashboard.launch.ending import task_ended
from dashboard.launch.event import Draft, What
from dashboard.launch.run import Stage
from dashboard.launch.scene import ALLOWED_IN, Act, Actor, RefusedActError, Scene, Wish, drafted, need_reason

_MOVES = {
    Act.START: (What.STARTED, Stage.COUNTING),
    Act.HOLD: (What.HELD, Stage.HOLDING),
    Act.RESUME: (What.RESUMED, Stage.COUNTING),
    Act.SCRUB: (What.SCRUBBED, Stage.SCRUBBED),
    Act.CLOSE: (What.CLOSED, Stage.CLOSED),
    Act.NEXT_ATTEMPT: (What.NEXT_ATTEMPT, Stage.OVER),
}


_ACTS: Mapping[Act, Callable[[Scene, Wish, Actor], Draft]] = {
    Act.BEGIN: task_begun,
    Act.TICK: task_ended,
    Act.SKIP: task_ended,
    Act.ABANDON: task_ended,
    Act.DECIDE: decided,
    Act.ACKNOWLEDGE: acknowledged,
    Act.OPEN_POLL: polling.opened,
    Act.VOTE: polling.voted,
    Act.DECLARE: polling.declared,
    Act.ASK_WAIVER: waiving.asked,
    Act.GRANT_WAIVER: waiving.granted,
    Act.END_WAIVER: waiving.ended,
    Act.ASK_OVERRIDE: overriding.override_asked,
    Act.OVERRIDE: overriding.overridden,
    Act.ROLL_BACK: overriding.rolled_back,
    Act.EXPLAIN: overriding.explained,
    Act.ASK_PLAN: replanning.asked,
    Act.ADOPT_PLAN: replanning.changed,
}
"""Who answers each act that does not move the clock."""


def act(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The event that this act makes. Raises `RefusedActError` with the reason and the mend."""
    if scene.state.stage not in ALLOWED_IN[wish.act]:
        raise RefusedActError(refusing.stage(wish.act.value, scene.state.stage.value))
    if wish.act in _MOVES:
        return _moved(scene, wish, actor)
    if wish.act is Act.RECYCLE:
        return _recycled(scene, wish, actor)
    return _ACTS[wish.act](scene, wish, actor)


def _moved(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    need_reason(wish)
    if wish.act in (Act.CLOSE, Act.SCRUB, Act.RESUME, Act.NEXT_ATTEMPT):
        overriding.need_explained(scene)
    what, after = _MOVES[wish.act]
    draft = drafted(scene, wish, actor, what=what, before=scene.state.stage, after=after)
    return replace(draft, pace=scene.pace) if what is What.STARTED else draft


def _recycled(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    need_reason(wish)
    overriding.need_explained(scene)
    reached = scene.state.clock.at(scene.now)
    if wish.mark_s is None or wish.mark_s < 0 or reached is None or wish.mark_s >= reached:
        raise RefusedActError(refusing.mark(t_text(wish.mark_s), t_text(reached)))
    before, after = t_text(reached), t_text(wish.mark_s)
    return drafted(scene, wish, actor, what=What.RECYCLED, before=before, after=after)
