"""Which Stripe keys golive uses: a live restricted key at Stripe, a rehearsal key on loopback, no other."""

from __future__ import annotations

import re

from collectors.addresses import address, is_loopback
from collectors.masked import Masked

STRIPE = "https://api.stripe.com"
READ_KEY = re.compile(r"rk_live_[A-Za-z0-9_]{16,}")
REHEARSAL = "rk_live_rehearsal_"
MEND = "make a restricted key (rk_live_...) with read permissions only"
KINDS = (
    (re.compile(r"[srp]k_test_"), "a test-mode key", "a live one"),
    (re.compile(r"sk_org_"), "an organisation's secret key", "a restricted key"),
    (re.compile(r"sk_"), "a secret key, which may write", "a restricted key"),
    (re.compile(r"pk_"), "a publishable key, which cannot read", "a restricted key"),
    (re.compile(r"whsec_"), "a webhook signing secret", "a restricted key"),
)


def refuse_key(key: Masked, api_base: str) -> str | None:
    """The sentence why nothing is sent with this key to this address, or None. It never quotes the key."""
    value = key.reveal()
    for pattern, got, expected in KINDS:
        if pattern.match(value):
            return f"got {got}, expected {expected}: {MEND}"
    if not READ_KEY.fullmatch(value):
        return f"got something that is no Stripe key, expected a restricted key: {MEND}"
    return _refuse_address(rehearsal=value.startswith(REHEARSAL), api_base=api_base.rstrip("/"))


def _refuse_address(*, rehearsal: bool, api_base: str) -> str | None:
    if not rehearsal and api_base != STRIPE:
        return f"got a real Stripe key for another address, expected {STRIPE}: correct the plan's api_base"
    if rehearsal and not is_loopback(address(api_base).url.host):
        return (
            "got a rehearsal key for an address that is not on loopback, expected the rehearsal's own Stripe"
        )
    return None
