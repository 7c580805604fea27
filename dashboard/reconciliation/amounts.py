"""Major units to minor units, exactly: "9.99" is 999 cents. No float is made on the way, nothing rounded."""

from __future__ import annotations

import re
from typing import Final

ZERO_DECIMAL: Final = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

_MAJOR = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,9}))?")
_WHOLE = re.compile(r"-?[0-9]{1,16}")


def minor(text: str, currency: str) -> int:
    """The amount in minor units of its currency. Raises `ValueError`, with what was expected, for what is not
    exactly one.
    """
    found = _MAJOR.fullmatch(text)
    if found is None:
        raise ValueError('an amount in major units such as "9.99", with a point and no other separator')
    sign, units, decimals = found[1], found[2], found[3] or ""
    places = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    if decimals[places:].strip("0"):
        raise ValueError(f"at most {places} decimals for {currency}")
    amount = int(units + decimals[:places].ljust(places, "0"))
    return -amount if sign else amount


def whole(text: str) -> int:
    """An integer that is written as one. Raises `ValueError` for a float, an exponent, a separator."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("a whole number")
    return int(text)
