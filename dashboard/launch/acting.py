"""What may be done in a run, and what becomes of it: an act is a new event, or refused with one sentence."""

from __future__ import annotations

from dashboard.launch import refusing
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
}


def act(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The event that this act makes. Raises `RefusedActError` with the reason and the mend."""
    if scene.state.stage not in ALLOWED_IN[wish.act]:
        raise RefusedActError(refusing.stage(wish.act.value, scene.state.stage.value))
    if wish.act in _MOVES:
        return _moved(scene, wish, actor)
    if wish.act is Act.RECYCLE:
        return _recycled(scene, wish, actor)
    if wish.act is Act.DECIDE:
        return decided(scene, wish, actor)
    if wish.act is Act.ACKNOWLEDGE:
        return acknowledged(scene, wish, actor)
    if wish.act is Act.BEGIN:
        return task_begun(scene, wish, actor)
    return task_ended(scene, wish, actor)


def _moved(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    need_reason(wish)
    what, after = _MOVES[wish.act]
    return drafted(scene, wish, actor, what=what, before=scene.state.stage, after=after)


def _recycled(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    need_reason(wish)
    reached = scene.state.clock.at(scene.now)
    if wish.mark_s is None or wish.mark_s < 0 or reached is None or wish.mark_s >= reached:
        raise RefusedActError(refusing.mark(t_text(wish.mark_s), t_text(reached)))
    before, after = t_text(reached), t_text(wish.mark_s)
    return drafted(scene, wish, actor, what=What.RECYCLED, before=before, after=after)
