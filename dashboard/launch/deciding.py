"""What is decided on a board: GO bound to what was shown, NO-GO and HOLD with a reason, and the latch."""

from __future__ import annotations

from dashboard.launch import refusing
from dashboard.launch.board import BoardVerdict, Verdict
from dashboard.launch.event import Draft, What
from dashboard.launch.inputs import is_stale
from dashboard.launch.scene import (
    ALLOWED_IN,
    GOLIVE,
    SHOWN_FOR,
    Act,
    Actor,
    RefusedActError,
    Scene,
    Wish,
    drafted,
    need_reason,
)


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
    moved = scene.state.clock_moved
    is_old = is_stale(shown.evaluated_at, scene.now, int(SHOWN_FOR.total_seconds()))
    is_old = is_old or (moved is not None and shown.evaluation <= (moved.evaluation or 0))
    if is_old or any(gate.since > shown.evaluated_at for gate in board.gates if gate.mandatory):
        raise RefusedActError(refusing.old_board())
