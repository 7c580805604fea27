"""Exact binomial tests of a proportion, in integers, so that every machine reproduces the same verdict.

No interval is approximated: "the upper 95 % limit is below the threshold" is the same statement as "so few
failures would be seen with probability under 5 % if the true rate were at the threshold", and that
probability is a ratio of whole numbers (gates.md section 10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, comb
from typing import TypeVar

T = TypeVar("T", int, float)

ALPHA_DENOMINATOR = 20
"""One-sided 95 %: a probability below 1/20 proves."""

LEAST_FAILURES_TO_PROVE = 2
"""One error among the first few would else "prove" a breach of a small threshold."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A rate as a fraction of whole numbers: Threshold(1, 20) is 5 %."""

    numerator: int
    denominator: int


FIVE_PERCENT = Threshold(1, 20)


@cache
def proven_below(k: int, n: int, threshold: Threshold) -> bool:
    """Whether `k` failures of `n` prove a rate below the threshold."""
    whole: int = threshold.denominator**n
    return n > 0 and _scaled_cdf(k, n, threshold) * ALPHA_DENOMINATOR < whole


@cache
def proven_above(k: int, n: int, threshold: Threshold) -> bool:
    """Whether `k` failures of `n` prove a rate above the threshold."""
    if k < LEAST_FAILURES_TO_PROVE or n == 0:
        return False
    whole: int = threshold.denominator**n
    return (whole - _scaled_cdf(k - 1, n, threshold)) * ALPHA_DENOMINATOR < whole


def clean_needed(k: int, n: int, threshold: Threshold, *, at_most: int = 2_000) -> int | None:
    """How many more trials without failure prove the rate below the threshold; None beyond `at_most`."""
    if proven_below(k, n, threshold):
        return 0
    low, high = 0, at_most
    if not proven_below(k, n + high, threshold):
        return None
    while high - low > 1:  # more clean trials never weaken the proof, so halving finds the least
        middle = (low + high) // 2
        low, high = (low, middle) if proven_below(k, n + middle, threshold) else (middle, high)
    return high


def nearest_rank(values: Sequence[T], percent: int) -> T:
    """The nearest-rank percentile of raw samples: a value that was really measured."""
    if not values:
        raise ValueError("a percentile of no samples is not a number; ask only when n >= 1")
    return sorted(values)[ceil(percent * len(values) / 100) - 1]


def _scaled_cdf(k: int, n: int, threshold: Threshold) -> int:
    """P(X <= k) times denominator**n."""
    hit, miss = threshold.numerator, threshold.denominator - threshold.numerator
    return sum(comb(n, i) * hit**i * miss ** (n - i) for i in range(k + 1))
