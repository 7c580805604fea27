"""The exact tests of a proportion agree with the published tables."""

from __future__ import annotations

import pytest

from dashboard.launch.proportion import (
    FIVE_PERCENT,
    Threshold,
    clean_needed,
    nearest_rank,
    proven_above,
    proven_below,
)


@pytest.mark.parametrize(("errors", "n"), [(0, 59), (1, 93), (2, 124), (3, 153)])
def test_below_five_percent_is_proven_from_exactly_so_many(errors: int, n: int) -> None:
    assert not proven_below(errors, n - 1, FIVE_PERCENT)
    assert proven_below(errors, n, FIVE_PERCENT)


@pytest.mark.parametrize(("errors", "n"), [(0, 598), (1, 947), (2, 1258), (3, 1549)])
def test_below_half_a_percent_is_proven_from_exactly_so_many(errors: int, n: int) -> None:
    assert n - errors == clean_needed(errors, errors, Threshold(1, 200))


@pytest.mark.parametrize(("errors", "n"), [(2, 7), (3, 16), (4, 28), (5, 40), (6, 53)])
def test_a_breach_of_five_percent_is_proven_up_to_exactly_so_many(errors: int, n: int) -> None:
    assert proven_above(errors, n, FIVE_PERCENT)
    assert not proven_above(errors, n + 1, FIVE_PERCENT)


def test_one_error_never_proves_a_breach() -> None:
    assert not any(proven_above(1, n, Threshold(1, 200)) for n in range(1, 50))


def test_nothing_tried_proves_nothing() -> None:
    assert not proven_below(0, 0, FIVE_PERCENT)
    assert not proven_above(0, 0, FIVE_PERCENT)


def test_out_of_reach_is_said_instead_of_counted() -> None:
    assert clean_needed(500, 500, FIVE_PERCENT) is None


def test_the_nearest_rank_is_a_value_that_was_measured() -> None:
    assert 95 == nearest_rank(list(range(1, 101)), 95)
    assert 7 == nearest_rank([7], 95)
    with pytest.raises(ValueError, match="no samples"):
        nearest_rank([], 95)
