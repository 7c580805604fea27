"""How money goes back: refunds and disputes, from their beginning to each of their ends."""

from __future__ import annotations

from enum import StrEnum

from rehearsal.stripe_double import reversal_shapes as shapes
from rehearsal.stripe_double.effects import Effect, Made, NewId, Object, Told, shown


class RefundStatus(StrEnum):
    """How far a refund is."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """How far a dispute is. A warning moves no money."""

    WARNING = "warning_needs_response"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


_OVER = frozenset({DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.WARNING_CLOSED})


class NotReversibleError(Exception):
    """The money cannot go that way."""


def refund(charge: Object, amount: int, status: RefundStatus, *, now: float, new_id: NewId) -> Effect:
    """A refund of `amount` of a charge that was taken."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not 0 < amount <= left:
        raise NotReversibleError(f"Got a refund of {amount}, expected 1 to {left}; refund what is left.")
    begun = RefundStatus.PENDING if status is RefundStatus.FAILED else status
    back = shapes.refund(new_id("re_3"), charge, amount, created=int(now), status=begun)
    movement = shapes.refunded(new_id("txn_3"), back, created=int(now))
    back["balance_transaction"] = movement["id"]
    less = _refunded(charge, amount)
    effect = Effect(
        made=[_made(back, charge), _made(movement, charge)],
        changed=[less],
        told=[
            Told(kind="refund.created", about=back, livemode=charge["livemode"], at=now),
            Told(kind="charge.refunded", about=shown(less), livemode=charge["livemode"], at=now),
        ],
    )
    if status is RefundStatus.FAILED:
        return effect.then(settle(back, less, status, now=now, new_id=new_id))
    return effect


def settle(back: Object, charge: Object, status: RefundStatus, *, now: float, new_id: NewId) -> Effect:
    """The end of a refund that was pending, or its failure even later: that returns to the balance."""
    may_fail = back["status"] == RefundStatus.SUCCEEDED and status is RefundStatus.FAILED
    if not may_fail and (back["status"] != RefundStatus.PENDING or status is RefundStatus.PENDING):
        raise NotReversibleError(
            f"Got refund {back['id']} {back['status']}, expected a pending one; begin another."
        )
    if status is RefundStatus.SUCCEEDED:
        done = {**back, "status": status.value}
        return Effect(
            changed=[done],
            told=[Told(kind="refund.updated", about=done, livemode=charge["livemode"], at=now)],
        )
    movement = shapes.refund_failed(new_id("txn_3"), back, created=int(now))
    failed = {
        **back,
        "status": status.value,
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": movement["id"],
    }
    whole = _refunded(charge, -back["amount"])
    return Effect(
        made=[_made(movement, charge)],
        changed=[failed, whole],
        told=[
            Told(kind="refund.failed", about=failed, livemode=charge["livemode"], at=now),
            Told(kind="charge.updated", about=shown(whole), livemode=charge["livemode"], at=now),
        ],
    )


def dispute(charge: Object, status: DisputeStatus, *, now: float, new_id: NewId) -> Effect:
    """A dispute over a charge that was taken, as far as `status`."""
    if not charge["captured"] or charge["disputed"]:
        raise NotReversibleError(f"Got charge {charge['id']}, expected a captured one that is not disputed.")
    warned = status.startswith("warning_")
    begun = DisputeStatus.WARNING if warned else DisputeStatus.NEEDS_RESPONSE
    contested = shapes.dispute(new_id("du_3"), charge, created=int(now), status=begun)
    made, told = [contested], ["charge.dispute.created"]
    if not warned:
        movement = shapes.withdrawn(new_id("txn_3"), contested, created=int(now))
        contested["balance_transactions"] = [movement]
        made, told = [contested, movement], [*told, "charge.dispute.funds_withdrawn"]
    effect = Effect(
        made=[_made(one, charge) for one in made],
        changed=[{**charge, "disputed": True}],
        told=[Told(kind=kind, about=contested, livemode=charge["livemode"], at=now) for kind in told],
    )
    return effect if status is begun else effect.then(move(contested, status, now=now, new_id=new_id))


def move(contested: Object, status: DisputeStatus, *, now: float, new_id: NewId) -> Effect:
    """The next step of a dispute; one that is won gives the money back."""
    warned = contested["status"].startswith("warning_")
    if contested["status"] in _OVER or status.startswith("warning_") != warned:
        raise NotReversibleError(
            f"Got dispute {contested['id']} {contested['status']}, expected an open one that can be {status}."
        )
    moved = {**contested, "status": status.value}
    made, told = [], ["charge.dispute.closed" if status in _OVER else "charge.dispute.updated"]
    if status is DisputeStatus.WON:
        movement = shapes.reinstated(new_id("txn_3"), contested, created=int(now))
        moved["balance_transactions"] = [*contested["balance_transactions"], movement]
        made, told = [movement], [*told, "charge.dispute.funds_reinstated"]
    return Effect(
        made=[Made(object=one, livemode=contested["livemode"]) for one in made],
        changed=[moved],
        told=[Told(kind=kind, about=moved, livemode=moved["livemode"], at=now) for kind in told],
    )


def _refunded(charge: Object, amount: int) -> Object:
    total = charge["amount_refunded"] + amount
    return {**charge, "amount_refunded": total, "refunded": total == charge["amount_captured"]}


def _made(one: Object, charge: Object) -> Made:
    return Made(object=one, livemode=charge["livemode"])
