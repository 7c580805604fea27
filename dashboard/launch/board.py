"""What judging results in: check results, gate verdicts and the board, as frozen values.

A board is the whole answer of one evaluation. It is what is stored, hashed, shown and, later, replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from collectors.observation import Environment


class CheckResult(StrEnum):
    """The six results of one rule (gates.md section 1)."""

    PASS = "PASS"  # noqa: S105 - a result, not a password
    FAIL = "FAIL"
    INSUFFICIENT = "INSUFFICIENT"
    ERROR = "ERROR"
    STALE = "STALE"
    NOT_RUN = "NOT_RUN"


class Verdict(StrEnum):
    """Of a gate."""

    GO = "GO"
    NO_GO = "NO_GO"
    UNKNOWN = "UNKNOWN"


class BoardVerdict(StrEnum):
    """Of the board: an UNKNOWN gate holds."""

    GO = "GO"
    NO_GO = "NO_GO"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRule:
    """One rule as it was evaluated.

    `text` is generated from the rule and the values it was evaluated with ("p95 812 ms < 120 ms: false").
    `result` is what counts; `raw` what the newest sample alone says. `reason` says why the result is what it
    is, `flip` the nearest single input that would change it. `k` of `n` in `window_s` where the rule is about
    a count. A `standing` fact need not be of the same instant as the others. `input` is the id of the sample
    that decided, `input_sha256` the hash of its content, or of all samples of a window.
    """

    signal: str
    probe: str
    source: str
    text: str
    result: CheckResult
    raw: CheckResult
    reason: str
    flip: str
    observed: str | None
    expected: str
    observed_at: datetime | None
    ttl_s: int
    standing: bool
    streak: int
    streak_needed: int
    asked: str | None = None
    request_id: str | None = None
    build: str | None = None
    k: int | None = None
    n: int | None = None
    window_s: int | None = None
    input: int | None = None
    input_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGate:
    """One gate: the worst of its rules, and why. `since` is when the verdict last changed."""

    id: str
    title: str
    owner: str
    owner_title: str
    mandatory: bool
    waivable: bool
    verdict: Verdict
    reason: str
    flip: str
    since: datetime
    flapping: bool
    rules: tuple[CheckedRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A gate changed its verdict, and the inputs that caused it."""

    evaluation: int
    at: datetime
    gate: str
    before: Verdict
    after: Verdict
    reason: str
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One evaluation of the whole plan. `hash` binds what a person saw (gates.md section 5)."""

    run: int
    attempt: int
    evaluation: int
    evaluated_at: datetime
    environment: Environment
    plan_id: str
    plan_title: str
    plan_sha256: str
    verdict: BoardVerdict
    sentence: str
    change: str
    gates: tuple[JudgedGate, ...]
    oldest_input_at: datetime | None
    blind: tuple[str, ...]
    warnings: tuple[str, ...]
    hash: str

    def encode(self) -> bytes:
        """JSON, for storage; equal boards have equal bytes."""
        return msgspec.json.encode(self)

    @staticmethod
    def decode(raw: str | bytes) -> Board:
        """The inverse of `encode`. Raises `msgspec.MsgspecError`."""
        return msgspec.json.decode(raw, type=Board)
