from __future__ import annotations

import math

from dashboard.launch.proportion import nearest_rank
from tests.bench.results import Measured, Unmeasured


def measured(value: float, limit: float) -> Measured:
    return Measured(row="r", what="w", value=value, limit=limit, unit="s", how="h")


def test_a_figure_holds_up_to_its_limit_and_no_further() -> None:
    assert measured(6.5, 6.5).holds
    assert not measured(6.51, 6.5).holds


def test_of_a_limit_of_nothing_only_nothing_holds() -> None:
    assert (True, 0) == (measured(0, 0).holds, measured(0, 0).ratio)
    assert (False, math.inf) == (measured(1, 0).holds, measured(1, 0).ratio)


def test_a_row_that_could_not_be_measured_does_not_hold() -> None:
    assert not Unmeasured(row="r", why="there is no browser").holds


def test_the_p95_of_thirty_lets_one_be_slower_and_not_two() -> None:
    assert 1.0 == nearest_rank([9.0] + [1.0] * 29, 95)
    assert 9.0 == nearest_rank([9.0] * 2 + [1.0] * 28, 95)
