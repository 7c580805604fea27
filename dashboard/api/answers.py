"""What answers are made of, and what is told of runs and flips: each shape is an allow-list.

An answer says its environment and the moment it is of. It holds no person, no secret and no picture, and is
of bounded length: what was left out is counted, or `next_before` says how to ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec

from collectors.observation import Environment
from dashboard.launch import board, replay_view
from dashboard.launch.board import Verdict
from dashboard.launch.view import View

MOST_INPUTS: Final = 50
"""So many samples that caused a flip are named."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

T = TypeVar("T")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers: immutable, and every field is always there, null where it is not known."""


class Problem(Told, frozen=True):
    """Why there is no answer, as one sentence."""

    error: str


class Run(Told, frozen=True):
    """One attempt at a launch. `title` is that of its plan, or the plan's id where it cannot be read."""

    id: int
    title: str
    attempt: int
    environment: Environment
    started_at: Moment


class Runs(Told, frozen=True):
    """Runs of the store, the newest first. `next_before` is the `before` that asks for older ones, null
    where there are none.
    """

    environment: Environment
    told_at: Moment
    runs: tuple[Run, ...]
    next_before: int | None


class Flip(Told, frozen=True):
    """A gate changed its verdict in an evaluation. `inputs` are the ids of the samples that caused it, the
    newest of them where a rule looks back on many, and `inputs_left_out` how many there are besides.
    """

    evaluation: int
    at: Moment
    gate: str
    before: Verdict
    after: Verdict
    reason: str
    inputs: tuple[int, ...]
    inputs_left_out: int


class Flips(Told, frozen=True):
    """Flips of a run, the newest first, those of one evaluation always together. `next_before` is the
    `before` that asks for older ones, null where there are none.
    """

    environment: Environment
    told_at: Moment
    run: Run
    flips: tuple[Flip, ...]
    next_before: int | None


def runs(found: Sequence[replay_view.RecordedRun], view: View, now: datetime, *, limit: int) -> Runs:
    """So many of these runs, of which there may be one more."""
    told = found[:limit]
    return Runs(
        environment=view.environment,
        told_at=now,
        runs=msgspec.convert(told, tuple[Run, ...], from_attributes=True),
        next_before=told[-1].id if len(found) > limit else None,
    )


def flips(found: replay_view.RecordedFlips, now: datetime) -> Flips:
    """These flips."""
    return Flips(
        environment=found.run.environment,
        told_at=now,
        run=msgspec.convert(found.run, Run, from_attributes=True),
        flips=tuple(map(_flip, found.flips)),
        next_before=found.flips[-1].evaluation if found.has_older else None,
    )


def first(found: Sequence[T], most: int) -> tuple[tuple[T, ...], int]:
    """So many of these, and how many are left out."""
    return tuple(found[:most]), max(0, len(found) - most)


def _flip(flip: board.Flip) -> Flip:
    newest, left_out = first(flip.inputs[::-1], MOST_INPUTS)
    return Flip(
        evaluation=flip.evaluation,
        at=flip.at,
        gate=flip.gate,
        before=flip.before,
        after=flip.after,
        reason=flip.reason,
        inputs=newest,
        inputs_left_out=left_out,
    )
