"""A Stripe on the loopback source: its shapes, its errors, and a reader with a rehearsal key."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from collectors.asking import Masked
from collectors.observation import CollectorFailure, Observation, Sample
from collectors.stripe_api import StripeReader
from collectors.stripe_facts import (
    BalanceProbe,
)
from collectors.stripe_pace import Pace
from tests.collectors.loopback import Loopback, Reply, as_json

KEY = "rk_live_rehearsal_canary0123456789"
VERSION = "2026-10-28.endive"
TYPES = ("payment_intent.succeeded", "payment_intent.payment_failed")
HOOK = "https://provider.example/stripe/webhook"
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


def reader_of(source: Loopback, key: str = KEY) -> StripeReader:
    return StripeReader(
        key=Masked(key),
        api_base=source.base,
        api_version=VERSION,
        pace=Pace(per_second=10_000, rng=random.Random(1)),
    )


def observed(sample: Sample) -> Observation:
    assert isinstance(sample, Observation), sample
    assert "canary" not in repr(sample)
    return sample


def failed(sample: Sample) -> CollectorFailure:
    assert isinstance(sample, CollectorFailure), sample
    assert "canary" not in repr(sample)
    return sample


def listed(*data: Mapping[str, Any], has_more: bool = False) -> Reply:
    return as_json(
        {"object": "list", "url": "/v1/x", "has_more": has_more, "data": list(data)},
        Date=format_datetime(NOW, usegmt=True),
        Request_Id="req_1",
    )


def error(status: int, message: str = "canary@example.com", **headers: str) -> Reply:
    envelope = {"type": "some_error", "code": "some_code", "param": "limit", "message": message}
    return as_json({"error": envelope}, status=status, **headers)


def balance(reader: StripeReader) -> BalanceProbe:
    return BalanceProbe(probe="stripe.balance", source="stripe", reader=reader)
