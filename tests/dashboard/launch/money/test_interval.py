"""The Wilson interval."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.launch.money.interval import Interval, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 1, 0, 794), (1, 1, 206, 1000), (10, 10, 722, 1000), (245, 250, 954, 992), (50, 100, 403, 597)],
)
def test_the_interval_is_the_known_one_rounded_outwards(k: int, n: int, low: int, high: int) -> None:
    assert Interval(low=low, high=high) == wilson(k, n)


def test_nothing_is_known_of_nothing() -> None:
    assert wilson(0, 0) is None


def test_more_than_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got 3 of 2, expected a part of the whole"):
        wilson(3, 2)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_agrees_with_floating_point(of: tuple[int, int]) -> None:
    k, n = of
    z = 1.96
    centre, whole = k / n + z * z / (2 * n), 1 + z * z / n
    reach = z * sqrt(k / n * (1 - k / n) / n + z * z / (4 * n * n))

    found = wilson(k, n)

    assert found is not None
    assert found.low <= 1000 * k / n <= found.high
    assert abs(found.low - max(0, 1000 * (centre - reach) / whole)) < 1.001
    assert abs(found.high - min(1000, 1000 * (centre + reach) / whole)) < 1.001
