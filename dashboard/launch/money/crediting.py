"""Whether the ledger gave for a payment what it had to, and how the two-hop truth of a payment reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from collectors.money import Charge, CheckoutSession, LedgerEntry
from dashboard.launch.money import trace_wording as words
from dashboard.launch.money.hops import Credit, Delivery
from dashboard.launch.money.purchase import Purchase, Side, took_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the plan says of a purchase. `account` is Stripe's account of the launch, None where the plan
    names none. A hop is late `deadline_s` after the charge, and lost `grace_s` after it. `stale_s` is how old
    a read may be and still tell that something is missing. `says_cents` and `says_currency` are whether the
    ledger's rows have them: one that lacks what it should say is wrong.
    """

    cents: int
    currency: str
    credits: int
    deadline_s: int
    grace_s: int
    stale_s: int = 30
    account: str | None = None
    says_cents: bool = True
    says_currency: bool = True

    def of(self, paid: Charge, session: CheckoutSession | None = None) -> Expected:
        """What is expected for a charge of any price: what is due for it, and credits at the same rate."""
        due = None if session is None else due_cents(session)
        cents = paid.amount_captured if due is None else due
        credits, rest = divmod(cents * self.credits, self.cents)
        # At a rate that gives no whole credits, no row can be the right one: somebody has to look.
        return replace(self, cents=cents, credits=credits if rest == 0 else NO_CREDITS)

    def worth(self, cents: int) -> int:
        """The whole credits that so many cents buy: what is taken back for them at the least."""
        return cents * self.credits // self.cents


def never_given(purchase: Purchase, expected: Expected) -> int:
    """Of the credits that were due for its charges, how many never came: those cannot be taken back."""
    paid = purchase.paid
    due = sum(
        max(0, expected.of(charge, purchase.session if charge is paid else None).credits)
        for charge in purchase.charges
        if took_money(charge)
    )
    return max(0, due - sum(entry.credits for entry in purchase.credits))


def due_cents(session: CheckoutSession) -> int | None:
    """What the ledger must say of its payment: the total less the tax. None where it is what was captured."""
    details = session.total_details
    if details is None or session.amount_total is None:
        return None
    if not (details.amount_tax or details.amount_discount or details.amount_shipping):
        return None
    return session.amount_total - details.amount_tax


NO_CREDITS = -1
"""A number of credits that no row can have."""


def wrong_credit(given: Sequence[LedgerEntry], expected: Expected) -> str | None:
    """What is wrong with these credits of one payment, in words; None where it is exactly the one."""
    if len(given) > 1:
        return words.credited_again(len(given), sum(entry.credits for entry in given))
    only = given[0]
    if only.currency != expected.currency and (only.currency is not None or expected.says_currency):
        return words.other_currency(only.currency or "no currency", expected.currency)
    if only.cents is None and expected.says_cents:
        return words.no_amount(expected.cents, expected.currency)
    if only.cents not in (None, expected.cents):
        return words.other_amount(only.cents or 0, expected.cents, expected.currency, 0)
    if only.credits != expected.credits:
        return words.other_credits(only.credits, expected.credits)
    return None


def delivery_of(purchase: Purchase, expected: Expected, now: datetime) -> Delivery:
    """Hop 1 of a purchase whose charge succeeded."""
    event, read = purchase.succeeded, purchase.read(Side.DELIVERIES)
    if purchase.subscribed == 0:
        return Delivery.NOT_APPLICABLE
    if purchase.subscribed is None:  # what is not undelivered may never have been sent to anybody
        return Delivery.UNKNOWN
    if event is None:
        return _without_event(purchase, expected, now)
    if event.id in purchase.acknowledged and event.id not in purchase.undelivered:
        return Delivery.DELIVERED
    if read.at is None or read.is_old(now, expected.stale_s) or event.id not in purchase.undelivered:
        return Delivery.UNKNOWN
    is_over = read.at > moment(event.created) + timedelta(seconds=expected.grace_s)
    return Delivery.FAILED if is_over else Delivery.PENDING


def credit_of(purchase: Purchase, expected: Expected, now: datetime) -> Credit:
    """Hop 2 of a purchase whose charge succeeded; only what was read can be missing. No credit is the right
    one of a charge in another currency than the plan's: nothing is converted here, it can only go back.
    """
    paid = purchase.paid
    absent = None if purchase.credits else _absent(purchase, expected, now)
    if paid is not None and paid.currency != expected.currency and absent is not Credit.REFUNDED:
        return Credit.WRONG
    if absent is not None:
        return absent
    meant = expected if paid is None else expected.of(paid, purchase.session)
    return Credit.ONE if wrong_credit(purchase.credits, meant) is None else Credit.WRONG


def moment(epoch: int) -> datetime:
    """Stripe's whole seconds as an instant."""
    return datetime.fromtimestamp(epoch, UTC)


def lost_at(paid: Charge, expected: Expected) -> datetime:
    """From when on what this charge had to bring is taken for lost."""
    return moment(paid.created) + timedelta(seconds=expected.grace_s)


def _absent(purchase: Purchase, expected: Expected, now: datetime) -> Credit:
    paid, read = purchase.paid, purchase.read(Side.LEDGER)
    if paid is None or read.at is None or read.is_old(now, expected.stale_s):
        return Credit.UNREADABLE
    if read.at <= lost_at(paid, expected):
        return Credit.AWAITED
    # A row that took credits back for it took what was never given: then the credit is still owed.
    is_even = all(entry.credits == 0 for entry in purchase.entries)
    return Credit.REFUNDED if purchase.is_given_back and is_even else Credit.MISSING


def _without_event(purchase: Purchase, expected: Expected, now: datetime) -> Delivery:
    paid, read = purchase.paid, purchase.read(Side.EVENTS)
    if paid is None or read.at is None or read.is_old(now, expected.stale_s):
        return Delivery.UNKNOWN
    return Delivery.NO_EVENT if read.at > lost_at(paid, expected) else Delivery.PENDING
