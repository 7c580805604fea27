"""Tells a technical identifier from what may be a person's; what may be a person's is not kept."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_TOKEN = re.compile(r"[A-Za-z0-9_\-:.]{1,80}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_EVENT = re.compile(r"evt_[A-Za-z0-9_]{1,80}")
_PAYMENT = re.compile(r"(?:pi|ch|py)_[A-Za-z0-9_]{1,80}")
_PHONE = re.compile(r"\d{7,}")


def token(value: Any) -> str | None:
    """A technical identifier, or None where the text may be a person's: an address, a phone, a sentence."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        return None
    if _UUID.fullmatch(value):  # a phone's pattern would drop one UUID in seven
        return value
    return None if _PHONE.search(value) else value


def is_event_id(text: str) -> bool:
    """Whether it is the id of an event at Stripe, which may have any number of digits."""
    return _EVENT.fullmatch(text) is not None


def is_payment_id(text: str) -> bool:
    """Whether it is the id of a payment intent or a charge at Stripe, which may have any number of digits."""
    return _PAYMENT.fullmatch(text) is not None


def keep_tokens(kept: msgspec.Struct, *names: str) -> None:
    """Let go of each of these texts that may be a person's; the rest of the struct is kept."""
    for name in names:
        value = getattr(kept, name)
        if value is not None and token(value) is None:
            msgspec.structs.force_setattr(kept, name, None)
