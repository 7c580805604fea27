"""What a row of the benchmark results in. A row that could not be measured does not hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]
"""How a row tells its progress to whoever waits for it."""


class UnmeasurableError(Exception):
    """What had to be measured never came about; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure and what it may be at most, both in `unit`; `how` is what a doubter asks next."""

    row: str
    what: str
    value: float
    limit: float
    unit: str
    how: str

    @property
    def ratio(self) -> float:
        """How much of the limit is used; of a limit of nothing, nothing or infinitely much."""
        if self.limit == 0:
            return 0.0 if self.value == 0 else math.inf
        return self.value / self.limit

    @property
    def holds(self) -> bool:
        """Whether the figure is within its limit."""
        return self.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A row without a figure, and why."""

    row: str
    why: str
    holds: bool = False


Result = Measured | Unmeasured
