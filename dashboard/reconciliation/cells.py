"""One cell of a file to one value: each reader takes the text, or raises `ValueError` with what was expected.
What may be personal is not kept: an id is an id, or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from collectors.money import token
from dashboard.reconciliation.amounts import whole

_STRIPE_ID = re.compile(r"[A-Za-z0-9_]{1,80}")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_\-:.]{1,80}")
_CURRENCY = re.compile(r"[a-z]{3}")
_TRUTH: Final[Mapping[str, bool]] = {"true": True, "false": False, "": False}

PAID: Final = frozenset({"paid", "succeeded", "refunded", "partial refund", "partially refunded", "disputed"})
"""Words of the Payments export for a payment that took money, whatever became of it later."""

UNPAID: Final = frozenset({
    "failed", "pending", "canceled", "cancelled", "incomplete", "uncaptured", "blocked", "expired",
    "requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing",
})  # fmt: skip


def stripe_id(text: str) -> str:
    """An id of Stripe."""
    if not _STRIPE_ID.fullmatch(text):
        raise ValueError("an id of letters, digits and _")
    return text


def optional_id(text: str) -> str | None:
    """An id of Stripe, or nothing."""
    return stripe_id(text) if text else None


def entry_id(text: str) -> str:
    """The ledger's id of a row. A spreadsheet makes 1.23E+15 of a long number, and that is refused."""
    if not _ENTRY_ID.fullmatch(text):
        raise ValueError("an id of letters, digits and _ - : .")
    return text


def correlation(text: str) -> str | None:
    """A correlation id; what may be a person's is not kept."""
    return token(text)


def currency(text: str) -> str:
    """A currency by its three letters."""
    lower = text.lower()
    if not _CURRENCY.fullmatch(lower):
        raise ValueError("a currency of three letters")
    return lower


def truth(text: str) -> bool:
    """True or false; a blank is false, as Stripe leaves it for a try that failed."""
    try:
        return _TRUTH[text.lower()]
    except KeyError:
        raise ValueError("true or false") from None


def mode(text: str) -> bool:
    """Whether a payment is live."""
    if text.lower() not in {"live", "test"}:
        raise ValueError("Live or Test")
    return text.lower() == "live"


def status(text: str) -> str:
    """A status of the Payments export, in the API's word where money was taken. An unknown one is refused."""
    lower = text.lower()
    if lower not in PAID | UNPAID:
        raise ValueError("a status of Stripe's, such as Paid, Refunded or Failed")
    return "succeeded" if lower in PAID else lower


def utc(text: str) -> int:
    """A time in UTC without saying so, as a header with "(UTC)" has it."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time such as 2026-11-24 10:00:00") from None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())


def instant(text: str) -> int:
    """Whole seconds since 1970, or ISO 8601 with its offset."""
    if text.isdigit():
        return whole(text)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        told = None
    if told is None or told.tzinfo is None:
        raise ValueError("seconds since 1970, or a time with its offset such as 2026-11-24T10:00:00Z")
    return int(told.timestamp())
