"""What goes past the board: a GO despite an unknown, by two people; and a rollback, by one, at once.

Neither changes a verdict of the machines. An override is one transition, marked as one, and never goes past
a gate that cannot be waived; nothing stands in the way of a rollback, and its reason is asked afterwards.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.launch import refusing
from dashboard.launch.board import Board, BoardVerdict, Verdict
from dashboard.launch.event import Draft, Event, What
from dashboard.launch.run import RunState
from dashboard.launch.scene import (
    Actor,
    RefusedActError,
    Scene,
    Wish,
    drafted,
    need_reason,
    need_shown,
)
from dashboard.launch.standing import standing, worsened

OVERRIDE_FOR = timedelta(minutes=10)
"""For so long the second person may answer; then the first has to ask anew."""


def override_asked(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The first of two who want GO while something is unknown."""
    need_reason(wish)
    _need_unknown_only(scene, need_shown(scene, wish))
    if open_override(scene.state.override, scene.now) is not None:
        raise RefusedActError(refusing.override_open())
    asking = Wish(act=wish.act, subject=BoardVerdict.GO, reason=wish.reason, board_hash=wish.board_hash)
    before = scene.state.decisions[-1].subject if scene.state.decisions else ""
    return drafted(scene, asking, actor, what=What.OVERRIDE_ASKED, before=before, after="asked for")


def overridden(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The second of the two: GO, marked as an override, bound to what that person was shown."""
    first = open_override(scene.state.override, scene.now)
    if first is None:
        raise RefusedActError(refusing.no_override())
    if actor.did(first):
        raise RefusedActError(refusing.own_override())
    board = need_shown(scene, wish)
    _need_unknown_only(scene, board)
    fallen = worsened(board, first.recorded_at)
    if fallen is not None:
        raise RefusedActError(refusing.gate_fell(fallen.title, fallen.reason))
    asking = Wish(act=wish.act, subject=BoardVerdict.GO, reason=first.reason, about=first.seq)
    return drafted(scene, asking, actor, what=What.OVERRIDDEN, before=first.before, after="GO by override")


def rolled_back(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """Back, now. It asks for no board and no reason; whoever does it is asked for the reason afterwards."""
    if scene.state.rollback is not None:
        raise RefusedActError(refusing.rolled_back_already(scene.state.rollback.actor))
    going = Wish(act=wish.act, subject=BoardVerdict.NO_GO, reason=wish.reason)
    before = scene.state.decisions[-1].subject if scene.state.decisions else ""
    return drafted(scene, going, actor, what=What.ROLLED_BACK, before=before, after="rolled back")


def explained(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The reason of a rollback, given once."""
    need_reason(wish)
    back = scene.state.rollback
    if back is None or not is_unexplained(scene.state):
        raise RefusedActError(refusing.nothing_to_explain())
    telling = Wish(act=wish.act, subject=BoardVerdict.NO_GO, reason=wish.reason, about=back.seq)
    return drafted(scene, telling, actor, what=What.EXPLAINED, before="", after="explained")


def need_explained(scene: Scene) -> None:
    """Refuse what must not happen while a rollback has no reason."""
    if is_unexplained(scene.state):
        raise RefusedActError(refusing.rollback_unexplained())


def is_unexplained(state: RunState) -> bool:
    """Whether a rollback waits for its reason, which comes with it or afterwards."""
    return state.rollback is not None and not state.rollback.reason and state.explained is None


def open_override(first: Event | None, now: datetime) -> Event | None:
    """The request that still waits for its second person."""
    return None if first is None or now - first.recorded_at > OVERRIDE_FOR else first


def _need_unknown_only(scene: Scene, board: Board) -> None:
    stands = standing(scene.plan, board, scene.state, scene.now)
    if stands.verdict is BoardVerdict.GO:
        raise RefusedActError(refusing.nothing_to_override())
    if stands.verdict is BoardVerdict.NO_GO:
        raise RefusedActError(refusing.no_override_of_red(stands.sentence))
    for gate in board.gates:
        if gate.mandatory and not gate.waivable and gate.verdict is not Verdict.GO:
            raise RefusedActError(refusing.not_waivable(gate.title))
