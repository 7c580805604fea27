"""What a usage costs in credits, exactly, and whether a known usage was debited so.

Prices are whole numbers or decimal strings, and all arithmetic is in fractions: no float comes near a credit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from msgspec import Meta

from collectors.money import LedgerEntry
from collectors.observation import Scalar
from dashboard.launch.plan_values import Frozen, Identifier

PER_UNITS = 1_000

Decimal = Annotated[str, Meta(pattern=r"^\d{1,12}(\.\d{1,12})?$")]
WholeCredits = Annotated[int, Meta(ge=0, le=10**12)]
Rate = WholeCredits | Decimal
"""Credits for 1,000 units. TOML's floats are refused: 0.1 is none of them."""

Units = Annotated[int, Meta(ge=0, le=10**12)]


class Rounding(StrEnum):
    """What becomes of a part of a credit."""

    UP = "up"
    HALF_UP = "half-up"
    HALF_EVEN = "half-even"


class Price(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one model costs: credits for 1,000 units in and for 1,000 units out, rounded once, in the sum."""

    model: Identifier
    input: Rate
    output: Rate
    rounding: Rounding


FACTS: Mapping[str, type[Scalar]] = {
    "usage_samples": int,
    "usage_wrong": int,
    "usage_off": int,
    "usage_told": str,
    "usage_id": str,
}
"""`usage_samples` are the debits that may be the known usage, of which the newest is judged: `usage_wrong` is
1 where it is not exact, `usage_off` by how many credits it is too much (negative: too little).
"""

COUNTS = {"usage_wrong": "usage_samples"}
NAMES = {
    "usage_samples": "the number of debits of the known usage",
    "usage_wrong": "the number of debits of the known usage that are not exact",
    "usage_off": "the number of credits by which the known usage is off",
}


def debit(price: Price, input: int, output: int) -> int:  # noqa: A002 - as the plan calls them
    """The credits that so many units cost."""
    exact = (Fraction(price.input) * input + Fraction(price.output) * output) / PER_UNITS
    if price.rounding is Rounding.UP:
        return math.ceil(exact)
    if price.rounding is Rounding.HALF_UP:
        return math.floor(exact + Fraction(1, 2))
    return round(exact)  # of a fraction: to the even one of two that are equally near


def sampled(newest: LedgerEntry | None, found: int, expected: int) -> dict[str, Scalar | None]:
    """The facts of the newest debit of a known usage that costs `expected`, of `found` there are."""
    if newest is None:
        return {"usage_samples": 0, "usage_told": "not seen yet"}
    off = -newest.credits - expected
    return {
        "usage_samples": found,
        "usage_wrong": int(off != 0),
        "usage_off": off,
        "usage_told": told(off, expected),
        "usage_id": newest.id,
    }


def told(off: int, expected: int) -> str:
    """How a debit compares with what was expected, in words."""
    if off == 0:
        return f"exact: {expected:,} credits"
    word = "too much" if off > 0 else "too little"
    return f"{word} by {abs(off):,}: {expected + off:,} credits, expected {expected:,}"
