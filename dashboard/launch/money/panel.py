"""What the First dollar page is shown: one purchase traced, the others there are, and how clocks differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A payment that can be traced: `said` is its amount and Stripe's word for how it stands."""

    payment_intent: str
    created: datetime
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """How far a clock is from ours, as measured at its newest answer; None where it was not."""

    whose: str
    ms: int | None
    measured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One object that a trace stands on, as golive keeps it: `content` is its canonical JSON (RFC 8785), of
    the allow-listed fields alone, `sha256` the hash of that. `first_seen_at` is by our clock.
    """

    id: str
    what: str
    source: str
    first_seen_at: datetime
    content: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePanel:
    """One purchase at one moment. `picked` is None while no payment was begun; `choices` are newest first;
    `blind` says what could not be read, one sentence each; `traced_at` is when it was judged; `kept` is all
    that it was judged from, the oldest first. `others` are the payments, and the checkouts without one, that
    go by the same id of the shop: a buyer who paid twice has such.
    """

    trace: Trace
    expected: Expected
    picked: str | None
    is_first: bool
    choices: tuple[Choice, ...]
    skews: tuple[Skew, ...]
    blind: tuple[str, ...]
    traced_at: datetime
    kept: tuple[Kept, ...] = ()
    others: tuple[str, ...] = ()
