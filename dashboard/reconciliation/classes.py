"""The classes of a reconciliation: what is so, not whose fault it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Class(StrEnum):
    """What a payment, or a purchase without one, is found to be. The worst comes first."""

    LEDGER_ONLY = "ledger_only"
    STRIPE_ONLY = "stripe_only"
    CURRENCY_MISMATCH = "currency_mismatch"
    DUPLICATE_LEDGER = "duplicate_ledger"
    DUPLICATE_PAYMENT = "duplicate_payment"
    AMOUNT_MISMATCH = "amount_mismatch"
    CREDIT_MISMATCH = "credit_mismatch"
    UNLINKED = "unlinked"
    PENDING = "pending"
    REFUNDED = "refunded"
    MATCHED = "matched"


SETTLED: Final = frozenset({Class.REFUNDED, Class.MATCHED})
"""Nobody owes anybody anything."""

SENTENCES: Final[Mapping[Class, str]] = {
    Class.LEDGER_ONLY: "credited, and no payment is known",
    Class.STRIPE_ONLY: "paid, and nothing was credited",
    Class.CURRENCY_MISMATCH: "one side is in another currency",
    Class.DUPLICATE_LEDGER: "paid once, credited more than once",
    Class.DUPLICATE_PAYMENT: "paid again for what was credited already",
    Class.AMOUNT_MISMATCH: "credited for another amount than was due",
    Class.CREDIT_MISMATCH: "the amount is right, the credits are not",
    Class.UNLINKED: "a charge without a payment intent, and no other key leads to a purchase",
    Class.PENDING: "the other side may still come: younger than the grace",
    Class.REFUNDED: "paid, never credited, and all of it given back",
    Class.MATCHED: "one payment, one purchase, the same cents, the right credits",
}

MENDS: Final[Mapping[Class, str]] = {
    Class.LEDGER_ONLY: "look for the payment at Stripe; without one, take the credits back in the ledger",
    Class.STRIPE_ONLY: "credit the buyer in the ledger, or give all of the money back at Stripe",
    Class.CURRENCY_MISMATCH: "see which side is in the wrong currency, and set it right there",
    Class.DUPLICATE_LEDGER: "take the credits of all rows but one back in the ledger",
    Class.DUPLICATE_PAYMENT: "give the money of all charges but one back at Stripe",
    Class.AMOUNT_MISMATCH: "set the amount right in the ledger",
    Class.CREDIT_MISMATCH: "give or take the difference in credits in the ledger",
    Class.UNLINKED: "see at Stripe who paid, then credit the buyer or give the money back",
    Class.PENDING: "wait until the grace is over",
    Class.REFUNDED: "nothing",
    Class.MATCHED: "nothing",
}
"""What somebody does about it; golive itself only reads."""
