"""A secret while it is on its way to the one header it belongs in; it must not show itself anywhere else."""

from __future__ import annotations

import hashlib
import hmac
from typing import NoReturn

FINGERPRINT_LENGTH = 12


class Masked:
    """Holds a secret. Printing, formatting and pickling never show it; `reveal` is the only way out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself: for a header or a key, never for a message, a fact or a log."""
        return self._value

    def fingerprint(self, key: bytes) -> str:
        """A keyed digest by which two places can be compared without showing what they hold."""
        return hmac.new(key, self._value.encode(), hashlib.sha256).hexdigest()[:FINGERPRINT_LENGTH]

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Masked):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("got a secret to pickle, expected none: pass it as an argument instead")
