"""The Wilson interval of a share, in whole tenths of a percent, so that every machine shows the same.

It is drawn beside k of n and never decides; gates count, or use the exact tests of `proportion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

Z = Fraction(196, 100)
"""Two-sided 95 %."""

SCALE = 10**12
THOUSAND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From `low` to `high`, in tenths of a percent, rounded outwards: it never claims more than it knows."""

    low: int
    high: int


def wilson(k: int, n: int) -> Interval | None:
    """The 95 % interval of k of n; None where n is 0, because nothing is known of nothing."""
    if n == 0:
        return None
    if not 0 <= k <= n:
        raise ValueError(f"got {k} of {n}, expected a part of the whole: count both over the same window")
    square, share = Z * Z, Fraction(k, n)
    centre = share + square / (2 * n)
    spread = share * (1 - share) / n + square / (4 * n * n)
    whole = 1 + square / n
    reach = Z * _root(spread)
    low, high = (centre - reach) / whole, (centre + reach) / whole
    return Interval(low=max(0, _floor(low)), high=min(THOUSAND, -_floor(-high)))


def _root(value: Fraction) -> Fraction:
    """The square root, rounded up at the twelfth digit."""
    scaled = value * SCALE * SCALE
    return Fraction(isqrt(scaled.numerator // scaled.denominator) + 1, SCALE)


def _floor(value: Fraction) -> int:
    return (value * THOUSAND).__floor__()
