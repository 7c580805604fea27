"""A usage costs exactly what its price says, and its newest debit is exact, too much or too little."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.launch.money.usage import Price, Rounding, debit, sampled, told
from tests.dashboard.launch.money.bought import entry

UNITS = st.integers(min_value=0, max_value=10**12)
RATES = st.one_of(
    st.integers(min_value=0, max_value=10**12),
    st.decimals(min_value=0, max_value=10**6, places=6).map(lambda rate: f"{rate:f}"),
)


def price(**changes: Any) -> Price:
    plain: dict[str, Any] = {"model": "nano", "input": "0.5", "output": 2, "rounding": Rounding.UP}
    return Price(**plain | changes)


def costs(rate: str | int, units: int, output: str | int = 0) -> list[int]:
    """By each rounding, in their order: up, half-up, half-even."""
    return [debit(price(input=rate, output=output, rounding=how), units, units) for how in Rounding]


@pytest.mark.parametrize(
    ("rate", "units", "credits"),
    [
        ("0.5", 1_000, [1, 1, 0]),
        ("1.5", 1_000, [2, 2, 2]),
        ("2.5", 1_000, [3, 3, 2]),
        ("2.499999999999", 1_000, [3, 2, 2]),
        ("2.500000000001", 1_000, [3, 3, 3]),
        (2, 1_000, [2, 2, 2]),
        ("0.001", 1, [1, 0, 0]),
        (2, 0, [0, 0, 0]),
        (0, 1_000, [0, 0, 0]),
        (10**12, 10**12, [10**21] * 3),
        ("0.1", 3 * 10**4, [3, 3, 3]),
    ],
)
def test_each_rounding_is_right_at_the_tie_and_on_both_sides(
    rate: str | int, units: int, credits: list[int]
) -> None:
    assert credits == costs(rate, units)


def test_input_and_output_are_summed_before_they_are_rounded() -> None:
    assert [1, 1, 1] == costs("0.5", 1_000, output="0.5")
    assert 3 == debit(price(), 1_000, 1_000)


@given(RATES, RATES, UNITS, UNITS)
def test_no_rounding_is_further_off_than_its_rule_allows(
    rate: str | int, output: str | int, units_in: int, units_out: int
) -> None:
    exact = (Fraction(Decimal(rate)) * units_in + Fraction(Decimal(output)) * units_out) / 1_000
    up, half_up, half_even = (
        debit(price(input=rate, output=output, rounding=how), units_in, units_out) for how in Rounding
    )

    assert up >= half_up >= half_even >= up - 1
    assert 0 <= up - exact < 1
    assert -Fraction(1, 2) < half_up - exact <= Fraction(1, 2)
    assert abs(half_even - exact) <= Fraction(1, 2)
    assert half_even % 2 == 0 or abs(half_even - exact) < Fraction(1, 2)


@given(RATES, UNITS, UNITS)
def test_more_units_never_cost_less(rate: str | int, less: int, more: int) -> None:
    less, more = sorted((less, more))

    assert all(one <= other for one, other in zip(costs(rate, less), costs(rate, more), strict=True))


def test_a_usage_that_was_not_seen_has_no_difference() -> None:
    assert {"usage_samples": 0, "usage_told": "not seen yet"} == sampled(None, 0, 3)


@pytest.mark.parametrize(
    ("credits", "wrong", "off", "said"),
    [
        (-3, 0, 0, "exact: 3 credits"),
        (-5, 1, 2, "too much by 2: 5 credits, expected 3"),
        (-2, 1, -1, "too little by 1: 2 credits, expected 3"),
        (0, 1, -3, "too little by 3: 0 credits, expected 3"),
        (3, 1, -6, "too little by 6: -3 credits, expected 3"),
    ],
)
def test_the_newest_debit_is_compared_with_its_sign(credits: int, wrong: int, off: int, said: str) -> None:
    found = sampled(entry(id="tx_7", kind="debit", credits=credits), 2, 3)

    assert {
        "usage_samples": 2,
        "usage_wrong": wrong,
        "usage_off": off,
        "usage_told": said,
        "usage_id": "tx_7",
    } == found
    assert said == told(off, 3)
