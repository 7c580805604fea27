"""One good purchase of the Starter, stamped a second a hop, for tests to break."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from collectors.money import Charge, CheckoutSession, LedgerEntry, MoneyEvent, PaymentIntent, Refund
from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.purchase import AsOf, BalanceSeen, Purchase, Side

T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EXPECTED = Expected(cents=999, currency="usd", credits=9_990, deadline_s=60, grace_s=600, account="acct_ours")


def after(seconds: float) -> datetime:
    """So many seconds after the checkout was opened."""
    return T0 + timedelta(seconds=seconds)


def epoch(seconds: int) -> int:
    return int(after(seconds).timestamp())


def session(**changes: Any) -> CheckoutSession:
    told = {
        "id": "cs_1",
        "object": "checkout.session",
        "created": epoch(0),
        "livemode": True,
        "mode": "payment",
        "payment_status": "paid",
        "status": "complete",
        "expires_at": epoch(86_400),
        "payment_intent": "pi_1",
    }
    return msgspec.convert(told | changes, CheckoutSession)


def intent(**changes: Any) -> PaymentIntent:
    told = {
        "id": "pi_1",
        "object": "payment_intent",
        "created": epoch(0),
        "livemode": True,
        "status": "succeeded",
        "amount": 999,
        "currency": "usd",
    }
    return msgspec.convert(told | changes, PaymentIntent)


def charge(**changes: Any) -> Charge:
    told = {
        "id": "ch_1",
        "object": "charge",
        "created": epoch(10),
        "livemode": True,
        "status": "succeeded",
        "amount": 999,
        "amount_captured": 999,
        "amount_refunded": 0,
        "currency": "usd",
        "paid": True,
        "captured": True,
        "payment_intent": "pi_1",
    }
    return msgspec.convert(told | changes, Charge)


def event(**changes: Any) -> MoneyEvent:
    told = {
        "id": "evt_1",
        "object": "event",
        "created": epoch(11),
        "livemode": True,
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
        "pending_webhooks": 0,
        "api_version": "2026-10-28.endive",
    }
    return msgspec.convert(told | changes, MoneyEvent)


def refund(**changes: Any) -> Refund:
    told = {
        "id": "re_1",
        "object": "refund",
        "created": epoch(15),
        "amount": 999,
        "currency": "usd",
        "status": "succeeded",
        "charge": "ch_1",
        "payment_intent": "pi_1",
    }
    return msgspec.convert(told | changes, Refund)


def entry(**changes: Any) -> LedgerEntry:
    told = {
        "id": "tx_1",
        "kind": "purchase",
        "credits": 9_990,
        "created": after(13),
        "cents": 999,
        "currency": "usd",
        "payment_intent": "pi_1",
    }
    return msgspec.convert(told | changes, LedgerEntry)


def read_upto(seconds: float) -> dict[Side, AsOf]:
    """Every side was read at that moment."""
    return {side: AsOf(at=after(seconds), read_at=after(seconds), why="") for side in Side}


def bought(**changes: Any) -> Purchase:
    """The good purchase, every side of it read 20 s after the checkout was opened, changed as told."""
    good = Purchase(
        session=session(),
        intent=intent(),
        charges=(charge(),),
        events=(event(),),
        entries=(entry(),),
        acknowledged={"evt_1": after(12)},
        subscribed=1,
        balance=BalanceSeen(at=after(14), credits=9_990, before=0),
        account="acct_ours",
        as_of=read_upto(20),
    )
    return replace(good, **changes)
