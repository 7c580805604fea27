"""Objects of Stripe and rows of the ledger as rows of the books, and what is due of a payment. Nothing is
opened here, and nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collectors.money import (
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Dispute,
    LedgerEntry,
    Refund,
    StripeObject,
)
from collectors.money_window import MoneyList
from dashboard.launch.money.crediting import due_cents
from dashboard.launch.plan import Plan
from dashboard.launch.plan_money import LedgerHistory

Row = dict[str, Any]

KINDS: Final[Mapping[MoneyList, type[StripeObject]]] = {
    MoneyList.CHECKOUT_SESSIONS: CheckoutSession,
    MoneyList.BALANCE_TRANSACTIONS: BalanceTransaction,
    MoneyList.REFUNDS: Refund,
    MoneyList.DISPUTES: Dispute,
    MoneyList.CHARGES: Charge,
}
"""What is read of Stripe for the books, in this order: a charge takes its checkout and its fee with it."""

_KEPT_OR_BACK: Final = frozenset({"prevented", "won"})

NO_CURRENCY: Final = "xxx"
"""ISO 4217 has a code for none. A row that lacks the currency that it should say is not of the plan's."""


def row_of(found: StripeObject) -> Row | None:
    """One object as a row of its table; None for one that no figure needs."""
    match found:
        case Charge():
            return _payment(found)
        case CheckoutSession():
            return None if found.payment_intent is None else _checkout(found)
        case BalanceTransaction():
            return _movement(found) if found.reporting_category == "charge" else None
        case Refund():
            return _refund(found)
        case Dispute():
            return _dispute(found)
        case _:
            return None


def entry_row(entry: LedgerEntry, plan: Plan) -> Row:
    """One row of the ledger. Cents and a currency that it does not say are not made up."""
    is_purchase = entry.kind == plan.ledger.purchase_kind
    return {
        "entry": entry.id,
        "is_purchase": is_purchase,
        "payment_intent": entry.payment_intent,
        "session": None,
        "correlation_id": entry.correlation_id,
        "created": int(entry.created.timestamp()),
        "cents": entry.cents,
        "credits": entry.credits,
        "currency": entry.currency or _unsaid(plan.ledger.history, plan.purchase.currency),
        "user": entry.user,
        "purchased": entry.credits if is_purchase else 0,
        "debited": 0 if is_purchase else max(0, -entry.credits),
    }


def _unsaid(history: LedgerHistory | None, currency: str) -> str:
    """A ledger that says no currency at all means the plan's, as the gates take it."""
    return currency if history is None or history.currency is None else NO_CURRENCY


def _payment(charge: Charge) -> Row:
    return {
        "charge": charge.id,
        "payment_intent": charge.payment_intent,
        "correlation_id": charge.metadata.correlation_id,
        "created": charge.created,
        "captured_cents": charge.amount_captured,
        "currency": charge.currency,
        "livemode": charge.livemode,
        "status": charge.status,
        "captured": charge.captured and charge.paid,
        "balance_transaction": charge.balance_transaction,
    }


def _checkout(session: CheckoutSession) -> Row:
    return {
        "session": session.id,
        "payment_intent": session.payment_intent,
        "due_cents": due_cents(session),
    }


def _movement(moved: BalanceTransaction) -> Row:
    return {
        "id": moved.id,
        "charge": moved.source,
        "created": moved.created,
        "amount": moved.amount,
        "fee": moved.fee,
        "net": moved.net,
        "currency": moved.currency,
    }


def _refund(refund: Refund) -> Row:
    moved = refund.status == "succeeded"
    back = _given_back(refund.id, refund.created, refund.amount, refund.currency, moved=moved)
    return {**back, "charge": refund.charge}


def _dispute(dispute: Dispute) -> Row:
    """A warning, and a dispute that was prevented, move no money; of one that was won it came back. Of a
    status that is not known yet it is taken to be gone: that is the cautious side.
    """
    is_back = dispute.status in _KEPT_OR_BACK or dispute.status.startswith("warning_")
    moved = dispute.livemode and not is_back
    return _given_back(dispute.id, dispute.created, dispute.amount, dispute.currency, moved=moved)


def _given_back(id_: str, created: int, cents: int, currency: str, *, moved: bool) -> Row:
    return {"id": id_, "created": created, "cents": cents, "currency": currency, "moved": moved}
