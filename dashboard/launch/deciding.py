"""What is decided on a board: GO bound to what was shown, NO-GO and HOLD with a reason, and the latch."""

from __future__ import annotations

from dashboard.launch import refusing
from dashboard.launch.board import BoardVerdict
from dashboard.launch.event import Draft, What
from dashboard.launch.polling import tally, undeclared
from dashboard.launch.scene import (
    ALLOWED_IN,
    GOLIVE,
    Act,
    Actor,
    RefusedActError,
    Scene,
    Wish,
    drafted,
    need_reason,
    need_shown,
)
from dashboard.launch.standing import red_gates, standing


def latched(scene: Scene) -> Draft | None:
    """The latch that a NO-GO of the machines sets after T-0, unless one is set already.

    A waived gate latches nothing. What was acknowledged latches again only with a board that was something
    else in between: the flip that makes a gate NO-GO is later than the acknowledgement.
    """
    board, state = scene.board, scene.state
    if board is None or state.latch is not None or state.stage not in ALLOWED_IN[Act.ACKNOWLEDGE]:
        return None
    red = red_gates(board, state, scene.now)
    if not red:
        return None
    if state.acknowledged is not None and all(gate.since <= state.acknowledged.recorded_at for gate in red):
        return None
    wish = Wish(act=Act.ACKNOWLEDGE, subject=red[0].id, reason=board.sentence)
    return drafted(scene, wish, GOLIVE, what=What.LATCHED, before="", after=BoardVerdict.NO_GO)


def acknowledged(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """Acknowledging is not waiving: it says that a person has seen it, and the truth underneath decides."""
    need_reason(wish)
    latch = scene.state.latch
    if latch is None:
        raise RefusedActError(refusing.no_latch())
    about = Wish(act=wish.act, subject=latch.subject, reason=wish.reason)
    return drafted(scene, about, actor, what=What.ACKNOWLEDGED, before=latch.after, after="acknowledged")


def decided(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """GO, NO-GO or HOLD, once for one board."""
    if wish.subject not in set(BoardVerdict):
        raise RefusedActError(refusing.no_decision(wish.subject))
    earlier = scene.state.decided.get(wish.board_hash or "")
    if earlier is not None:
        raise RefusedActError(refusing.decided_already(earlier.subject, earlier.actor))
    if wish.subject == BoardVerdict.GO:
        _refuse_unproven_go(scene, wish)
    else:
        need_reason(wish)
    before = scene.state.decisions[-1].subject if scene.state.decisions else ""
    return drafted(scene, wish, actor, what=What.DECIDED, before=before, after=wish.subject)


def _refuse_unproven_go(scene: Scene, wish: Wish) -> None:
    """GO binds the board that was shown, and only while all that was green on it stayed so, for machines and
    for those who vote.
    """
    if scene.board is None:
        raise RefusedActError(refusing.no_board())
    stands = standing(scene.plan, scene.board, scene.state, scene.now)
    if stands.verdict is not BoardVerdict.GO:
        raise RefusedActError(refusing.not_go(stands.sentence))
    need_shown(scene, wish)
    obstacle = undeclared(scene.plan, tally(scene.plan, scene.state, scene.board, scene.now))
    if obstacle is not None:
        raise RefusedActError(obstacle)
