"""How a session is paid: with tries that fail first, in part, not at all, or as it should be."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.stripe_double import objects
from rehearsal.stripe_double.effects import Effect, Made, NewId, Object, Told, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the person pays. Of `captured` cents, less than the price, only these are taken."""

    declines: int = 0
    captured: int | None = None
    full_coupon: bool = False
    unlinked: bool = False
    twice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it is paid and when its fee is known, in Unix seconds, and by how much the net is wrong."""

    now: float
    settled_at: float
    net_off: int = 0


def pay(unpaid: Object, terms: Terms, moment: Moment, *, new_id: NewId) -> tuple[str | None, Effect]:
    """The payment intent of a session that is paid now, if there is anything to pay, and what it leaves."""
    metadata = unpaid.get("_payment_metadata", {})
    if terms.full_coupon:
        free = objects.free_session(shown(unpaid))
        told = Told(kind="checkout.session.completed", about=free, livemode=unpaid["livemode"], at=moment.now)
        return None, Effect(changed=[free], told=[told])
    name = new_id("pi_3")
    paid = objects.paid_session(shown(unpaid), name)
    intent = objects.payment_intent(name, paid, metadata, created=int(moment.now), captured=terms.captured)
    taken = _taken(intent, moment, new_id=new_id)
    intent = {**intent, "latest_charge": taken.made[0].object["id"]}
    effect = Effect(made=[Made(object=intent, livemode=paid["livemode"])], changed=[paid])
    for _ in range(terms.declines):
        effect = effect.then(_declined(intent, moment, new_id=new_id))
    succeeded = Told(
        kind="payment_intent.succeeded", about=intent, livemode=unpaid["livemode"], at=moment.now
    )
    effect = effect.then(Effect(told=[succeeded])).then(taken)
    if terms.twice:
        effect = effect.then(_taken(intent, moment, new_id=new_id))
    if terms.unlinked:
        effect = effect.then(_taken({**intent, "id": None}, moment, new_id=new_id))
    completed = Told(
        kind="checkout.session.completed", about=paid, livemode=unpaid["livemode"], at=moment.now
    )
    return name, effect.then(Effect(told=[completed]))


def _declined(intent: Object, moment: Moment, *, new_id: NewId) -> Effect:
    failed = objects.failed_charge(new_id("ch_3"), intent, created=int(moment.now))
    waiting = objects.declined_intent(intent, failed)
    kept = {**failed, "_transaction": None, "_settled_at": 0.0}
    return Effect(
        made=[Made(object=kept, livemode=intent["livemode"])],
        told=[
            Told(kind="charge.failed", about=failed, livemode=intent["livemode"], at=moment.now),
            Told(
                kind="payment_intent.payment_failed",
                about=waiting,
                livemode=intent["livemode"],
                at=moment.now,
            ),
        ],
    )


def _taken(intent: Object, moment: Moment, *, new_id: NewId) -> Effect:
    """The good charge, whose fee is known later."""
    charge = objects.charge(new_id("ch_3"), intent, created=int(moment.now))
    fee = objects.balance_transaction(new_id("txn_3"), charge, created=int(moment.settled_at))
    fee["net"] += moment.net_off
    settled = {**charge, "balance_transaction": fee["id"]}
    kept = {**charge, "_transaction": fee["id"], "_settled_at": moment.settled_at}
    livemode = charge["livemode"]
    return Effect(
        made=[
            Made(object=kept, livemode=livemode),
            Made(object=fee, livemode=livemode, listed_at=moment.settled_at),
        ],
        told=[
            Told(kind="charge.succeeded", about=charge, livemode=intent["livemode"], at=moment.now),
            Told(kind="charge.updated", about=settled, livemode=livemode, at=moment.settled_at),
        ],
    )
