"""The part of the store that is about money: each method is one transaction, like those of `Store`.

Rows and the cursor that says they were read are written together or not at all, and under the lease.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from collectors.money import (
    CheckoutSession,
    LedgerEntry,
    NotificationDelivery,
    PaymentIntent,
    StripeObject,
    WebhookReceipt,
)
from collectors.money_window import Cursor, MoneyList, Window
from dashboard.launch.money.reversals import Balances, TakenBack
from dashboard.store import leases, money_lookups, money_reading, money_writing
from dashboard.store.database import Database
from dashboard.store.money_values import DeniedUser, FailedRead, MoneyRead, StoredPurchase, UndeliveredEvent
from dashboard.store.values import Lease

EVER = 2**40

T = TypeVar("T", bound=StripeObject)


class MoneyStore:
    """What is known of the money of this environment. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------ writing, under the lease

    def record(self, *outcomes: Window | FailedRead, lease: Lease, requests: int = 0) -> None:
        """Record what steps read and where the next ones start, or why they could not read: all or nothing.

        `requests` were sent to Stripe since the last record.
        """
        with self._database.writing() as session:
            leases.require(session, lease)
            for outcome in outcomes:
                money_writing.record(session, outcome)
            money_writing.count_requests(session, _at(outcomes[-1]), requests)

    # ------------------------------------------------------------ how far, and how well

    def cursors(self) -> dict[MoneyList, Cursor]:
        """How far each list has been read; a list that never was is not in it."""
        with self._database.reading() as session:
            return money_reading.cursors(session)

    def reads(self) -> dict[MoneyList, MoneyRead]:
        """How the reading of each list stands; a list that was never asked is not in it."""
        with self._database.reading() as session:
            return money_reading.reads(session)

    def month_requests(self, month: str) -> int:
        """How many requests were sent to Stripe in a month ("2026-11", UTC)."""
        with self._database.reading() as session:
            return money_reading.month_requests(session, month)

    def due_again(self, *, now: datetime, limit: int) -> dict[MoneyList, tuple[str, ...]]:
        """The ids of what may still change and was not read for a while, by list; the longest ago first."""
        with self._database.reading() as session:
            return money_reading.due_again(session, now=now, limit=limit)

    # ------------------------------------------------------------ reading

    def purchase(self, payment_intent: str) -> StoredPurchase:
        """Everything that belongs to one payment intent; empty where nothing does."""
        with self._database.reading() as session:
            return money_reading.purchase(session, payment_intent)

    def checkout(self, checkout_session: str) -> StoredPurchase:
        """Everything that belongs to one checkout, and to its payment once it has one; empty where nothing
        does.
        """
        with self._database.reading() as session:
            return money_reading.checkout(session, checkout_session)

    def correlated(self, correlation_id: str) -> tuple[str, ...]:
        """The ids of the payments that go by this correlation id, and of the checkouts that do and have no
        payment: what is paid first, then the oldest first.
        """
        with self._database.reading() as session:
            return money_lookups.correlated(session, correlation_id)

    def newest_purchases(self, *, limit: int) -> tuple[PaymentIntent, ...]:
        """The payments that were begun last, newest first."""
        with self._database.reading() as session:
            return money_reading.newest(session, PaymentIntent, limit=limit)

    def newest_sessions(self, *, limit: int) -> tuple[CheckoutSession, ...]:
        """The checkouts that were opened last, newest first."""
        with self._database.reading() as session:
            return money_reading.newest(session, CheckoutSession, limit=limit)

    def each(self, kind: type[T], *, since: int = 0, until: int = EVER) -> Iterator[T]:
        """Every object of a kind created in [since, until) that Stripe still has, oldest first.

        All are as they were when the first one is taken.
        """
        with self._database.reading() as session:
            yield from money_reading.each(session, kind, since=since, until=until)

    def columns(self, kind: type[StripeObject], names: Sequence[str]) -> Iterator[Any]:
        """These columns of every object of a kind, oldest first (`MoneyObjectRow` has their names)."""
        with self._database.reading() as session:
            yield from money_reading.object_columns(session, kind, names)

    def entries(self, *, since: datetime, until: datetime) -> Iterator[LedgerEntry]:
        """Every row of the ledger created in [since, until), oldest first."""
        with self._database.reading() as session:
            yield from money_reading.entries(session, since=since, until=until)

    def newest_entry(
        self, kind: str, *, since: datetime, correlation_prefix: str | None = None, user: str | None = None
    ) -> tuple[LedgerEntry | None, int]:
        """The newest row of a kind since a moment, of those with that prefix and that user; how many are."""
        with self._database.reading() as session:
            return money_reading.newest_entry(
                session, kind, since=since, correlation_prefix=correlation_prefix, user=user
            )

    def balances(self, *, settled: datetime) -> Balances:
        """The sums of all rows, of each user; below zero is who is so now and was at `settled`."""
        with self._database.reading() as session:
            return money_reading.balances(session, settled=settled)

    def of_ids(self, kind: type[T], ids: Sequence[str]) -> dict[str, T]:
        """The objects of a kind that have these ids, by id; what is not known is not in it."""
        with self._database.reading() as session:
            return money_lookups.of_ids(session, kind, ids)

    def taken_back(self, *, correlation_ids: Sequence[str] = ()) -> TakenBack:
        """How many credits the ledger took back, by payment intent and, of rows without, by these."""
        with self._database.reading() as session:
            return money_lookups.taken_back(session, correlation_ids=correlation_ids)

    def seen(self, kind: type[T], *, since: datetime | None) -> Iterator[tuple[datetime, T]]:
        """Every object of a kind that was read so from then on and that Stripe still has, with when; all
        where no moment is named. What was not committed yet at a look may be of before it.
        """
        with self._database.reading() as session:
            yield from money_reading.seen_objects(session, kind, since=since)

    def gone(self, kind: type[StripeObject], *, since: datetime) -> tuple[str, ...]:
        """The ids of a kind that Stripe was seen to list no more from then on."""
        with self._database.reading() as session:
            return money_reading.gone_objects(session, kind, since=since)

    def seen_entries(self, *, since: datetime | None) -> Iterator[tuple[datetime, LedgerEntry]]:
        """Every row of the ledger that was read so from then on, with when; all where no moment is named."""
        with self._database.reading() as session:
            yield from money_reading.seen_entries(session, since=since)

    def receipts(self) -> Iterator[WebhookReceipt]:
        """Every receipt, oldest first."""
        with self._database.reading() as session:
            yield from money_reading.receipts(session)

    def notifications(self, *, since: datetime) -> Iterator[NotificationDelivery]:
        """Every delivery of the notifying service since a moment, oldest first."""
        with self._database.reading() as session:
            yield from money_reading.notifications(session, since=since)

    def denied_users(self, *, since: datetime, purchase_kind: str) -> tuple[DeniedUser, ...]:
        """Who was turned away since a moment, the most often first; who ever bought is paying."""
        with self._database.reading() as session:
            return money_reading.denied_users(session, since=since, purchase_kind=purchase_kind)

    def undelivered(self) -> tuple[UndeliveredEvent, ...]:
        """Every event that was ever seen undelivered, oldest first."""
        with self._database.reading() as session:
            return money_reading.undelivered(session)


def _at(outcome: Window | FailedRead) -> datetime:
    return outcome.observed_at if isinstance(outcome, Window) else outcome.at
