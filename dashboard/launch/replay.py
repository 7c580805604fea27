"""Judging again what was judged: each evaluation recomputed from its inputs and the memory before it.

A run is reproduced when every recomputed board, memory and flip equals the recorded one. What cannot be
recomputed, because thinning took what it stood on, is counted apart and never as reproduced.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.launch import wording
from dashboard.launch.board import Board, Flip
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Evaluated, Policy, evaluate
from dashboard.launch.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One evaluation as it was recorded. `inputs` is None where thinning took some of them;
    `thinned_before` says that thinning may have taken evaluations before this one. `damage` names what
    about the record itself is wrong.
    """

    board: Board
    memory: bytes
    flips: tuple[Flip, ...]
    inputs: Inputs | None
    thinned_before: bool = False
    damage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first evaluation that is not what its inputs make of it, and in what."""

    evaluation: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of a replay: how many evaluations were `reproduced`, and how many `unprovable`."""

    reproduced: int
    unprovable: int
    difference: Difference | None


def replay(policy: Policy, recorded: Iterable[Recorded]) -> Replayed:
    """Recompute evaluations in their order, up to the first that differs."""
    reproduced = unprovable = 0
    number, memory = 0, Memory().encode()
    for each in recorded:
        follows = each.board.evaluation == number + 1
        what = each.damage or _gap(number, each, follows=follows)
        if what is None and follows and each.inputs is not None:
            what = _difference(each, _again(policy, each, each.inputs, memory))
            reproduced += what is None
        else:
            unprovable += 1
        if what is not None:
            difference = Difference(evaluation=each.board.evaluation, what=what)
            return Replayed(reproduced=reproduced, unprovable=unprovable, difference=difference)
        number, memory = each.board.evaluation, each.memory
    return Replayed(reproduced=reproduced, unprovable=unprovable, difference=None)


def _again(policy: Policy, each: Recorded, inputs: Inputs, memory: bytes) -> Evaluated:
    board = each.board
    return evaluate(
        policy, inputs, Memory.decode(memory), evaluation=board.evaluation, now=board.evaluated_at
    )


def _gap(number: int, each: Recorded, *, follows: bool) -> str | None:
    if follows or (each.thinned_before and each.board.evaluation > number):
        return None
    return wording.missing_evaluations(number + 1, each.board.evaluation - 1)


def _difference(each: Recorded, again: Evaluated) -> str | None:
    if again.board != each.board:
        return _board_difference(each.board, again.board)
    if again.memory != Memory.decode(each.memory):
        return wording.differs("what judging remembers", "another one", "one of its own")
    if again.flips != each.flips:
        return wording.differs("the flips", _named(each.flips), _named(again.flips))
    return None


def _board_difference(board: Board, again: Board) -> str:
    """In what a board differs, the verdict first; the hash where nothing that is shown by name does."""
    if again.verdict is not board.verdict:
        return wording.differs("the verdict", board.verdict.value, again.verdict.value)
    for was, now in zip(board.gates, again.gates, strict=False):
        if was != now:
            recorded, recomputed = (f"{gate.verdict.value}: {gate.reason}" for gate in (was, now))
            return wording.differs(f"gate {was.id}", recorded, recomputed)
    return wording.differs("the board hash", board.hash, again.hash)


def _named(flips: tuple[Flip, ...]) -> str:
    return ", ".join(f"{flip.gate} {flip.before.value} → {flip.after.value}" for flip in flips) or "none"
