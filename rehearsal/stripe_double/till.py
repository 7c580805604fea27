"""The money path: sessions are opened by a service and paid by a person, money goes back, events tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rehearsal.knobs import Knobs
from rehearsal.pace import Pace
from rehearsal.stripe_double import objects, reversals
from rehearsal.stripe_double.books import Books
from rehearsal.stripe_double.delivery import Deliveries
from rehearsal.stripe_double.effects import Effect, Object, Told
from rehearsal.stripe_double.payment import Moment, Terms, pay
from rehearsal.stripe_double.reversals import DisputeStatus, RefundStatus

FEE_LATE_S = 3.0


class NotPayableError(Exception):
    """A session cannot be paid."""


class UnknownObjectError(LookupError):
    """An act was asked for on something that is not there."""


class Till:
    """Opens sessions, takes payments, gives money back; the only one that changes the books of money."""

    def __init__(
        self, books: Books, deliveries: Deliveries, *, pace: Pace, knobs: Callable[[], Knobs]
    ) -> None:
        self._books = books
        self._deliveries = deliveries
        self._pace = pace
        self._knobs = knobs

    def open_session(self, order: objects.Order, *, livemode: bool, base: str) -> dict[str, Any]:
        """A new open session."""
        name = self._books.new_id(f"cs_{'live' if livemode else 'test'}_", 58)
        made = objects.session(name, order, created=int(time.time()), livemode=livemode, base=base)
        self._books.keep({**made, "_payment_metadata": dict(order.payment_metadata)})
        return made

    def pay(self, name: str, terms: Terms | None = None) -> str | None:
        """Pay a session; the id of its payment intent, or None where a coupon left nothing to pay."""
        unpaid = self._payable(name)
        terms = terms or Terms()
        if self._knobs().test_twin:
            self._pay_twin(unpaid, terms)
        return self._pay(unpaid, terms)

    def refund(self, intent: str, amount: int | None, status: RefundStatus) -> Object:
        """Refund a payment, by default what is left of it; the refund."""
        charge = self._charge(intent)
        left = charge["amount_captured"] - charge["amount_refunded"]
        asked = left if amount is None else amount
        return self._applied(
            reversals.refund(charge, asked, status, now=time.time(), new_id=self._books.new_id)
        )

    def settle_refund(self, name: str, status: RefundStatus) -> Object:
        """End a pending refund; the refund."""
        back = self._found("refund", name)
        charge = self._found("charge", back["charge"])
        self._apply(reversals.settle(back, charge, status, now=time.time(), new_id=self._books.new_id))
        return self._found("refund", name)

    def dispute(self, intent: str, status: DisputeStatus) -> Object:
        """Let the buyer's bank contest a payment; the dispute."""
        charge = self._charge(intent)
        return self._applied(reversals.dispute(charge, status, now=time.time(), new_id=self._books.new_id))

    def move_dispute(self, name: str, status: DisputeStatus) -> Object:
        """Let a dispute go on; the dispute."""
        contested = self._found("dispute", name)
        self._apply(reversals.move(contested, status, now=time.time(), new_id=self._books.new_id))
        return self._found("dispute", name)

    def _pay(self, unpaid: Object, terms: Terms) -> str | None:
        now, knobs = time.time(), self._knobs()
        later = self._pace.shortened(FEE_LATE_S + knobs.fee_delay_s)
        moment = Moment(now=now, settled_at=now + later, net_off=knobs.net_off_by_cents)
        name, effect = pay(unpaid, self._told_by_knobs(terms), moment, new_id=self._books.new_id)
        self._apply(effect)
        return name

    def _told_by_knobs(self, terms: Terms) -> Terms:
        knobs = self._knobs()
        return Terms(
            declines=terms.declines or knobs.card_declines,
            captured=terms.captured or knobs.captured_cents or None,
            full_coupon=terms.full_coupon or knobs.full_coupon,
            unlinked=terms.unlinked or knobs.charge_unlinked,
            twice=terms.twice or knobs.charged_twice,
        )

    def _pay_twin(self, unpaid: Object, terms: Terms) -> None:
        """The same purchase in test mode, as a leftover of a rehearsal at the real Stripe would be."""
        name = self._books.new_id("cs_test_", 58)
        url = unpaid["url"].replace(unpaid["id"], name)
        twin = {**unpaid, "id": name, "livemode": False, "url": url}
        self._books.keep(twin)
        self._pay(twin, terms)

    def _applied(self, effect: Effect) -> Object:
        """Apply it; the first object that was made, as it is in the end."""
        self._apply(effect)
        first = effect.made[0].object
        return self._found(first["object"], first["id"])

    def _apply(self, effect: Effect) -> None:
        for made in effect.made:
            self._books.keep(made.object, livemode=made.livemode, listed_at=made.listed_at)
        for changed in effect.changed:
            self._books.change(changed)
        for told in effect.told:
            if told.kind not in self._knobs().events_never_made:
                self._tell(told)

    def _tell(self, told: Told) -> None:
        name = self._books.new_id("evt_3")
        made = objects.event(name, told)
        self._books.keep(made, begins=told.at)
        self._deliveries.schedule(name, not_before=told.at)

    def _payable(self, name: str) -> Object:
        found = self._books.kept("checkout.session", name)
        if found is None or found["status"] != "open":
            raise NotPayableError(f"Got session {name}, expected an open one; start a new checkout.")
        return found

    def _charge(self, intent: str) -> Object:
        return self._found("charge", self._found("payment_intent", intent)["latest_charge"])

    def _found(self, kind: str, name: str) -> Object:
        found = self._books.kept(kind, name)
        if found is None:
            raise UnknownObjectError(f"Got {kind} {name}, expected one that is kept; look at the purchases.")
        return found
