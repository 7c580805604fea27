"""Waivers: one gate that is not GO is to count for nothing for a while. Asked for by one, granted by another.

Accepting a risk is written down with the risk, what compensates for it, and its end. The gate is judged on
underneath; when the time is up the truth returns at once.
"""

from __future__ import annotations

from datetime import timedelta

from dashboard.launch import refusing
from dashboard.launch.binding import Waiver
from dashboard.launch.board import JudgedGate, Verdict
from dashboard.launch.event import Draft, What
from dashboard.launch.scene import (
    Actor,
    RefusedActError,
    Scene,
    Wish,
    drafted,
    need_reason,
    need_shown,
)


def asked(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """A request for a waiver of one gate."""
    need_reason(wish)
    gate = _gate(scene, wish)
    for what, told in (("the risk", wish.risk), ("a compensating control", wish.control)):
        if not told.strip():
            raise RefusedActError(refusing.waiver_lacks(what))
    _need_end(scene, wish)
    if any(w.gate == gate.id and w.is_open(scene.now) for w in scene.state.waivers.values()):
        raise RefusedActError(refusing.waiver_asked_already(gate.title))
    before = gate.verdict.value
    return drafted(scene, wish, actor, what=What.WAIVER_ASKED, before=before, after="asked for")


def granted(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The approval, by somebody else, of what was asked for and still is so."""
    waiver = _named(scene, wish)
    if not waiver.is_open(scene.now):
        raise RefusedActError(refusing.waiver_over(waiver.until))
    if actor.did(waiver.asked):
        raise RefusedActError(refusing.own_waiver())
    asking = Wish(act=wish.act, subject=waiver.gate, board_hash=wish.board_hash, about=waiver.asked.seq)
    gate = _gate(scene, asking)
    limit = scene.plan.hour.waivers.at_most if scene.plan.hour else 0
    if sum(w.granted is not None for w in scene.state.waivers.values()) >= limit:
        raise RefusedActError(refusing.too_many_waivers(limit))
    before = gate.verdict.value
    return drafted(scene, asking, actor, what=What.WAIVED, before=before, after="WAIVED")


def ended(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """A waiver, or a request for one, that is taken back before its time."""
    need_reason(wish)
    waiver = _named(scene, wish)
    if not (waiver.holds(scene.now) or waiver.is_open(scene.now)):
        raise RefusedActError(refusing.waiver_over(waiver.until))
    about = Wish(act=wish.act, subject=waiver.gate, reason=wish.reason, about=waiver.asked.seq)
    before = "WAIVED" if waiver.granted else "asked for"
    return drafted(scene, about, actor, what=What.WAIVER_ENDED, before=before, after="ended")


def _gate(scene: Scene, wish: Wish) -> JudgedGate:
    """The gate as it is on the living board, if it is one that can be waived and needs it."""
    board = need_shown(scene, wish)
    gate = next((gate for gate in board.gates if gate.id == wish.subject), None)
    if gate is None:
        raise RefusedActError(refusing.no_gate(wish.subject, (each.id for each in board.gates)))
    if not gate.waivable:
        raise RefusedActError(refusing.not_waivable(gate.title))
    if not gate.mandatory or gate.verdict is Verdict.GO:
        raise RefusedActError(refusing.nothing_to_waive(gate.title))
    return gate


def _need_end(scene: Scene, wish: Wish) -> None:
    most = timedelta(minutes=scene.plan.hour.waivers.max_min if scene.plan.hour else 0)
    if wish.until is None or not scene.now < wish.until <= scene.now + most:
        raise RefusedActError(refusing.waiver_end(most // timedelta(minutes=1)))


def _named(scene: Scene, wish: Wish) -> Waiver:
    waiver = None if wish.about is None else scene.state.waivers.get(wish.about)
    if waiver is None:
        raise RefusedActError(refusing.no_waiver())
    return waiver
