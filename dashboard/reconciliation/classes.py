"""The classes of a reconciliation, a sentence each. A class says what is so, not whose fault it is."""

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
    MATCHED = "matched"


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
    Class.MATCHED: "one payment, one purchase, the same cents, the right credits",
}
