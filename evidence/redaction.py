"""The gate before storage: finds secrets and personal data in a text, and never says what it found.

The allow-list at decoding comes first; this gate catches what should not have been in an allowed field. A
hit means that nothing is stored. Patterns and their false-positive rates were measured against hashes,
UUIDs, ULIDs, base64 and Stripe ids; names, addresses and phone numbers cannot be found by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

GATE_VERSION = "secrets/1"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What to look for; in a text without any of the `needles` it cannot be, and most texts have none."""

    regex: re.Pattern[str]
    needles: tuple[str, ...]
    is_loose: bool = False
    """Whether small letters and capitals are alike to it."""

    def is_in(self, text: str, lowered: str) -> bool:
        """Whether it is there."""
        looked_at = lowered if self.is_loose else text
        for needle in self.needles:
            if needle in looked_at:
                return self.regex.search(text) is not None
        # Beyond ASCII a letter has more than one form that is taken for it, so nothing is ruled out.
        return self.is_loose and not text.isascii() and self.regex.search(text) is not None


_WORDS = ("pass", "secret", "token", "api", "authorization")
_PATTERNS: Mapping[str, _Pattern] = {
    "Stripe key": _Pattern(
        re.compile(r"\b(?:sk|rk|pk)_(?:live|test|org)_\w{8,}"), ("_live_", "_test_", "_org_")
    ),
    "webhook signing secret": _Pattern(re.compile(r"\bwhsec_[\w+/=-]{16,}"), ("whsec_",)),
    "client secret": _Pattern(re.compile(r"\b(?:pi|seti|cs|src)_\w+_secret_\w+"), ("_secret_",)),
    "AWS key": _Pattern(re.compile(r"\bA[KS]IA[0-9A-Z]{16}\b"), ("AKIA", "ASIA")),
    "private key": _Pattern(re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), ("PRIVATE KEY-----",)),
    "bearer link": _Pattern(
        re.compile(r"\b(?:pay\.stripe\.com/receipts|checkout\.stripe\.com|invoice\.stripe\.com)/\S+"),
        ("stripe.com/",),
    ),
    "URL with a password": _Pattern(re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@"), ("@",)),
    "token": _Pattern(re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), ("eyJ",)),
    "GitHub token": _Pattern(
        re.compile(r"\b(?:gh[pousr]|github_pat)_\w{30,}"),
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ),
    "e-mail address": _Pattern(re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w"), ("@",)),
    "password": _Pattern(
        re.compile(
            r"\b(?:pass(?:word|wd)?|secret|token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?"
            r"(?!null\b|none\b|true\b|false\b)[^\s\"',{}]{4,}",
            re.IGNORECASE,
        ),
        _WORDS[:-1],
        is_loose=True,
    ),
    "authorization header": _Pattern(
        re.compile(r"\bauthorization[\"']?\s*[:=]\s*[\"']?\w+\s+\S+", re.IGNORECASE),
        _WORDS[-1:],
        is_loose=True,
    ),
}
_HINTS = (
    "@",
    "gh",
    "github",
    "sec",
    "eyj",
    "_live_",
    "_test_",
    "_org_",
    "stripe.com/",
    "private key",
    *_WORDS,
)
# What may stand before is looked at after the first character, not at each: the same, in a third of the time.
_CARD = re.compile(r"[2-6](?<![\w.+/-].)\d{3}(?:[ -]?\d){9,15}(?![\w+/-])")
_DIGITS = b"0" * 13
_AS_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z]\d{2}[0-9A-Z]{11,30}\b")


def find_secret(text: str) -> str | None:
    """The kind of the first secret or personal datum found in the text, or None. Never the thing itself."""
    lowered = text.lower()
    if not text.isascii() or _may_be_in(text, lowered):
        for kind, pattern in _PATTERNS.items():
            if pattern.is_in(text, lowered):
                return kind
    if _has_digits(text) and any(_is_card(match[0]) for match in _CARD.finditer(text)):
        return "card number"
    if lowered != text and any(_is_iban(match[0]) for match in _IBAN.finditer(text)):
        return "bank account number"
    return None


def _may_be_in(text: str, lowered: str) -> bool:
    """Whether anything is there that is in every needle of some pattern: most texts have none of it."""
    if "IA" in text:
        return True
    for hint in _HINTS:  # noqa: SIM110 - a third of the time of any()
        if hint in lowered:
            return True
    return False


def _has_digits(text: str) -> bool:
    """Whether there are as many digits in a row as a card has, whatever parts them."""
    return not text.isascii() or _DIGITS in text.encode().translate(_AS_DIGITS, b" -")


def _is_card(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


GATES: Mapping[str, Callable[[str], str | None]] = {"secrets/1": find_secret}
"""Every gate that ever let something be stored: a version stays as it was, or old evidence would turn red."""
