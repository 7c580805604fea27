"""Judging again what was sealed: each evaluation recomputed, and held against the hash sealed of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from dashboard.launch import replay_wording
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Evaluated, Policy, evaluate
from dashboard.launch.memory import Memory
from dashboard.launch.replay import Difference, Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvaluation:
    """One evaluation as it was sealed: the hashes of the board and of what judging remembered after it, the
    ids of the samples that it was made from, and the board itself where a gate flipped.
    """

    evaluation: int
    evaluated_at: datetime
    verdict: str
    board_sha256: str
    memory_sha256: str
    board: bytes | None
    inputs: tuple[int, ...]


def replay_sealed(
    policies: Sequence[Policy],
    sealed: Iterable[tuple[SealedEvaluation, Inputs | None]],
    before: bytes | None,
) -> Replayed:
    """Recompute evaluations in their order, up to the first that is not what was sealed. `before` is what
    judging remembered before the first of them, None where that was not sealed; those whose inputs are None
    cannot be recomputed.
    """
    reproduced = unprovable = number = 0
    memory: Memory | None = None
    for each, inputs in sealed:
        if number == 0:
            memory = _first_memory(each, before)
        elif each.evaluation != number + 1:
            what = replay_wording.missing_evaluations(number + 1, each.evaluation - 1)
            return _ended(reproduced, unprovable, each, what)
        number = each.evaluation
        if inputs is None or memory is None:
            unprovable += 1
            memory = None
            continue
        difference, memory = _judged(policies, each, inputs, memory)
        if difference is not None:
            return _ended(reproduced, unprovable, each, difference)
        reproduced += 1
    return Replayed(reproduced=reproduced, unprovable=unprovable, difference=None)


def _first_memory(each: SealedEvaluation, before: bytes | None) -> Memory | None:
    if before is None:
        return Memory() if each.evaluation == 1 else None
    try:
        return Memory.decode(before)
    except msgspec.MsgspecError:
        return None


def _judged(
    policies: Sequence[Policy], each: SealedEvaluation, inputs: Inputs, memory: Memory
) -> tuple[str | None, Memory | None]:
    """In what it differs from what was sealed, whichever plan of the run it is judged by, None where it does
    not; and what judging remembers after it.
    """
    differences = []
    for policy in policies:
        again = evaluate(policy, inputs, memory, evaluation=each.evaluation, now=each.evaluated_at)
        difference = _difference(each, again)
        if difference is None:
            return None, again.memory
        differences.append(difference)
    return differences[0], None


def _difference(each: SealedEvaluation, again: Evaluated) -> str | None:
    verdict, board_sha256 = again.board.verdict.value, sha256(again.board.encode()).hexdigest()
    if verdict != each.verdict:
        return replay_wording.differs("the verdict", each.verdict, verdict)
    if board_sha256 != each.board_sha256:
        return replay_wording.differs("the board's hash", each.board_sha256[:12], board_sha256[:12])
    if sha256(again.memory.encode()).hexdigest() != each.memory_sha256:
        return replay_wording.differs("what judging remembers", "another one", "one of its own")
    return None


def _ended(reproduced: int, unprovable: int, each: SealedEvaluation, what: str) -> Replayed:
    difference = Difference(evaluation=each.evaluation, what=what)
    return Replayed(reproduced=reproduced, unprovable=unprovable, difference=difference)
