"""One condition over one fact: it evaluates and prints itself, so that the text never says something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collectors.observation import Scalar
from dashboard.launch.plan import Rule

CONDITIONS = ("is_", "below", "at_least", "at_most", "constant", "p95_below_ms")
"""The fields of a rule that state what must hold; a rule has exactly one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`observed <symbol> expected`. `expected` of a constant is the value first seen in this attempt."""

    name: str
    symbol: str
    expected: Scalar
    unit: str
    holds: Callable[[Scalar], bool]

    def text(self, observed: Scalar | None, *, true: bool | None) -> str:
        """The rule with resolved values: 'p95 812 ms < 120 ms: false'."""
        outcome = "unknown" if true is None else str(true).lower()
        shown = "?" if observed is None else show(observed, self.unit)
        return f"{self.name} {shown} {self.symbol} {show(self.expected, self.unit)}: {outcome}"

    def must(self) -> str:
        """What is demanded, for a reason: 'must be true', 'must be < 120 ms'."""
        symbol = "" if self.symbol == "=" else f"{self.symbol} "
        return f"must be {symbol}{show(self.expected, self.unit)}"


def condition_of(rule: Rule, baseline: Scalar | None) -> Condition:
    """The rule's condition; `baseline` is what a constant is compared with."""
    unit = unit_of(rule.signal)
    if rule.constant is not None:
        expected = "" if baseline is None else baseline
        return Condition(rule.signal, "=", expected, unit, lambda value: value == expected)
    if rule.p95_below_ms is not None:
        limit = rule.p95_below_ms
        return Condition(f"p95 of {rule.signal}", "<", limit, " ms", lambda value: value < limit)  # type: ignore[operator]  # the catalogue gives milliseconds as int
    if rule.is_ is not None:
        wanted = rule.is_
        return Condition(rule.signal, "=", wanted, unit, lambda value: same(value, wanted))
    return _bound(rule, unit)


def unit_of(signal: str) -> str:
    """Units are part of a fact's name, as everywhere in golive."""
    return " ms" if signal.endswith("_ms") else " s" if signal.endswith("_s") else ""


def show(value: Scalar, unit: str = "") -> str:
    """A fact as a person reads it; text in quotes, so that an empty one is seen."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}{unit}" if isinstance(value, int) else f'"{value}"'


def same(left: Scalar, right: Scalar) -> bool:
    """Equality that keeps true apart from 1, which Python does not."""
    return type(left) is type(right) and left == right


def _bound(rule: Rule, unit: str) -> Condition:
    bounds: tuple[tuple[int | None, str, Callable[[int, int], bool]], ...] = (
        (rule.below, "<", lambda value, limit: value < limit),
        (rule.at_least, "≥", lambda value, limit: value >= limit),
        (rule.at_most, "≤", lambda value, limit: value <= limit),
    )
    for bound, symbol, compare in bounds:
        if bound is not None:
            return _numeric(rule.signal, symbol, bound, unit, compare)
    raise ValueError(
        f"the rule over {rule.signal} states no condition; give it exactly one of {', '.join(CONDITIONS)}"
    )


def _numeric(name: str, symbol: str, limit: int, unit: str, compare: Callable[[int, int], bool]) -> Condition:
    def holds(value: Scalar) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and compare(value, limit)

    return Condition(name, symbol, limit, unit, holds)
