"""What has to be looked after when a launch is NO-GO or was rolled back: the money, not only the traffic.

A figure that nobody has is said to be unknown; it is never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from collectors.observation import Observation, Sample
from dashboard.launch import wording
from dashboard.launch.inputs import is_stale
from dashboard.launch.plan import Plan, RoleKind

Names = tuple[str, ...]
"""Facts of the answer about money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing to look after: what, how much is known of it, what to do about it, and whose it is."""

    title: str
    known: str
    todo: str
    owner: str


def concerns(plan: Plan, money: Sample | None, now: datetime) -> tuple[Concern, ...]:
    """The list of gates.md section 15, with what the newest answer about money says of each."""
    stripe = plan.stripe
    receiver = plan.services[stripe.endpoint_service]
    finance = [role.title for role in plan.roles.values() if role.kind is RoleKind.FINANCE]
    whose = finance[0] if finance else wording.NOBODY_NAMED
    endpoint = f"{receiver.title}{stripe.endpoint_path}"
    owner = plan.roles[receiver.owner].title
    told = _told(plan, money, now)
    in_flight, retried = told(("in_flight",), ()), told(("retrying",), ("retrying_ids",))
    owed = told(
        ("uncredited", "wrong", "charged_twice"), ("uncredited_ids", "wrong_ids", "charged_twice_ids")
    )
    retrying, stop = wording.retrying_todo(endpoint), wording.stop_checkout_todo(endpoint)
    return (
        Concern(title=wording.IN_FLIGHT, known=in_flight, todo=wording.IN_FLIGHT_TODO, owner=whose),
        Concern(title=wording.RETRYING, known=retried, todo=retrying, owner=owner),
        Concern(title=wording.STOP_CHECKOUT, known="", todo=stop, owner=owner),
        Concern(
            title=wording.COMPENSATE,
            known=owed,
            todo=wording.COMPENSATE_TODO,
            owner=whose,
        ),
    )


def _told(plan: Plan, money: Sample | None, now: datetime) -> Callable[[Names, Names], str]:
    """Says a count with its ids, or why it is not known; an old answer is none."""
    if plan.money is None:
        return lambda _count, _ids: wording.MONEY_NOT_READ
    if not isinstance(money, Observation):
        why = wording.NOT_COUNTED_YET if money is None else money.detail
        return lambda _count, _ids: wording.money_unknown(why)
    ttl_s = plan.judging.ttl_intervals * plan.money.read_interval_s
    if is_stale(money.observed_at, now, ttl_s):
        return lambda _count, _ids: wording.money_unknown(wording.read_last(money.observed_at))
    return lambda count, ids: _counted(money, count, ids)


def _counted(money: Observation, counts: Names, ids: Names) -> str:
    """The sum of these counts with the ids behind them; unknown where one of them is."""
    found = [value for name in counts if isinstance(value := money.facts.get(name), int)]
    if len(found) < len(counts):
        return wording.money_unknown(wording.NOT_COUNTED)
    named = [value.replace(",", ", ") for name in ids if isinstance(value := money.facts.get(name), str)]
    told = f"{sum(found):,} ({', '.join(named)})" if named else f"{sum(found):,}"
    return f"{told}, {wording.read_last(money.observed_at)}"
