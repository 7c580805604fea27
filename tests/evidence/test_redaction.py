"""The gate before storage finds what must never be kept, and lets identifiers through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.redaction import (
    _CARD,
    _IBAN,
    _PATTERNS,
    GATE_VERSION,
    GATES,
    _has_digits,
    _may_be_in,
    find_secret,
)
from tests.evidence.planted import PLAIN, PLANTED, harmless


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_secret_is_found_and_named_but_not_repeated(text: str) -> None:
    found = find_secret(text)

    assert PLANTED[text] == found


def test_identifiers_and_hashes_pass() -> None:
    for text in harmless(3_000):
        assert find_secret(text) is None, text


@pytest.mark.parametrize("text", PLAIN)
def test_what_somebody_may_well_write_passes(text: str) -> None:
    assert find_secret(text) is None


def test_a_number_that_is_no_card_passes() -> None:
    assert find_secret("4242 4242 4242 4241") is None
    assert find_secret("DE89370400440532013001") is None


BEFORE = ("", " ", "a", "_", ".", "+", "/", "-", '"', "\n", "0", "é", "{")
FRAGMENTS = (
    *PLANTED,
    "4242424242424242",
    "4242 4242-4242 42424",
    "\u0664242424242424242",
    "424 24",
    "2",
    "DE89370400440532013000",
    "PASSWORD: \u017fecret=longenough",
    "toKen = 'abcdef'",
    "api-key:xyz12",
    "checkout.stripe.com/",
    "@",
    "_secret_",
)
AS_MEASURED = (
    re.compile(r"(?<![\w.+/-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w+/-])"),
    re.compile(r"\b[A-Z]{2}\d{2}[0-9A-Z]{11,30}\b"),
)


@given(st.lists(st.sampled_from(BEFORE + FRAGMENTS), max_size=12).map("".join))
def test_what_is_quick_finds_what_the_measured_patterns_find(text: str) -> None:
    may_be = _may_be_in(text, text.lower()) or not text.isascii()
    assert may_be or not any(pattern.regex.search(text) for pattern in _PATTERNS.values())
    for pattern in _PATTERNS.values():
        assert (pattern.regex.search(text) is not None) == pattern.is_in(text, text.lower())
    for measured, quick in zip(AS_MEASURED, (_CARD, _IBAN), strict=True):
        assert [one.span() for one in measured.finditer(text)] == [one.span() for one in quick.finditer(text)]
    assert _has_digits(text) or _CARD.search(text) is None


def test_no_text_is_let_by_unseen_that_a_pattern_looks_into() -> None:
    for kind, pattern in _PATTERNS.items():
        for needle in pattern.needles:
            assert _may_be_in(needle, needle.lower()), kind


def test_the_gate_in_force_is_one_that_can_be_run_again() -> None:
    assert find_secret is GATES[GATE_VERSION]
