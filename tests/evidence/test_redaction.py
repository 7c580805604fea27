"""The gate before storage finds what must never be kept, and lets identifiers through."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.redaction import _CARD, _IBAN, _PATTERNS, GATE_VERSION, GATES, find_secret

PLANTED = {
    "Stripe key": "key sk_live_rehearsal_51abcDEF in a log line",
    "webhook signing secret": "whsec_0123456789abcdefABCD",
    "client secret": "pi_3abc_secret_def",
    "AWS key": "AKIAIOSFODNN7EXAMPLE",
    "private key": "-----BEGIN EC PRIVATE KEY-----",
    "bearer link": "see https://pay.stripe.com/receipts/abc",
    "URL with a password": "postgresql://golive:hunter2@db/golive",
    "token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "GitHub token": "ghp_" + "a1" * 18,
    "e-mail address": "buyer@example.com",
    "password": 'password: "correct-horse"',
    "authorization header": "Authorization: Bearer abcdef",
    "card number": "card 4242 4242 4242 4242 used",
    "bank account number": "pay DE89370400440532013000 now",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found_and_named_but_not_repeated(kind: str) -> None:
    found = find_secret(PLANTED[kind])

    assert kind == found


def test_identifiers_and_hashes_pass() -> None:
    rng = random.Random(7)
    for _ in range(3_000):
        raw = rng.randbytes(32)
        for harmless in (
            hashlib.sha256(raw).hexdigest(),
            str(uuid.UUID(bytes=raw[:16])),
            base64.b64encode(raw).decode(),
            f"pi_3{raw.hex()[:20]}",
            f"req_{raw.hex()[:14]}",
            str(1_790_000_000_000 + int.from_bytes(raw[:4])),
        ):
            assert find_secret(harmless) is None, harmless


def test_a_number_that_is_no_card_passes() -> None:
    assert find_secret("4242 4242 4242 4241") is None
    assert find_secret("DE89370400440532013001") is None


BEFORE = ("", " ", "a", "_", ".", "+", "/", "-", '"', "\n", "0", "é", "{")
FRAGMENTS = (
    *PLANTED.values(),
    "4242424242424242",
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
    for pattern in _PATTERNS.values():
        assert (pattern.regex.search(text) is not None) == pattern.is_in(text, text.lower())
    for measured, quick in zip(AS_MEASURED, (_CARD, _IBAN), strict=True):
        assert [one.span() for one in measured.finditer(text)] == [one.span() for one in quick.finditer(text)]


def test_the_gate_in_force_is_one_that_can_be_run_again() -> None:
    assert find_secret is GATES[GATE_VERSION]
