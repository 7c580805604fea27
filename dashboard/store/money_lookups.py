"""Reads of money by names that are known, Stripe's and the shop's, and what the ledger took back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session

from collectors.money import STRIPE_KINDS, CheckoutSession, PaymentIntent, StripeObject
from dashboard.launch.money.reversals import TakenBack
from dashboard.store.money_reading import decoded
from dashboard.store.money_tables import LedgerEntryRow, MoneyObjectRow

_AT_ONCE = 1_000
"""How many names one query may have: SQLite takes no more than so many thousand."""

_NAMES = {kind: name for name, kind in STRIPE_KINDS.items()}

T = TypeVar("T", bound=StripeObject)


def of_ids(session: Session, kind: type[T], ids: Sequence[str]) -> dict[str, T]:
    """The objects of a kind that have these ids, by id; what is not known is not in it."""
    row: Any = MoneyObjectRow
    decode = msgspec.json.Decoder(kind).decode
    query = columns(row.id, row.content).where(row.kind == _NAMES[kind])
    return {
        found.id: decode(found.content)
        for some in _some(ids)
        for found in session.execute(query.where(row.id.in_(some)))
    }


def correlated(session: Session, correlation_id: str) -> tuple[str, ...]:
    """The ids of the payments that carry this correlation id, or whose checkout does, and of checkouts
    without a payment: what is paid first, then the oldest first. At last those of rows of the ledger that
    carry it.
    """
    row: Any = MoneyObjectRow
    entry: Any = LedgerEntryRow
    kinds = [_NAMES[PaymentIntent], _NAMES[CheckoutSession]]
    # What is kept of it is a token, which JSON writes as it is. LIKE tells no capitals: the object decides.
    carries = row.content.contains(msgspec.json.encode(correlation_id).decode(), autoescape=True)
    query = columns(row.kind, row.content).where(row.kind.in_(kinds), carries)
    found: list[Any] = [decoded(kind, content) for kind, content in session.execute(query)]
    names = [
        (isinstance(each, CheckoutSession) and each.payment_intent) or each.id
        for each in sorted(found, key=lambda each: (not _is_paid(each), each.created, each.id))
        if each.metadata is not None and each.metadata.correlation_id == correlation_id
    ]
    rows = columns(entry.payment_intent).where(
        entry.correlation_id == correlation_id, entry.payment_intent.is_not(None)
    )
    names += session.scalars(rows.order_by(entry.created, entry.id))
    return tuple(dict.fromkeys(names))


def taken_back(session: Session, *, correlation_ids: Sequence[str]) -> TakenBack:
    """How many credits were taken back: by payment intent, and by these of the rows that name none."""
    row: Any = LedgerEntryRow
    taken = func.sum(-row.credits)
    intent, correlation = row.payment_intent, row.correlation_id
    by_intent = columns(intent, taken).where(row.credits < 0, intent.is_not(None)).group_by(intent)
    by_correlation = columns(correlation, taken).where(row.credits < 0, intent.is_(None))
    some = by_correlation.group_by(correlation)
    return TakenBack(
        by_intent={key: int(credits) for key, credits in session.execute(by_intent)},
        by_correlation={
            key: int(credits)
            for ids in _some(correlation_ids)
            for key, credits in session.execute(some.where(correlation.in_(ids)))
        },
    )


def _is_paid(each: PaymentIntent | CheckoutSession) -> bool:
    if isinstance(each, PaymentIntent):
        return each.status == "succeeded"
    return each.payment_status == "paid"


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
