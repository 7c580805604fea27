"""What a board and the acts of people come to: the verdict that is shown, and that a GO is measured by.

The board itself is never changed by anybody. A waiver takes a gate out of the count for a while, a latch and
a rollback hold the verdict at NO-GO, and each of them is said in the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.launch import wording
from dashboard.launch.binding import Waiver
from dashboard.launch.board import Board, BoardVerdict, JudgedGate, Verdict
from dashboard.launch.judge import speak
from dashboard.launch.plan import Plan
from dashboard.launch.run import ENDED, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The verdict, its sentence and what would change it; `waived` are the gates that count for nothing."""

    verdict: BoardVerdict
    sentence: str
    change: str
    waived: frozenset[str]


def standing(plan: Plan, board: Board, state: RunState, now: datetime) -> Standing:
    """How things stand at this moment on this board."""
    holding = {waiver.gate: waiver for waiver in state.waivers.values() if waiver.holds(now)}
    verdict, sentence, change = _judged(plan, board, holding)
    if state.rollback is not None:
        why = state.rollback.reason if state.explained is None else state.explained.reason
        verdict = BoardVerdict.NO_GO
        change = wording.NEXT_ATTEMPT if state.stage in ENDED else wording.CLOCK_RECYCLED
        sentence = wording.rolled_back(state.rollback.event_at, state.rollback.actor, why)
    elif state.latch is not None and verdict is not BoardVerdict.NO_GO:
        verdict, change = BoardVerdict.NO_GO, wording.SOMEBODY_ACKNOWLEDGES
        sentence = wording.latched(state.latch.event_at, state.latch.reason)
    return Standing(verdict=verdict, sentence=sentence, change=change, waived=frozenset(holding))


def red_gates(board: Board, state: RunState, now: datetime) -> tuple[JudgedGate, ...]:
    """The mandatory gates that are NO-GO and that nobody has waived."""
    waived = {waiver.gate for waiver in state.waivers.values() if waiver.holds(now)}
    return tuple(
        gate
        for gate in board.gates
        if gate.mandatory and gate.verdict is Verdict.NO_GO and gate.id not in waived
    )


def worsened(board: Board, since: datetime) -> JudgedGate | None:
    """A mandatory gate that has stopped being GO since this moment, or None."""
    return next(
        (
            gate
            for gate in board.gates
            if gate.mandatory and gate.verdict is not Verdict.GO and gate.since > since
        ),
        None,
    )


def _judged(plan: Plan, board: Board, holding: dict[str, Waiver]) -> tuple[BoardVerdict, str, str]:
    """What the board says without the waived gates, and what of those; its own words where none is waived."""
    waived = [gate for gate in board.gates if gate.mandatory and gate.id in holding]
    if not waived:
        return board.verdict, board.sentence, board.change
    kept = tuple(gate for gate in board.gates if gate.id not in holding)
    spread_s = plan.judging.max_spread_s
    verdict, sentence, change = speak(kept, max_spread_s=spread_s, waived=len(waived))
    told = [wording.waived(gate.title, holding[gate.id].until, gate.verdict) for gate in waived]
    return verdict, " ".join([sentence, *told]), change
