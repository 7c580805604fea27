"""What scholarship_api asks for a usage: prices of models, whole credits, rounded up in the sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Credits for 1,000 units in and for 1,000 units out."""

    input: Fraction
    output: Fraction


NANO = "nano"
PRICES: Mapping[str, Rates] = {NANO: Rates(input=Fraction(1, 2), output=Fraction(2))}


def cost(model: str, units_in: int, units_out: int, *, rounds_down: bool) -> int:
    """The credits of a usage; a part of a credit is rounded up, under a fault down."""
    rates = PRICES[model]
    exact = (rates.input * units_in + rates.output * units_out) / 1_000
    return floor(exact) if rounds_down else ceil(exact)
