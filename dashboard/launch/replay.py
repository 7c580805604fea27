"""Judging again what was judged: each evaluation recomputed from its inputs and the memory before it.

A run is reproduced when every recomputed board, memory and flip equals the recorded one. What cannot be
recomputed, because thinning took what it stood on, is counted apart and never as reproduced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

import msgspec

from dashboard.launch import replay_wording
from dashboard.launch.board import Board, Flip
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Evaluated, Policy, evaluate
from dashboard.launch.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One evaluation as it was recorded. `content` and `memory` are the encoded board and memory, `verdict`
    and `hash` what is listed beside them. `inputs` is None where thinning took some of them;
    `thinned_before` says that thinning may have taken evaluations before this one. `damage` names what
    about the record itself is wrong.
    """

    evaluation: int
    evaluated_at: datetime
    verdict: str
    hash: str
    content: bytes
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


def replay(policies: Sequence[Policy], recorded: Iterable[Recorded]) -> Replayed:
    """Recompute evaluations in their order, each by the plan it names, up to the first that differs."""
    reproduced = unprovable = number = 0
    memory: Memory | bytes = Memory()
    for each in recorded:
        follows = each.evaluation == number + 1
        what = each.damage or _gap(number, each, follows=follows)
        again = None
        if what is None and follows and each.inputs is not None:
            again, what = judge_again(ruling(policies, each.content), each, each.inputs, memory)
            reproduced += what is None
        else:
            unprovable += 1
        if what is not None:
            difference = Difference(evaluation=each.evaluation, what=what)
            return Replayed(reproduced=reproduced, unprovable=unprovable, difference=difference)
        number, memory = each.evaluation, _memory_after(each, again)
    return Replayed(reproduced=reproduced, unprovable=unprovable, difference=None)


def ruling(policies: Sequence[Policy], content: bytes) -> Policy:
    """The policy of the plan that a board names; the first where it names none, and then it differs."""
    named = (policy for policy in policies[1:] if policy.plan_sha256.encode() in content)
    return next(named, policies[0])


def judge_again(
    policy: Policy, each: Recorded, inputs: Inputs, memory: Memory | bytes
) -> tuple[Evaluated | None, str | None]:
    """Recompute one evaluation from its inputs and the memory before it, and say in what it differs, if it
    does. Without a recomputed value, the memory before it does not read as one.
    """
    try:
        before = memory if isinstance(memory, Memory) else Memory.decode(memory)
    except msgspec.MsgspecError:
        return None, replay_wording.unreadable("what judging remembered before it")
    again = evaluate(policy, inputs, before, evaluation=each.evaluation, now=each.evaluated_at)
    return again, _difference(each, again)


def _memory_after(each: Recorded, again: Evaluated | None) -> Memory | bytes:
    """The recorded memory; what was recomputed is the same value and need not be decoded."""
    return each.memory if again is None or again.memory.encode() != each.memory else again.memory


def _gap(number: int, each: Recorded, *, follows: bool) -> str | None:
    if follows or (each.thinned_before and each.evaluation > number):
        return None
    return replay_wording.missing_evaluations(number + 1, each.evaluation - 1)


def _difference(each: Recorded, again: Evaluated) -> str | None:
    """Bytes first: those of equal boards and memories are equal, and are decoded only to say in what not."""
    what = _board_difference(each.content, again.board) or _memory_difference(each.memory, again.memory)
    if what is not None:
        return what
    if each.verdict != again.board.verdict:
        return replay_wording.differs("the verdict that is listed", each.verdict, again.board.verdict.value)
    if each.hash != again.board.hash:
        return replay_wording.differs("the board hash that is listed", each.hash, again.board.hash)
    if again.flips != each.flips:
        return replay_wording.differs("the flips", _named(each.flips), _named(again.flips))
    return None


def _board_difference(content: bytes, again: Board) -> str | None:
    if again.encode() == content:
        return None
    try:
        board = Board.decode(content)
    except msgspec.MsgspecError:
        return replay_wording.unreadable("the board")
    return None if again == board else _in_what(board, again)


def _in_what(board: Board, again: Board) -> str:
    """In what a board differs: the verdict first, then the gates, then anything else that was recorded."""
    if again.verdict is not board.verdict:
        return replay_wording.differs("the verdict", board.verdict.value, again.verdict.value)
    for was, now in zip(board.gates, again.gates, strict=False):
        if was != now:
            recorded, recomputed = (f"{gate.verdict.value}: {gate.reason}" for gate in (was, now))
            if recorded != recomputed:
                return replay_wording.differs(f"gate {was.id}", recorded, recomputed)
            return replay_wording.differs(*_deepest(f"gate {was.id}", was, now))
    return replay_wording.differs(*_deepest("the board", board, again))


def _deepest(what: str, was: Any, now: Any) -> tuple[str, str, str]:
    """Of two values that differ the first part that does, however deep: its name and both its values."""
    if is_dataclass(was):
        parts = [
            (f"{part.name} of {what}", getattr(was, part.name), getattr(now, part.name))
            for part in fields(was)
        ]
    elif isinstance(was, tuple) and len(was) == len(now):
        parts = [
            (f"entry {place} of {what}", *pair)
            for place, pair in enumerate(zip(was, now, strict=True), start=1)
        ]
    else:
        return what, str(was), str(now)
    return next(_deepest(*part) for part in parts if part[1] != part[2])


def _memory_difference(recorded: bytes, again: Memory) -> str | None:
    if again.encode() == recorded:
        return None
    try:
        same = _in_order(again) == _in_order(Memory.decode(recorded))
    except msgspec.MsgspecError:
        return replay_wording.unreadable("what judging remembers")
    return None if same else replay_wording.differs("what judging remembers", "another one", "one of its own")


def _in_order(memory: Memory) -> bytes:
    # Not by value: to Python a first value of true equals one of 1.
    return msgspec.json.encode(memory, order="sorted")


def _named(flips: tuple[Flip, ...]) -> str:
    return ", ".join(f"{flip.gate} {flip.before.value} → {flip.after.value}" for flip in flips) or "none"
