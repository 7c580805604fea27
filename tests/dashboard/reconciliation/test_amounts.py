from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.reconciliation.amounts import minor, whole


@pytest.mark.parametrize(
    ("text", "currency", "cents"),
    [
        ("9.99", "usd", 999),
        ("9.9", "usd", 990),
        ("9", "usd", 900),
        ("-0.01", "usd", -1),
        ("0.290", "usd", 29),
        ("999", "jpy", 999),
        ("999.00", "jpy", 999),
        ("1.234", "kwd", 1_234),
    ],
)
def test_major_units_become_minor_units_of_their_currency(text: str, currency: str, cents: int) -> None:
    assert cents == minor(text, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("9.999", "usd"),
        ("9.5", "jpy"),
        ("9,99", "usd"),
        ("1,000.00", "usd"),
        ("1e3", "usd"),
        ("$9.99", "usd"),
        ("", "usd"),
    ],
)
def test_what_is_not_exactly_an_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|major units"):
        minor(text, currency)


@pytest.mark.parametrize("text", ["9.99", "999.0", "1e3", "1,000", " 1", "", "nine"])
def test_cents_that_are_not_a_whole_number_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a whole number"):
        whole(text)


@given(cents=st.integers(min_value=-(10**15), max_value=10**15))
def test_no_cent_is_lost_on_the_way_there_and_back(cents: int) -> None:
    assert cents == minor(str(Decimal(cents).scaleb(-2).quantize(Decimal("0.01"))), "usd")
