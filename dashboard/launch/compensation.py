"""What has to be looked after when a launch is NO-GO or was rolled back: the money, not only the traffic.

A figure that nobody has is said to be unknown; it is never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.launch import wording
from dashboard.launch.plan import Plan, RoleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing to look after: what, how much is known of it, what to do about it, and whose it is."""

    title: str
    known: str
    todo: str
    owner: str


def concerns(plan: Plan) -> tuple[Concern, ...]:
    """The list of gates.md section 15. No payment is followed yet, so that no count is known."""
    stripe = plan.stripe
    receiver = plan.services[stripe.endpoint_service]
    finance = [role.title for role in plan.roles.values() if role.kind is RoleKind.FINANCE]
    whose = finance[0] if finance else wording.NOBODY_NAMED
    endpoint = f"{receiver.title}{stripe.endpoint_path}"
    owner = plan.roles[receiver.owner].title
    unknown = wording.MONEY_UNKNOWN
    retrying, stop = wording.retrying_todo(endpoint), wording.stop_checkout_todo(endpoint)
    return (
        Concern(title=wording.IN_FLIGHT, known=unknown, todo=wording.IN_FLIGHT_TODO, owner=whose),
        Concern(title=wording.RETRYING, known=unknown, todo=retrying, owner=owner),
        Concern(title=wording.STOP_CHECKOUT, known="", todo=stop, owner=owner),
        Concern(title=wording.COMPENSATE, known=unknown, todo=wording.COMPENSATE_TODO, owner=whose),
    )
