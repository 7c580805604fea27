"""What must never be kept, each with the gate's name for it, and what looks like it and may be."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid
from collections.abc import Iterator

PLANTED = {
    "key sk_live_rehearsal_51abcDEF in a log line": "Stripe key",
    "rk_live_51N0aBcDeFgHiJkLmNoPq": "Stripe key",
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc": "Stripe key",
    "sk_org_live_51N0aBcDeFgHiJkL": "Stripe key",
    "pk_live_51N0_aBc_DeFgHiJkLmNoPq": "Stripe key",
    "whsec_0123456789abcdefABCD": "webhook signing secret",
    "secret is whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=": "webhook signing secret",
    "pi_3abc_secret_def": "client secret",
    "seti_1Mm8s8LkdIwHu7ix0OXBfTRG_secret_NXDICkPqPeiBTAFqWmkbff09lRmSVXe": "client secret",
    "AKIAIOSFODNN7EXAMPLE": "AWS key",
    "ASIAIOSFODNN7EXAMPLE as a session": "AWS key",
    "-----BEGIN EC PRIVATE KEY-----": "private key",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49": "private key",
    "see https://pay.stripe.com/receipts/abc": "bearer link",
    "https://checkout.stripe.com/c/pay/cs_live_a1": "bearer link",
    "https://invoice.stripe.com/i/acct_1/live_YWNjdF8x": "bearer link",
    "postgresql://golive:hunter2@db/golive": "URL with a password",
    "redis://:hunter2@cache:6379/0": "URL with a password",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": "token",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.": "token",
    "ghp_" + "a1" * 18: "GitHub token",
    "github_pat_" + "11ABCDEFG0" * 4: "GitHub token",
    "buyer@example.com": "e-mail address",
    "from First.Last+tag@mail.example.co.uk today": "e-mail address",
    'password: "correct-horse"': "password",
    '{"api_key":"abcd1234"}': "password",
    "PASSWD=hunter2": "password",
    "Authorization: Bearer abcdef": "authorization header",
    "curl -H 'authorization: Basic Z29saXZlOmh1bnRlcjI='": "authorization header",
    "card 4242 4242 4242 4242 used": "card number",
    "5555-5555-5555-4444": "card number",
    "378282246310005": "card number",
    '{"number":6011111111111117}': "card number",
    "pay DE89370400440532013000 now": "bank account number",
    "GB82WEST12345698765432": "bank account number",
    "NO9386011117947": "bank account number",
}


def harmless(count: int) -> Iterator[str]:
    """Identifiers, hashes and numbers by a seed, as evidence is full of them."""
    rng = random.Random(7)
    for _ in range(count):
        raw = rng.randbytes(32)
        yield hashlib.sha256(raw).hexdigest()
        yield hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        yield str(uuid.UUID(bytes=raw[:16]))
        yield base64.b64encode(raw).decode()
        yield "01K" + "".join(rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=23))  # a ULID of these years
        yield f"pi_3{raw.hex()[:20]}"
        yield f"req_{raw.hex()[:14]}"
        yield str(1_790_000_000_000 + int.from_bytes(raw[:4]))


PLAIN = (
    "exit 0: 14 gates, 0 unknown",
    'has_more: false, "passed": 12, token: null, secret: none',
    "https://ledger.example/balances?as_of=2026-11-27",
    "4242 4242 4242 4241 is no card, DE89370400440532013001 no account",
    "balance +9990 credits, -999 cents (usd), 2026-11-27T15:30:00Z",
    "tokens: 1000 in, 1000 out; password rotated",
)
"""What somebody may well write down."""
