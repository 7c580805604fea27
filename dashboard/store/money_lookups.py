"""Reads of money by names that are known: objects by their ids, and what the ledger took back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session

from collectors.money import STRIPE_KINDS, StripeObject
from dashboard.launch.money.reversals import TakenBack
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


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
