"""The two-hop webhook truth: what Stripe says of a delivery against what the ledger says of the credit.

The table is `gates.md` section 13. The two are never multiplied: each cell has one result for the webhook
and one for the money.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dashboard.launch.board import CheckResult


class Delivery(StrEnum):
    """Hop 1, from Stripe to the receiver. `PENDING` is inside the grace, `FAILED` past it."""

    DELIVERED = "delivered"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NO_EVENT = "no event"
    NOT_APPLICABLE = "not applicable"


class Credit(StrEnum):
    """Hop 2, from the receiver to the ledger. `AWAITED` is missing inside the grace, `MISSING` past it;
    `REFUNDED` is missing past it where all the money went back, so that nothing is owed any more.
    """

    ONE = "exactly one credit"
    AWAITED = "no credit yet"
    MISSING = "no credit"
    REFUNDED = "refunded, never credited"
    WRONG = "double or wrong credit"
    UNREADABLE = "not readable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the table: its name on screen, and what it means for the webhook and for the money."""

    name: str
    webhook: CheckResult
    money: CheckResult


_MONEY = {
    Credit.ONE: CheckResult.PASS,
    Credit.AWAITED: CheckResult.INSUFFICIENT,
    Credit.MISSING: CheckResult.FAIL,
    Credit.REFUNDED: CheckResult.PASS,
    Credit.WRONG: CheckResult.FAIL,
    Credit.UNREADABLE: CheckResult.ERROR,
}
_NAMES = {
    (Delivery.DELIVERED, Credit.ONE): "credited",
    (Delivery.DELIVERED, Credit.AWAITED): "crediting",
    (Delivery.DELIVERED, Credit.MISSING): "200 but lost",
    (Delivery.PENDING, Credit.ONE): "credited by another path",
    (Delivery.PENDING, Credit.AWAITED): "in flight",
    (Delivery.PENDING, Credit.MISSING): "undelivered",
    (Delivery.FAILED, Credit.ONE): "credited by another path",
    (Delivery.FAILED, Credit.AWAITED): "in flight",
    (Delivery.FAILED, Credit.MISSING): "undelivered",
    (Delivery.UNKNOWN, Credit.ONE): "money right, delivery blind",
    (Delivery.UNKNOWN, Credit.AWAITED): "delivery blind, no credit yet",
    (Delivery.UNKNOWN, Credit.MISSING): "delivery blind, no credit yet",
}
_ANY_CREDIT = {
    Delivery.NO_EVENT: "event never generated or not subscribed",
    Delivery.NOT_APPLICABLE: "not applicable",
}
_ANY_DELIVERY = {
    Credit.REFUNDED: "refunded, never credited",
    Credit.WRONG: "double or wrong credit",
    Credit.UNREADABLE: "ledger blind",
}


def cell(delivery: Delivery, credit: Credit) -> Cell:
    """The cell of a payment."""
    return Cell(name=_name(delivery, credit), webhook=_webhook(delivery, credit), money=_MONEY[credit])


def cells() -> tuple[Cell, ...]:
    """Every cell of the table, each name once, in the order of its rows."""
    pairs = [(delivery, credit) for delivery in Delivery for credit in Credit]
    found = {(each := cell(*pair)).name: each for pair in reversed(pairs)}
    return tuple(reversed(found.values()))


def _name(delivery: Delivery, credit: Credit) -> str:
    if credit in _ANY_DELIVERY:
        return _ANY_DELIVERY[credit]
    if delivery in _ANY_CREDIT:
        return _ANY_CREDIT[delivery]
    return _NAMES[delivery, credit]


_ANY_CREDIT_RESULT = {
    Delivery.UNKNOWN: CheckResult.ERROR,
    Delivery.NOT_APPLICABLE: CheckResult.ERROR,
    Delivery.NO_EVENT: CheckResult.FAIL,
}
_MISSING_RESULT = {
    Credit.MISSING: CheckResult.FAIL,
    Credit.REFUNDED: CheckResult.FAIL,  # that the buyer has the money back makes no webhook of it
    Credit.AWAITED: CheckResult.INSUFFICIENT,
}


def _webhook(delivery: Delivery, credit: Credit) -> CheckResult:
    """Delivered and not credited is no success of the webhook; a 200 alone proves nothing."""
    if delivery in _ANY_CREDIT_RESULT:
        return _ANY_CREDIT_RESULT[delivery]
    if credit in _MISSING_RESULT:
        return _MISSING_RESULT[credit]
    if delivery is Delivery.FAILED:
        return CheckResult.FAIL
    if credit is Credit.UNREADABLE:
        return CheckResult.ERROR
    return CheckResult.PASS if delivery is Delivery.DELIVERED else CheckResult.INSUFFICIENT
