"""What one step of reading money brings home: a window of one list, whole, and where the next one starts.

Values and plain rules only; nothing here asks, waits or keeps. A step that could not ask has no window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from collectors.money import (
    Charge,
    CheckoutSession,
    Denial,
    Dispute,
    LedgerEntry,
    NotificationDelivery,
    PaymentIntent,
    Refund,
    StripeObject,
    WebhookReceipt,
)

OVERLAP_S = 300
"""An object may become listable so long after its `created`."""

SWEEP_S = 7_200
SWEEP_EVERY_S = 3_600
"""Every hour two hours are read anew, for what came later still."""

EVENTS_KEPT_S = 30 * 86_400 - 60


class MoneyList(StrEnum):
    """What is read of money: Stripe's lists, the ledger, its denials, the receiver's log, and the
    log of who was notified.
    """

    CHARGES = "charges"
    PAYMENT_INTENTS = "payment_intents"
    CHECKOUT_SESSIONS = "checkout_sessions"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    BALANCE_TRANSACTIONS = "balance_transactions"
    EVENTS = "events"
    WEBHOOK_ENDPOINTS = "webhook_endpoints"
    LEDGER = "ledger"
    RECEIPTS = "receipts"
    DENIALS = "denials"
    NOTIFICATIONS = "notifications"


KIND_OF: Mapping[MoneyList, str] = {
    MoneyList.CHARGES: "charge",
    MoneyList.PAYMENT_INTENTS: "payment_intent",
    MoneyList.CHECKOUT_SESSIONS: "checkout.session",
    MoneyList.REFUNDS: "refund",
    MoneyList.DISPUTES: "dispute",
    MoneyList.BALANCE_TRANSACTIONS: "balance_transaction",
    MoneyList.EVENTS: "event",
    MoneyList.WEBHOOK_ENDPOINTS: "webhook_endpoint",
}
"""What Stripe calls the objects of each of its lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a list has been read, in seconds since 1970 by the clock of whoever serves it.

    Read is whatever was created from `complete_from` (later than `since` where the source has forgotten) to
    `high_water`. `swept_at` is when the last two hours were read anew.
    """

    list: MoneyList
    since: int
    complete_from: int
    high_water: int
    swept_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The creations that one step asks for, `gte` <= created < `lt`; `last` if it ends now."""

    gte: int
    lt: int
    last: bool
    sweeps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """An event that Stripe has not delivered, or not yet."""

    id: str
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One step's whole answer. `as_of` is the source's time of its first page, `observed_at` our time of it.

    `undelivered` is the whole set, None where it was not asked; `missing` are objects that were asked by id
    and are not there; `is_whole` if the list holds nothing but what is here; `caught_up` if the next step can
    wait.
    """

    list: MoneyList
    cursor: Cursor
    as_of: datetime
    observed_at: datetime
    objects: tuple[StripeObject, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    receipts: tuple[WebhookReceipt, ...] = ()
    denials: tuple[Denial, ...] = ()
    notifications: tuple[NotificationDelivery, ...] = ()
    undelivered: tuple[Undelivered, ...] | None = None
    missing: tuple[str, ...] = ()
    is_whole: bool = False
    caught_up: bool = True
    requests: int = 0
    request_ids: tuple[str, ...] = ()


def begun(cursor: Cursor | None, list_: MoneyList, since: int) -> Cursor:
    """The cursor to go on from: anew where there is none, or where more of the past is wanted than before."""
    if cursor is None or since < cursor.since:
        return Cursor(list=list_, since=since, complete_from=since, high_water=since)
    return cursor


def reachable(cursor: Cursor, now: int) -> Cursor:
    """The cursor less what the source has forgotten by now."""
    oldest = now - EVENTS_KEPT_S
    if cursor.list is not MoneyList.EVENTS or cursor.high_water >= oldest:
        return cursor
    return replace(cursor, complete_from=oldest, high_water=oldest)


def span_of(cursor: Cursor, now: int, *, width: int) -> Span:
    """What to ask for next: up to now, or where much is missing a stretch of `width` that is long over."""
    end = now + 1
    if cursor.high_water + width < end - SWEEP_S:
        start = cursor.high_water - OVERLAP_S
        return Span(gte=max(cursor.since, start), lt=cursor.high_water + width, last=False, sweeps=False)
    sweeps = now - cursor.swept_at >= SWEEP_EVERY_S
    start = cursor.high_water - (SWEEP_S if sweeps else OVERLAP_S)
    return Span(gte=max(cursor.since, start), lt=end, last=True, sweeps=sweeps)


def advanced(cursor: Cursor, span: Span, *, newest: int | None, now: int) -> Cursor:
    """The cursor after everything of the span was read.

    Near to now it goes no further than to what was seen: what is not listable yet may be older than now.
    """
    high_water = max(cursor.high_water, newest or 0) if span.last else span.lt
    swept_at = now if span.sweeps else cursor.swept_at
    return replace(cursor, high_water=high_water, swept_at=swept_at)


_SETTLED: Mapping[type[StripeObject], frozenset[str]] = {
    PaymentIntent: frozenset({"succeeded", "canceled"}),
    Refund: frozenset({"succeeded", "failed", "canceled"}),
    Dispute: frozenset({"won", "lost", "warning_closed", "prevented"}),
    CheckoutSession: frozenset({"complete", "expired"}),
}


def is_open(found: StripeObject) -> bool:
    """Whether it may still change without being listed anew; a status that is not known may."""
    if isinstance(found, Charge):
        awaits_fee = found.status == "succeeded" and found.balance_transaction is None
        return found.status == "pending" or awaits_fee
    settled = _SETTLED.get(type(found))
    return settled is not None and getattr(found, "status", None) not in settled
