"""What a traced purchase stands on, for whoever wants to see it: each object as it is kept, with its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from collectors.money import LedgerEntry, StripeObject
from dashboard.launch.money.panel import Kept
from dashboard.store.money_values import StoredPurchase

STRIPE = "Stripe"
ROW = "ledger row"


def kept_of(stored: StoredPurchase, *, ledger: str) -> tuple[Kept, ...]:
    """Every object of the purchase, in the order they were seen; `ledger` is the service of a row."""
    return tuple(sorted(_each(stored, ledger), key=lambda each: (each.first_seen_at, each.id)))


def _each(stored: StoredPurchase, ledger: str) -> Iterator[Kept]:
    objects: tuple[StripeObject, ...] = (
        *stored.sessions,
        *(() if stored.intent is None else (stored.intent,)),
        *stored.charges,
        *stored.events,
        *stored.balance_transactions,
        *stored.refunds,
        *stored.disputes,
    )
    for each in objects:
        what = str(getattr(each, "object", "")).replace("_", " ").replace(".", " ")
        yield _kept(each, stored, what=what, source=STRIPE)
    for entry in stored.entries:
        yield _kept(entry, stored, what=ROW, source=ledger)


def _kept(told: StripeObject | LedgerEntry, stored: StoredPurchase, *, what: str, source: str) -> Kept:
    content = msgspec.json.encode(told, order="sorted")  # without a float, this is RFC 8785
    return Kept(
        id=told.id,
        what=what,
        source=source,
        first_seen_at=stored.first_seen[told.id],
        content=content.decode(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
