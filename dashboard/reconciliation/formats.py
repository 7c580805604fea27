"""The exports that are recognised, by their headers: our own columns, Stripe's Payments and its itemised
balance change, a ledger's. A format turns one row into one of ours, or into none where the row is not money.

Stripe's exports are in major units. The Payments export tells the amount, not what was captured of it: where
payments are captured in part, use our own columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.reconciliation import cells
from dashboard.reconciliation.amounts import minor, whole
from dashboard.reconciliation.tables import PAYMENTS, PURCHASES, Types, required

Row = dict[str, Any]
Cell = Callable[..., Any]
"""`cell(name, reader)` is what the reader makes of a column; it raises with the place where it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """An export: what it is called, the columns that tell it, and how a row of it is read."""

    name: str
    columns: Sequence[str]
    read: Callable[[Cell], Row | None]
    currency: str = "currency"


def _own_payment(cell: Cell) -> Row:
    return {
        "charge": cell("charge", cells.stripe_id),
        "payment_intent": cell("payment_intent", cells.optional_id),
        "session": cell("session", cells.optional_id),
        "correlation_id": cell("correlation_id", cells.correlation),
        "created": cell("created", whole),
        "captured_cents": cell("captured_cents", whole),
        "due_cents": cell("due_cents", whole),
        "refunded_cents": cell("refunded_cents", whole),
        "currency": cell("currency", cells.currency),
        "livemode": cell("livemode", cells.truth),
        "status": cell("status", cells.stripe_id),
        "captured": cell("captured", cells.truth),
    }


def _payments_export(cell: Cell) -> Row:
    money = cell("Currency", cells.currency)
    amount = cell("Amount", lambda text: minor(text, money))
    return {
        "charge": cell("id", cells.stripe_id),
        "payment_intent": cell("PaymentIntent ID", cells.optional_id),
        "session": cell("Checkout Session ID", cells.optional_id),
        "correlation_id": cell("correlation_id (metadata)", cells.correlation),
        "created": cell("Created date (UTC)", cells.utc),
        "captured_cents": amount,
        "due_cents": amount - cell("Taxes On Amount", lambda text: minor(text or "0", money)),
        "refunded_cents": cell("Amount Refunded", lambda text: minor(text or "0", money)),
        "currency": money,
        "livemode": cell("Mode", cells.mode),
        "status": cell("Status", cells.status),
        "captured": cell("Captured", cells.truth),
    }


def _balance_export(cell: Cell) -> Row | None:
    """Charges only: refunds, disputes, fees and payouts are other movements, so that nothing is known to be
    given back. The report is of live money.
    """
    if cell("reporting_category", str) != "charge":
        return None
    money = cell("currency", cells.currency)
    gross = cell("gross", lambda text: minor(text, money))
    return {
        "charge": cell("charge_id", cells.stripe_id),
        "payment_intent": cell("payment_intent_id", cells.optional_id),
        "session": None,
        "correlation_id": cell("payment_metadata[correlation_id]", cells.correlation),
        "created": cell("created_utc", cells.utc),
        "captured_cents": gross,
        "due_cents": gross,
        "refunded_cents": 0,
        "currency": money,
        "livemode": True,
        "status": "succeeded",
        "captured": True,
    }


def _own_purchase(cell: Cell) -> Row:
    return {
        "entry": cell("entry", cells.entry_id),
        "payment_intent": cell("payment_intent", cells.optional_id),
        "session": cell("session", cells.optional_id),
        "correlation_id": cell("correlation_id", cells.correlation),
        "created": cell("created", whole),
        "cents": cell("cents", whole),
        "credits": cell("credits", whole),
        "currency": cell("currency", cells.currency),
    }


def _ledger_export(cell: Cell) -> Row | None:
    """Purchases only: a debit or a correction is no purchase."""
    if cell("kind", str) != "purchase":
        return None
    return {
        "entry": cell("id", cells.entry_id),
        "payment_intent": cell("payment_intent", cells.optional_id),
        "session": cell("session", cells.optional_id),
        "correlation_id": cell("correlation_id", cells.correlation),
        "created": cell("created_at", cells.instant),
        "cents": cell("usd_cents", whole),
        "credits": cell("credits", whole),
        "currency": cell("currency", cells.currency),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two sides: its word, its table and the exports that tell it."""

    word: str
    types: Types
    key: str
    formats: Sequence[Format]

    @property
    def own(self) -> Format:
        """Our own columns."""
        return self.formats[0]


STRIPE = Side(
    word="Stripe",
    types=PAYMENTS,
    key="charge",
    formats=(
        Format(name="payments", columns=required(PAYMENTS), read=_own_payment),
        Format(
            name="Stripe's Payments export",
            columns=("id", "Created date (UTC)", "Amount", "Currency", "Captured", "Status", "Mode"),
            read=_payments_export,
            currency="Currency",
        ),
        Format(
            name="Stripe's itemised balance change from activity",
            columns=(
                "created_utc",
                "currency",
                "gross",
                "reporting_category",
                "charge_id",
                "payment_intent_id",
            ),
            read=_balance_export,
        ),
    ),
)

LEDGER = Side(
    word="ledger",
    types=PURCHASES,
    key="entry",
    formats=(
        Format(name="purchases", columns=required(PURCHASES), read=_own_purchase),
        Format(
            name="a ledger's export",
            columns=("id", "kind", "credits", "usd_cents", "currency", "payment_intent", "created_at"),
            read=_ledger_export,
        ),
    ),
)


def recognised(side: Side, header: Sequence[str]) -> Format | None:
    """The format whose columns are all there."""
    return next((one for one in side.formats if set(one.columns) <= set(header)), None)


def nearest(side: Side, header: Sequence[str]) -> tuple[Format, Mapping[str, None]]:
    """The format that misses the fewest columns, and which."""
    missing = {
        one.name: dict.fromkeys(name for name in one.columns if name not in header) for one in side.formats
    }
    best = min(side.formats, key=lambda one: len(missing[one.name]) / len(one.columns))
    return best, missing[best.name]
