"""A store with both sides read to a moment, and the books over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from collectors.money import BalanceTransaction, Dispute, LedgerEntry, Refund, StripeObject
from collectors.money_window import MoneyList
from dashboard.finance.books import Books
from dashboard.finance.values import Denials, FinancePanel, Row, Wanted
from dashboard.launch.plan import Plan
from dashboard.purchases import Reads
from dashboard.reconciliation.classes import Class
from dashboard.store.store import Store
from dashboard.store.values import Run
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import after, charge, entry, epoch
from tests.dashboard.money_read import read
from tests.dashboard.store.scene import Writing

EVERY = Wanted(classes=frozenset(Class))
LATER = 1_300
"""Past every grace."""

SIDES = (MoneyList.CHECKOUT_SESSIONS, MoneyList.PAYMENT_INTENTS, MoneyList.CHARGES)
BESIDE = (MoneyList.BALANCE_TRANSACTIONS, MoneyList.REFUNDS, MoneyList.DISPUTES)


@dataclass(slots=True)
class Desk:
    """A store that is written to, the moment of both sides in the test's hand, and books that look."""

    writer: Writing
    books: Books
    now: float = LATER

    @property
    def run(self) -> Run:
        """A run from before the first payment."""
        return replace(self.writer.run, started_at=after(-3_600))

    def read(self, name: MoneyList, *told: StripeObject | LedgerEntry, **more: Any) -> None:
        """This list, read to its end by now."""
        entries = tuple(each for each in told if isinstance(each, LedgerEntry))
        objects = [each for each in told if isinstance(each, StripeObject)]
        read(self.writer, name, *objects, entries=entries, seconds=self.now, **more)

    def read_on(self, seconds: float = 0) -> None:
        """Every list again, with nothing new in it, so much later."""
        self.now += seconds
        for name in (*SIDES, *BESIDE, MoneyList.LEDGER):
            self.read(name)

    def paid(self, number: int = 1, **changes: Any) -> None:
        told = {"id": f"ch_{number}", "payment_intent": f"pi_{number}", "created": epoch(10 + number)}
        self.read(MoneyList.CHARGES, charge(**told | changes))

    def credited(self, number: int = 1, **changes: Any) -> None:
        told = {"id": f"tx_{number}", "payment_intent": f"pi_{number}", "user": f"u-{number}"}
        self.read(MoneyList.LEDGER, entry(**told | changes))

    def panel(self, wanted: Wanted = EVERY) -> FinancePanel:
        return self.books.panel(self.run, wanted)

    def rows(self, wanted: Wanted = EVERY) -> list[Row]:
        return list(self.panel(wanted).rows)

    def classes(self) -> list[str]:
        return [row.found.value for row in self.rows()]


def desk_at(
    writer: Writing,
    plan: Plan | None = None,
    denials: Callable[[Store, Plan, datetime, Reads], Denials | str] | None = None,
) -> Desk:
    """Nothing is read yet."""

    def clock() -> datetime:
        return after(desk.now + 1)

    books = Books(store=writer.store, plan=plan or default_plan(), clock=clock, denials=denials)
    desk = Desk(writer=writer, books=books)
    return desk


def movement(number: int = 1, **changes: Any) -> StripeObject:
    """What Stripe kept of a payment."""
    told = {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "created": epoch(10),
        "amount": 999,
        "fee": 59,
        "net": 940,
        "currency": "usd",
        "type": "charge",
        "reporting_category": "charge",
        "status": "pending",
        "available_on": epoch(86_400),
        "source": f"ch_{number}",
    }
    return msgspec.convert(told | changes, BalanceTransaction)


def refund(number: int = 1, **changes: Any) -> StripeObject:
    told = {
        "id": f"re_{number}",
        "object": "refund",
        "created": epoch(50),
        "amount": 300,
        "currency": "usd",
        "status": "succeeded",
        "charge": "ch_1",
    }
    return msgspec.convert(told | changes, Refund)


def dispute(number: int = 1, **changes: Any) -> StripeObject:
    told = {
        "id": f"dp_{number}",
        "object": "dispute",
        "created": epoch(60),
        "livemode": True,
        "amount": 999,
        "currency": "usd",
        "status": "needs_response",
        "charge": "ch_1",
    }
    return msgspec.convert(told | changes, Dispute)
