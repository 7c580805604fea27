"""What the store tells of money: one purchase with all that belongs to it, and how each list was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.money import (
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Dispute,
    LedgerEntry,
    MoneyEvent,
    PaymentIntent,
    Refund,
    WebhookReceipt,
)
from collectors.money_window import MoneyList


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredEvent:
    """An event that was seen undelivered, and when it was seen to be so no longer."""

    event: str
    created: int
    first_seen_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPurchase:
    """Everything that belongs to one payment intent, each part oldest first; `first_seen` by the id of an
    object or of a row of the ledger. `payment_intent` is None of a checkout that nobody has paid.
    """

    payment_intent: str | None
    intent: PaymentIntent | None
    sessions: tuple[CheckoutSession, ...]
    charges: tuple[Charge, ...]
    events: tuple[MoneyEvent, ...]
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
    balance_transactions: tuple[BalanceTransaction, ...]
    entries: tuple[LedgerEntry, ...]
    receipts: tuple[WebhookReceipt, ...]
    undelivered: tuple[UndeliveredEvent, ...]
    first_seen: dict[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedUser:
    """One user of the ledger and how often it was turned away; `user` is None where that is not known.
    `is_paying`: it has a row of a purchase.
    """

    user: str | None
    denials: int
    is_paying: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRead:
    """How the reading of a list stands. `as_of` and `request_id` are of the last answer that was good, by the
    source's clock; while it fails `reason` and `detail` say why.
    """

    list: MoneyList
    at: datetime
    ok: bool
    caught_up: bool
    as_of: datetime | None
    request_id: str | None
    reason: str | None
    detail: str | None
    failing_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRead:
    """A step that could not be made, and why."""

    list: MoneyList
    at: datetime
    reason: str
    detail: str
