"""Where the service that notifies buyers logs its deliveries: the shape of `[deliveries]`, and its checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from dashboard.launch.plan_money import Key, Money, is_jmespath
from dashboard.launch.plan_values import Count, Frozen, Identifier, NonEmpty, Path

PATHS = ("id", "received_at", "result", "correlation_id", "only")
"""The keys that hold a JMESPath, as no key of that name does elsewhere in a plan."""


class Deliveries(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The notifying service's own log of deliveries. `items` is a JMESPath into the answer, the others are
    JMESPaths into one of its rows; `only` is true of the rows that are about a payment.

    `good` are the results of a delivery that was accepted. A log need not name the payment, but then nobody
    can say whose notification is missing. `shows_at_most`: the log shows so many, and forgets older ones.
    """

    service: Identifier
    path: Path
    items: NonEmpty
    id: NonEmpty
    received_at: NonEmpty
    result: NonEmpty
    good: Annotated[tuple[str, ...], Meta(min_length=1)]
    payment_intent: NonEmpty | None = None
    correlation_id: NonEmpty | None = None
    only: NonEmpty | None = None
    shows_at_most: Count | None = None


def deliveries_problems(deliveries: Deliveries | None, money: Money | None) -> Iterator[tuple[Key, str]]:
    """Every mistake in how the delivery log is to be read, with the key it is at."""
    if deliveries is None:
        return
    if money is None:
        yield ("deliveries",), "got no [money], expected one: nobody reads the deliveries without it"
    for name in PATHS:
        path = getattr(deliveries, name)
        if path is not None and not is_jmespath(path):
            yield ("deliveries", name), f'got "{path}", expected a JMESPath expression; mend it'
