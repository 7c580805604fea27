"""What judging remembers between two evaluations: streaks, latched reds, first values and changes.

Memory is a value: `evaluate` takes one and returns the next. Stored beside each evaluation, it lets a
restart go on where the last process stopped and a replay start anywhere. Structs, because every rule makes
a new one of every answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from collectors.observation import Scalar
from dashboard.launch.board import Verdict


class RuleMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: the last sample counted and when it was seen, passes in a row, recent outcomes, two latches.

    `red` stays until enough fresh passes; `green` until anything but a pass that counts. `baseline` is the
    first value seen in the attempt, for rules that ask for a constant. `unanswered_at` is when the source was
    last asked in vain: what was read before that says nothing of after it.
    """

    counted: int | None = None
    counted_at: datetime | None = None
    streak: int = 0
    recent: tuple[bool, ...] = ()
    red: bool = False
    green: bool = False
    red_text: str | None = None
    baseline: Scalar | None = None
    unanswered_at: datetime | None = None


class ProbeMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One probe: how many questions failed in a row, counted by sample."""

    counted: int | None = None
    errors: int = 0


class GateMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One gate: its verdict, since when, and when it changed lately."""

    verdict: Verdict
    since: datetime
    changes: tuple[datetime, ...] = ()


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything remembered within one attempt. A new attempt starts from an empty one."""

    rules: Mapping[str, RuleMemory] = msgspec.field(default_factory=dict)
    probes: Mapping[str, ProbeMemory] = msgspec.field(default_factory=dict)
    gates: Mapping[str, GateMemory] = msgspec.field(default_factory=dict)

    def encode(self) -> bytes:
        """JSON, for storage beside the evaluation."""
        return msgspec.json.encode(self)

    @staticmethod
    def decode(raw: bytes) -> Memory:
        """The inverse of `encode`."""
        return msgspec.json.decode(raw, type=Memory)
