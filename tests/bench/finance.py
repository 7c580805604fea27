"""What a look at finance costs after one new purchase: with 100,000 purchases in the books, and with 100."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert

from collectors.money import (
    BalanceTransaction,
    Charge,
    CheckoutSession,
    LedgerEntry,
    PaymentIntent,
    StripeObject,
)
from collectors.money_window import Cursor, MoneyList, Window
from dashboard.finance.books import Books
from dashboard.finance.values import Wanted
from dashboard.store import money_writing
from dashboard.store.money_tables import LedgerEntryRow, MoneyObjectRow
from dashboard.store.store import Store, open_store
from dashboard.store.values import COLLECTORS, Lease
from dashboard.version import VERSION
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.stored import ENVIRONMENT, T0
from tests.cast import default_plan

FEW = 100
MANY = 100_000
LOOKS = 15
LIMIT = 2.0
AT_ONCE = 1_000
BEGAN = T0 - timedelta(days=2)
WRONG_EVERY = 1_000
"""So many purchases for one that was never credited."""


def measure(say: Say) -> list[Measured]:
    """The median look of each; both are looked at in turn, so that both have the same load beside them."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        desks = {}
        for count in (FEW, MANY):
            say(f"finance: writing {count:,} purchases")
            desks[count] = _Desk(Path(folder), count)
            took = desks[count].look()
            say(f"finance: first look at {count:,}: {took:.2f} s")
        for desk in desks.values():  # warm: the first new purchase of each is not counted
            desk.one_more()
            desk.look()
        seconds: dict[int, list[float]] = {FEW: [], MANY: []}
        for _ in range(LOOKS):
            for count, desk in desks.items():
                desk.one_more()
                seconds[count].append(desk.look())
        for desk in desks.values():
            desk.close()
    few, many = (1_000 * statistics.median(seconds[count]) for count in (FEW, MANY))
    return [
        Measured(
            row="finance",
            what=f"a look at finance after one new purchase, with {MANY:,} in the books against {FEW}",
            value=many / few,
            limit=LIMIT,
            unit="x",
            how=f"{many:.0f} ms and {few:.0f} ms, medians of {LOOKS} looks in turn, both warm, SQLite",
        )
    ]


class _Desk:
    """A store with so many purchases, read over two days, and the books over it."""

    def __init__(self, folder: Path, count: int) -> None:
        url = f"sqlite:///{folder / f'{count}.sqlite3'}"
        self._store = open_store(url, environment=ENVIRONMENT, app_version=VERSION)
        plan = default_plan()
        self._run = self._store.open_run(plan_id=plan.id, plan_sha256="0" * 64, plan_toml="", now=BEGAN)
        lease = self._store.take_lease(COLLECTORS, "the benchmark", now=T0, ttl_s=864_000)
        assert isinstance(lease, Lease)
        self._lease, self._next, self._now = lease, count, T0 + timedelta(minutes=10)
        _write(self._store, count)
        self._books = Books(store=self._store, plan=plan, clock=lambda: self._now)
        self._record(())

    def one_more(self) -> None:
        """One purchase is read, as the collectors record it."""
        self._next += 1
        self._now += timedelta(seconds=10)
        self._record(_purchase(self._next, self._now - timedelta(seconds=5)))

    def look(self) -> float:
        """How long a look took."""
        began = time.perf_counter()
        panel = self._books.panel(self._run, Wanted())
        took = time.perf_counter() - began
        if panel.broken or panel.why or self._next != sum(line.count for line in panel.lines):
            raise UnmeasurableError(f"got {panel.lines} ({panel.broken or panel.why}), expected {self._next}")
        return took

    def close(self) -> None:
        self._books.close()
        self._store.close()

    def _record(self, told: tuple[StripeObject | LedgerEntry, ...]) -> None:
        kinds: dict[MoneyList, type[StripeObject]] = {
            MoneyList.CHECKOUT_SESSIONS: CheckoutSession,
            MoneyList.PAYMENT_INTENTS: PaymentIntent,
            MoneyList.CHARGES: Charge,
            MoneyList.BALANCE_TRANSACTIONS: BalanceTransaction,
        }
        windows = [
            self._window(name, objects=tuple(each for each in told if isinstance(each, kind)))
            for name, kind in kinds.items()
        ]
        windows += [self._window(MoneyList.REFUNDS), self._window(MoneyList.DISPUTES)]
        entries = tuple(each for each in told if isinstance(each, LedgerEntry))
        windows.append(self._window(MoneyList.LEDGER, entries=entries))
        self._store.money.record(*windows, lease=self._lease)

    def _window(self, name: MoneyList, **told: Any) -> Window:
        cursor = Cursor(list=name, since=0, complete_from=0, high_water=int(self._now.timestamp()))
        return Window(list=name, cursor=cursor, as_of=self._now, observed_at=self._now, **told)


def _write(store: Store, count: int) -> None:
    """Straight into the tables, by the rows that the collectors would have written."""
    step = (T0 - BEGAN) / count
    for start in range(1, count + 1, AT_ONCE):
        objects, entries = [], []
        for number in range(start, min(start + AT_ONCE, count + 1)):
            at = BEGAN + number * step
            for each in _purchase(number, at):
                if isinstance(each, StripeObject):
                    objects.append(money_writing._object(each, at))
                elif number % WRONG_EVERY:
                    entries.append(money_writing._entry(each, at))
        with store._database.writing() as session:
            session.execute(insert(_table(MoneyObjectRow)), objects)
            if entries:
                session.execute(insert(_table(LedgerEntryRow)), entries)


def _table(row: Any) -> Any:
    """Without the ORM, which takes three times as long."""
    return row.__table__


def _purchase(number: int, at: datetime) -> tuple[StripeObject | LedgerEntry, ...]:
    """A Starter, its fee, its credits, and that some were used."""
    created = int(at.timestamp())
    name, correlation = f"3Q{number:08d}x", f"c-{number}"
    charge = {
        "id": f"ch_{name}",
        "object": "charge",
        "created": created,
        "livemode": True,
        "status": "succeeded",
        "amount": 999,
        "amount_captured": 999,
        "amount_refunded": 0,
        "currency": "usd",
        "paid": True,
        "captured": True,
        "payment_intent": f"pi_{name}",
        "balance_transaction": f"txn_{name}",
        "metadata": {"correlation_id": correlation},
    }
    session = {
        "id": f"cs_live_{name}",
        "object": "checkout.session",
        "created": created,
        "livemode": True,
        "mode": "payment",
        "payment_status": "paid",
        "status": "complete",
        "payment_intent": f"pi_{name}",
        "amount_total": 999,
    }
    moved = {
        "id": f"txn_{name}",
        "object": "balance_transaction",
        "created": created,
        "amount": 999,
        "fee": 59,
        "net": 940,
        "currency": "usd",
        "type": "charge",
        "reporting_category": "charge",
        "status": "pending",
        "available_on": created,
        "source": f"ch_{name}",
    }
    said: dict[str, Any] = {"correlation_id": correlation, "user": f"u-{number}", "created": at}
    return (
        msgspec.convert(charge, Charge),
        msgspec.convert(session, CheckoutSession),
        msgspec.convert(moved, BalanceTransaction),
        LedgerEntry(
            id=f"tx_{number}",
            kind="purchase",
            credits=9_990,
            cents=999,
            currency="usd",
            payment_intent=f"pi_{name}",
            **said,
        ),
        LedgerEntry(id=f"db_{number}", kind="debit", credits=-(number % 997), **said),
    )
