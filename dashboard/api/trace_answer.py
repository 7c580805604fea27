"""What is told of one purchase: its hops, what was expected, and what the trace stands on by id and hash."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from collectors.observation import Environment
from dashboard.api.answers import Moment, Sha256, Told, first
from dashboard.launch.money import trace
from dashboard.launch.money.crediting import NO_CREDITS
from dashboard.launch.money.panel import PurchasePanel
from dashboard.launch.money.purchase import Side
from dashboard.launch.money.trace import HopState
from dashboard.launch.view import View

MOST_NAMES: Final = 100
"""So many ids, and objects that a trace stands on, are told; how many there are besides is told, too."""


class Expected(Told, frozen=True):
    """What was to happen: `cents` are minor units of the currency, `credits` null where that many cents buy
    no whole number of them. A hop is late `deadline_s` seconds after the charge, and lost `grace_s` after it.
    """

    cents: int
    currency: str
    credits: int | None
    deadline_s: int
    grace_s: int


class Hop(Told, frozen=True):
    """One hop. `at` is when it was done by `clock`, at the latest where `is_upper_bound`; `latency_s` counts
    from the checkout for the charge, from the charge for every other. `ids` are what can be looked up at the
    source, and `ids_left_out` how many there are besides.
    """

    title: str
    side: Side
    state: HopState
    said: str
    clock: str
    at: Moment | None
    is_upper_bound: bool
    latency_s: int | None
    deadline: Moment | None
    ids: tuple[str, ...]
    ids_left_out: int


class Skew(Told, frozen=True):
    """How far a clock is from golive's, null where it was not measured."""

    whose: str
    ms: int | None
    measured_at: Moment | None


class Kept(Told, frozen=True):
    """One object that the trace stands on: `sha256` is of its canonical JSON as golive keeps it."""

    id: str
    what: str
    source: str
    first_seen_at: Moment
    sha256: Sha256


class Trace(Told, frozen=True):
    """One purchase, traced hop by hop at `told_at`. `payment_intent` is null while nobody has paid. `state`
    is the worst of its hops, `stands_at` the first that is not done. `total_s` counts from the checkout,
    `system_s` from the charge, both to the last hop. `notes` were odd and harmless, `blind` says what could
    not be read; `others` go by the same id of the shop.
    """

    environment: Environment
    told_at: Moment
    payment_intent: str | None
    checkout_session: str | None
    is_first_dollar: bool
    state: HopState
    stands_at: str
    hops: tuple[Hop, ...]
    total_s: int | None
    system_s: int | None
    expected: Expected
    notes: tuple[str, ...]
    blind: tuple[str, ...]
    skews: tuple[Skew, ...]
    stands_on: tuple[Kept, ...]
    stands_on_left_out: int
    others: tuple[str, ...]
    others_left_out: int


def traced(panel: PurchasePanel, view: View) -> Trace:
    """What is told of a purchase, out of what the First dollar page is shown of it."""
    found = panel.trace
    kept, kept_left_out = first(panel.kept, MOST_NAMES)
    others, others_left_out = first(panel.others, MOST_NAMES)
    return Trace(
        environment=view.environment,
        told_at=panel.traced_at,
        payment_intent=found.payment_intent,
        checkout_session=found.session,
        is_first_dollar=panel.is_first,
        state=found.state,
        stands_at=found.stands_at.title,
        hops=tuple(map(_hop, found.hops)),
        total_s=_s(found.total),
        system_s=_s(found.system),
        expected=_expected(panel),
        notes=found.notes,
        blind=panel.blind,
        skews=msgspec.convert(panel.skews, tuple[Skew, ...], from_attributes=True),
        stands_on=msgspec.convert(kept, tuple[Kept, ...], from_attributes=True),
        stands_on_left_out=kept_left_out,
        others=others,
        others_left_out=others_left_out,
    )


def _hop(hop: trace.Hop) -> Hop:
    ids, left_out = first(hop.ids, MOST_NAMES)
    return Hop(
        title=hop.title,
        side=hop.side,
        state=hop.state,
        said=hop.said,
        clock=hop.clock,
        at=hop.at,
        is_upper_bound=hop.is_upper_bound,
        latency_s=_s(hop.latency),
        deadline=hop.deadline,
        ids=ids,
        ids_left_out=left_out,
    )


def _expected(panel: PurchasePanel) -> Expected:
    found = panel.expected
    return Expected(
        cents=found.cents,
        currency=found.currency,
        credits=None if found.credits == NO_CREDITS else found.credits,
        deadline_s=found.deadline_s,
        grace_s=found.grace_s,
    )


def _s(length: timedelta | None) -> int | None:
    """Stripe stamps whole seconds; more digits would be a claim."""
    return None if length is None else round(length.total_seconds())
