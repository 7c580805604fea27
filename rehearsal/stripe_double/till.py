"""The money path: a session is opened by a service and paid by a person, and events tell of it."""

from __future__ import annotations

import time
from typing import Any

from rehearsal.pace import Pace
from rehearsal.stripe_double import objects
from rehearsal.stripe_double.books import Books
from rehearsal.stripe_double.delivery import Deliveries
from rehearsal.stripe_double.resources import API_VERSION

_FEE_LATE_S = 3.0


class NotPayableError(Exception):
    """A session cannot be paid."""


class Till:
    """Opens sessions and takes payments."""

    def __init__(self, books: Books, deliveries: Deliveries, *, pace: Pace) -> None:
        self._books = books
        self._deliveries = deliveries
        self._pace = pace

    def open_session(self, order: objects.Order, *, livemode: bool, base: str) -> dict[str, Any]:
        """A new open session."""
        name = self._books.new_id(f"cs_{'live' if livemode else 'test'}_", 58)
        made = objects.session(name, order, created=int(time.time()), livemode=livemode, base=base)
        self._books.keep({**made, "_payment_metadata": dict(order.payment_metadata)})
        return made

    def pay(self, name: str) -> str:
        """Pay a session with a good card; the id of its payment intent."""
        unpaid = self._payable(name)
        metadata = unpaid.pop("_payment_metadata", {})
        now = int(time.time())
        intent_id, charge_id = self._books.new_id("pi_3"), self._books.new_id("ch_3")
        paid = objects.paid_session(unpaid, intent_id)
        intent = objects.payment_intent(intent_id, paid, metadata, charge=charge_id, created=now)
        charge = objects.charge(charge_id, intent, created=now)
        self._books.keep(intent)
        fee = objects.balance_transaction(self._books.new_id("txn_3"), charge, created=now)
        settled_at = time.time() + self._pace.shortened(_FEE_LATE_S)
        self._books.keep({**charge, "_transaction": fee["id"], "_settled_at": settled_at})
        self._books.keep(fee, late=_FEE_LATE_S, livemode=charge["livemode"])
        self._books.change(paid)
        self._tell("payment_intent.succeeded", intent)
        self._tell("charge.succeeded", charge)
        self._tell("checkout.session.completed", paid)
        return intent_id

    def _payable(self, name: str) -> dict[str, Any]:
        found = self._books.kept("checkout.session", name)
        if found is None or found["status"] != "open":
            raise NotPayableError(f"Got session {name}, expected an open one; start a new checkout.")
        return found

    def _tell(self, kind: str, about: dict[str, Any]) -> None:
        name = self._books.new_id("evt_3")
        made = objects.event(name, kind, about, created=int(time.time()), api_version=API_VERSION)
        self._books.keep(made)
        self._deliveries.schedule(name)
