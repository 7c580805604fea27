"""What finance may be shown, made by hand: all is well, nothing matches, nothing is known, no sum holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.finance.values import (
    AgeBand,
    Bucket,
    Denials,
    FinancePanel,
    Liability,
    Row,
    Spender,
    Takings,
)
from dashboard.launch.money.purchase import AsOf
from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.line import Line

DRAWN = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
SINCE = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def line(found: Class, count: int, stripe: int, ledger: int, drift: int, *, currency: str = "usd") -> Line:
    return Line(
        found=found,
        currency=currency,
        count=count,
        stripe_cents=stripe,
        ledger_cents=ledger,
        drift_cents=drift,
    )


def takings(**changes: Any) -> Takings:
    told = {
        "gross_cents": 2_997,
        "fee_cents": 177,
        "net_cents": 2_820,
        "fees_pending": 0,
        "refunds": 1,
        "refunded_cents": 999,
        "disputes": 0,
        "disputed_cents": 0,
    }
    return Takings(**told | changes)


def bucket(start: datetime, payments: int, stripe: int, ledger: int, *, drift: int, owed: int) -> Bucket:
    return Bucket(
        start=start,
        payments=payments,
        stripe_cents=stripe,
        ledger_cents=ledger,
        drift_cents=drift,
        liability=owed,
    )


def row(found: Class, number: int, **changes: Any) -> Row:
    told: dict[str, Any] = {
        "found": found,
        "charge": f"ch_{number}",
        "payment_intent": f"pi_{number}",
        "entry": f"entry-{number}",
        "other_entry": None,
        "correlation_id": f"corr-{number}",
        "currency": "usd",
        "stripe_cents": 999,
        "ledger_cents": 999,
        "drift_cents": 0,
        "credits": 9_990,
        "created": DRAWN - 2 * HOUR,
        "age_s": 7_500,
    }
    return Row(**told | changes)


def healthy(**changes: Any) -> FinancePanel:
    """Three payments, three purchases, the same cents."""
    told: dict[str, Any] = {
        "currency": "usd",
        "since": SINCE,
        "stripe": AsOf(at=DRAWN - timedelta(seconds=12), read_at=DRAWN - timedelta(seconds=11)),
        "ledger": AsOf(at=DRAWN - timedelta(seconds=5), read_at=DRAWN - timedelta(seconds=4)),
        "fees": AsOf(at=DRAWN - timedelta(seconds=30), read_at=DRAWN - timedelta(seconds=29)),
        "refunds": AsOf(at=DRAWN - timedelta(seconds=60), read_at=DRAWN - timedelta(seconds=59)),
        "disputes": AsOf(at=DRAWN - timedelta(seconds=90), read_at=DRAWN - timedelta(seconds=89)),
        "drawn_at": DRAWN,
        "lines": (line(Class.MATCHED, 3, 2_997, 2_997, 0),),
        "takings": takings(),
        "liability": Liability(purchased=29_970, used=1_000, taken_back=200, other=0),
        "hours": (
            bucket(DRAWN.replace(hour=10, minute=0, second=0), 1, 999, 999, drift=0, owed=9_990),
            bucket(DRAWN.replace(hour=11, minute=0, second=0), 2, 1_998, 1_998, drift=0, owed=28_770),
        ),
        "days": (bucket(DRAWN.replace(hour=0, minute=0, second=0), 3, 2_997, 2_997, drift=0, owed=28_770),),
        "spenders": (Spender(user="user-7", used=700, taken_back=200, purchased=9_990),),
        "denials": Denials(n=12, of_paying=3, paying=(("user-7", 3),)),
    }
    return FinancePanel(**told | changes)


WRONG_ROWS = (
    row(
        Class.LEDGER_ONLY,
        1,
        charge=None,
        payment_intent=None,
        stripe_cents=None,
        drift_cents=999,
        age_s=93_780,
    ),
    row(Class.STRIPE_ONLY, 2, entry=None, ledger_cents=None, drift_cents=-999, credits=None, age_s=690),
    row(Class.CURRENCY_MISMATCH, 3, currency="eur", ledger_cents=None, drift_cents=None),
    row(Class.DUPLICATE_LEDGER, 4, other_entry="entry-4b", ledger_cents=1_998, drift_cents=999),
    row(Class.DUPLICATE_PAYMENT, 5, entry=None, ledger_cents=None, drift_cents=-999, credits=None),
    row(Class.AMOUNT_MISMATCH, 6, ledger_cents=998, drift_cents=-1),
    row(Class.CREDIT_MISMATCH, 7, credits=999),
    row(Class.UNLINKED, 8, payment_intent=None, entry=None, ledger_cents=None, drift_cents=-999),
    row(Class.PENDING, 9, entry=None, ledger_cents=None, drift_cents=-999, credits=None, age_s=40),
)
"""One of every class but matched."""


def unmatched(**changes: Any) -> FinancePanel:
    """A row of every class, and 1,225 that match."""
    lines = (
        line(Class.LEDGER_ONLY, 1, 0, 999, 999),
        line(Class.STRIPE_ONLY, 1, 999, 0, -999),
        line(Class.CURRENCY_MISMATCH, 1, 999, 0, 0, currency="eur"),
        line(Class.DUPLICATE_LEDGER, 1, 999, 1_998, 999),
        line(Class.DUPLICATE_PAYMENT, 1, 999, 0, -999),
        line(Class.AMOUNT_MISMATCH, 1, 999, 998, -1),
        line(Class.CREDIT_MISMATCH, 1, 999, 999, 0),
        line(Class.UNLINKED, 1, 999, 0, -999),
        line(Class.PENDING, 1, 999, 0, -999),
        line(Class.REFUNDED, 1, 999, 0, 0),
        line(Class.MATCHED, 1_225, 1_223_775, 1_223_775, 0),
    )
    told: dict[str, Any] = {
        "lines": lines,
        "takings": takings(gross_cents=1_223_775 + 8 * 999, fees_pending=2),
        "hours": (
            bucket(DRAWN - 2 * HOUR, 5, 4_995, 3_995, drift=-1_000, owed=9_990),
            bucket(DRAWN - HOUR, 3, 2_997, 3_996, drift=999, owed=-40),
        ),
        "ages": (
            AgeBand(found=Class.LEDGER_ONLY, least_s=86_400, below_s=None, count=1),
            AgeBand(found=Class.LEDGER_ONLY, least_s=600, below_s=3_600, count=0),
            AgeBand(found=Class.STRIPE_ONLY, least_s=600, below_s=3_600, count=1),
            AgeBand(found=Class.STRIPE_ONLY, least_s=86_400, below_s=None, count=0),
            AgeBand(found=Class.PENDING, least_s=0, below_s=600, count=1),
        ),
        "rows": WRONG_ROWS,
        "found": 1_234,
    }
    return healthy(**told | changes)


def unknown(why: str = "Stripe's history is still being read") -> FinancePanel:
    """Nothing can be told yet."""
    return FinancePanel(currency="usd", since=SINCE, stripe=AsOf(), ledger=AsOf(), drawn_at=DRAWN, why=why)


def broken() -> FinancePanel:
    """The classes lost ten dollars."""
    return replace(
        unmatched(), broken="got 12,307.68 USD in the classes, expected 12,317.67 USD as Stripe says"
    )


def empty() -> FinancePanel:
    """Both sides were read, and nobody has bought anything."""
    nothing = takings(gross_cents=0, fee_cents=0, net_cents=0, refunds=0, refunded_cents=0)
    return healthy(
        lines=(), takings=nothing, liability=Liability(purchased=0, used=0, other=0), hours=(), days=(),
        spenders=(), denials=Denials(n=0, of_paying=0, paying=()),
    )  # fmt: skip
