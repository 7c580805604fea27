"""The gate before storage: finds secrets and personal data in a text, and never says what it found.

The allow-list at decoding comes first; this gate catches what should not have been in an allowed field. A
hit means that nothing is stored. Patterns and their false-positive rates were measured against hashes,
UUIDs, ULIDs, base64 and Stripe ids; names, addresses and phone numbers cannot be found by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

GATE_VERSION = "secrets/1"

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "Stripe key": re.compile(r"\b(?:sk|rk|pk)_(?:live|test|org)_\w{8,}"),
    "webhook signing secret": re.compile(r"\bwhsec_[\w+/=-]{16,}"),
    "client secret": re.compile(r"\b(?:pi|seti|cs|src)_\w+_secret_\w+"),
    "AWS key": re.compile(r"\bA[KS]IA[0-9A-Z]{16}\b"),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "bearer link": re.compile(
        r"\b(?:pay\.stripe\.com/receipts|checkout\.stripe\.com|invoice\.stripe\.com)/\S+"
    ),
    "URL with a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@"),
    "token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]|github_pat)_\w{30,}"),
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    "password": re.compile(
        r"\b(?:pass(?:word|wd)?|secret|token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?"
        r"(?!null\b|none\b|true\b|false\b)[^\s\"',{}]{4,}",
        re.IGNORECASE,
    ),
    "authorization header": re.compile(r"\bauthorization[\"']?\s*[:=]\s*[\"']?\w+\s+\S+", re.IGNORECASE),
}
_CARD = re.compile(r"(?<![\w.+/-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w+/-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}[0-9A-Z]{11,30}\b")


def find_secret(text: str) -> str | None:
    """The kind of the first secret or personal datum found in the text, or None. Never the thing itself."""
    for kind, pattern in _PATTERNS.items():
        if pattern.search(text):
            return kind
    if any(_is_card(match[0]) for match in _CARD.finditer(text)):
        return "card number"
    if any(_is_iban(match[0]) for match in _IBAN.finditer(text)):
        return "bank account number"
    return None


def _is_card(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


GATES: Mapping[str, Callable[[str], str | None]] = {"secrets/1": find_secret}
"""Every gate that ever let something be stored: a version stays as it was, or old evidence would turn red."""
