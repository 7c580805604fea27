"""The gate before storage finds what must never be kept, and lets identifiers through."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid

import pytest

from evidence.redaction import find_secret

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
