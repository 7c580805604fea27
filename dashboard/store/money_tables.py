"""The tables of money: environment-wide, as an account and a ledger outlive the runs that look at them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from dashboard.store.tables import Base, Instant


class MoneyObjectRow(Base, table=True):
    """One object of Stripe as it was read last. Columns are an index only; `content` is the object.

    `about` is what an event tells of, and what a balance transaction moves. `seen_at` is when it was read so
    for the first time, or last while it may still change (`is_open`). `gone_at`: no longer listed.
    """

    __tablename__ = "golive_money_object"
    __table_args__ = (
        Index("golive_money_object_by_time", "kind", "created", "id"),
        Index("golive_money_object_by_payment", "payment_intent", "kind"),
        Index("golive_money_object_by_charge", "charge", "kind"),
        Index("golive_money_object_by_about", "about", "kind"),
        Index(
            "golive_money_object_open",
            "seen_at",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index("golive_money_object_by_seen", "kind", "seen_at"),
        Index(
            "golive_money_object_gone",
            "kind",
            "gone_at",
            sqlite_where=text("gone_at IS NOT NULL"),
            postgresql_where=text("gone_at IS NOT NULL"),
        ),
    )

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    created: int = Field(sa_type=BigInteger)
    livemode: bool | None
    status: str | None
    amount: int | None = Field(sa_type=BigInteger)
    amount_captured: int | None = Field(sa_type=BigInteger)
    amount_refunded: int | None = Field(sa_type=BigInteger)
    fee: int | None = Field(sa_type=BigInteger)
    net: int | None = Field(sa_type=BigInteger)
    currency: str | None
    payment_intent: str | None
    charge: str | None
    balance_transaction: str | None
    about: str | None
    is_open: bool
    content: str = Field(sa_type=Text)
    first_seen_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    gone_at: datetime | None = Field(default=None, sa_type=Instant)


class LedgerEntryRow(Base, table=True):
    """One row of the credits ledger as it was read last."""

    __tablename__ = "golive_ledger_entry"
    __table_args__ = (
        Index("golive_ledger_entry_by_time", "created", "id"),
        Index("golive_ledger_entry_by_payment", "payment_intent"),
        Index("golive_ledger_entry_by_correlation", "correlation_id"),
        Index("golive_ledger_entry_by_seen", "seen_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    credits: int = Field(sa_type=BigInteger)
    cents: int | None = Field(sa_type=BigInteger)
    currency: str | None
    payment_intent: str | None
    correlation_id: str | None
    user: str | None
    created: datetime = Field(sa_type=Instant)
    first_seen_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)


class DenialRow(Base, table=True):
    """That the ledger turned a user away."""

    __tablename__ = "golive_ledger_denial"
    __table_args__ = (Index("golive_ledger_denial_by_time", "created", "id"),)

    id: str = Field(primary_key=True)
    user: str | None
    created: datetime = Field(sa_type=Instant)
    first_seen_at: datetime = Field(sa_type=Instant)


class MoneyReceiptRow(Base, table=True):
    """One delivery in the receiver's log; `event` is empty where the receiver could not tell."""

    __tablename__ = "golive_money_receipt"
    __table_args__ = (Index("golive_money_receipt_by_time", "received_at"),)

    event: str = Field(primary_key=True)
    received_at: datetime = Field(primary_key=True, sa_type=Instant)
    result: str = Field(primary_key=True)
    first_seen_at: datetime = Field(sa_type=Instant)


class NotificationRow(Base, table=True):
    """One delivery in the log of the service that notifies, as it was read last."""

    __tablename__ = "golive_notification"
    __table_args__ = (Index("golive_notification_by_time", "received_at", "id"),)

    id: str = Field(primary_key=True)
    received_at: datetime = Field(sa_type=Instant)
    result: str
    payment_intent: str | None
    correlation_id: str | None
    first_seen_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)


class UndeliveredRow(Base, table=True):
    """An event that was seen undelivered; `left_at` is when it no longer was."""

    __tablename__ = "golive_money_undelivered"

    event: str = Field(primary_key=True)
    created: int = Field(sa_type=BigInteger)
    first_seen_at: datetime = Field(sa_type=Instant)
    left_at: datetime | None = Field(default=None, sa_type=Instant)


class MoneyCursorRow(Base, table=True):
    """How far a list has been read; written in one transaction with what was read."""

    __tablename__ = "golive_money_cursor"

    list: str = Field(primary_key=True)
    since: int = Field(sa_type=BigInteger)
    complete_from: int = Field(sa_type=BigInteger)
    high_water: int = Field(sa_type=BigInteger)
    swept_at: int = Field(sa_type=BigInteger)


class MoneyReadRow(Base, table=True):
    """How the reading of a list stands: one row a list. `as_of` and `request_id` are of the last good one."""

    __tablename__ = "golive_money_read"

    list: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    ok: bool
    caught_up: bool
    as_of: datetime | None = Field(default=None, sa_type=Instant)
    request_id: str | None
    reason: str | None
    detail: str | None = Field(sa_type=Text)
    failing_since: datetime | None = Field(default=None, sa_type=Instant)


class MoneyMonthRow(Base, table=True):
    """How many requests were sent to Stripe in a month (UTC, "2026-11")."""

    __tablename__ = "golive_money_month"

    month: str = Field(primary_key=True)
    requests: int = Field(sa_type=BigInteger)
