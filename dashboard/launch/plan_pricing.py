"""What the shape of `[usage]` cannot say: one price a model, a sample that costs and that can be found."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.launch.naming import unknown
from dashboard.launch.plan import Plan
from dashboard.launch.plan_usage import Sample, Usage

Key = tuple[str | int, ...]


def usage_problems(plan: Plan, usage: Usage) -> Iterator[tuple[Key, str]]:
    """Every mistake in the prices and in the sample, with the key it is at."""
    models = [price.model for price in usage.price]
    for index, model in enumerate(models):
        if model in models[:index]:
            yield ("usage", "price", index, "model"), f'got the model "{model}" twice; give it one price'
    if usage.sample is not None:
        yield from _sample_problems(plan, usage, usage.sample, models)


def _sample_problems(
    plan: Plan, usage: Usage, sample: Sample, models: list[str]
) -> Iterator[tuple[Key, str]]:
    at: Key = ("usage", "sample")
    history, expected = plan.ledger.history, usage.expected()
    if expected is None:
        yield (*at, "model"), unknown("model", sample.model, models)
    elif expected == 0:
        yield at, "got a usage that costs nothing, expected one that costs credits; use more units"
    elif sample.credits not in (None, expected):
        got = f"got {sample.credits}, expected {expected} by the price of {sample.model}"
        yield (*at, "credits"), f"{got}; mend the credits, or the price and its rounding"
    if plan.money is None or history is None:
        yield at, "got no [money] with [ledger.history], expected them: nobody reads the debit without them"
        return
    if sample.correlation_prefix is None and sample.user is None:
        yield at, "got neither correlation_prefix nor user; say by which of them its debit is found"
    for key, path in (("correlation_prefix", history.correlation_id), ("user", history.user)):
        if getattr(sample, key) is not None and path is None:
            name = "user" if key == "user" else "correlation_id"
            yield (
                (*at, key),
                f"got it without {name} in [ledger.history], so no row has one; add {name} there",
            )
