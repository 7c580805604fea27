"""A reader that is killed again and again ends with the same rows, cursors and sums as the history itself."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.money import (
    STRIPE_KINDS,
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Dispute,
    LedgerEntry,
    MoneyEvent,
    PaymentIntent,
    Refund,
    StripeObject,
)
from collectors.money_window import MoneyList
from dashboard.store.money import MoneyStore
from tests.collectors import stripe_objects as made
from tests.collectors.issuing import Issuing
from tests.collectors.loopback import Loopback, Reply, Request, as_json
from tests.collectors.stripe_history_source import StripeSource, Told
from tests.dashboard.store.scene import opened
from tests.dashboard.wiring.money_history import LEDGER, now_s, rows, told

KILLS = 50
SEED = 20_261_122
KINDS: tuple[type[StripeObject], ...] = (
    Charge,
    PaymentIntent,
    CheckoutSession,
    BalanceTransaction,
    MoneyEvent,
    Refund,
    Dispute,
)
PAGE = 50


@pytest.mark.endurance
async def test_a_reader_killed_fifty_times_ends_with_exactly_the_history(
    tmp_path: Path, source: Loopback
) -> None:
    history, url, began = list(told(SEED)), f"sqlite:///{tmp_path / 'golive.sqlite'}", time.monotonic()
    StripeSource(source, history, lambda: now_s(began))
    Issuing(source)
    source.on(LEDGER, LedgerSource(rows(history), lambda: now_s(began)).page)
    opened(url).close()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.dashboard.wiring.money_history", source.base, url, str(began)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    rng = random.Random(SEED)
    killed = [await _live(process, kill_after=rng.uniform(0.0, 0.25)) for _ in range(KILLS)]
    ended = await _live(process, kill_after=None)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()

    assert [-signal.SIGKILL] * KILLS == killed
    assert 0 == ended
    with opened(url, create=False) as store:
        _is_exactly(store.money, history)
        assert "ok" == store.describe().integrity
    assert [] == _planted(tmp_path)


class LedgerSource:
    """The ledger's list of rows, of which each is there from its own second on."""

    def __init__(self, written: Sequence[dict[str, Any]], clock: Callable[[], float]) -> None:
        self._written = [(datetime.fromisoformat(row["created_at"]).timestamp(), row) for row in written]
        self._clock = clock

    def page(self, request: Request) -> Reply:
        """The rows after the one that the cursor names."""
        now = self._clock()
        there = [row for created, row in self._written if created <= now]
        after = request.query.get("cursor", [""])[0]
        first = next((place for place, row in enumerate(there, 1) if row["id"] == after), 0)
        some = there[first : first + PAGE]
        following = some[-1]["id"] if first + PAGE < len(there) else None
        date = format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True)
        return as_json({"items": some, "next_cursor": following}, Date=date)


async def _live(process: asyncio.subprocess.Process, *, kill_after: float | None) -> int:
    """One life of the reader; how it ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"live\n")
    child = int(await process.stdout.readline())
    if kill_after is not None:
        await asyncio.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    process.stdin.write(b"ended?\n")
    return int(await process.stdout.readline())


def _planted(folder: Path) -> list[str]:
    written = b"".join(file.read_bytes() for file in folder.iterdir())
    return [planted for planted in made.PLANTED if planted.encode() in written]


def _is_exactly(money: MoneyStore, history: Sequence[Told]) -> None:
    expected: dict[str, StripeObject] = {
        each.id: msgspec.convert(each.final(), STRIPE_KINDS[each.plain["object"]]) for each in history
    }
    kept = [each for kind in KINDS for each in money.each(kind)]

    assert len(history) == len(kept)
    assert expected == {each.id: each for each in kept}
    gross = sum(each.amount_captured for each in expected.values() if isinstance(each, Charge))
    assert gross == sum(row.amount_captured for row in money.columns(Charge, ["amount_captured"]))
    assert () == tuple(each.event for each in money.undelivered() if each.left_at is None)
    _has_the_ledger(money, history)
    marks: dict[MoneyList, type[StripeObject]] = {
        MoneyList.CHARGES: Charge,
        MoneyList.PAYMENT_INTENTS: PaymentIntent,
        MoneyList.CHECKOUT_SESSIONS: CheckoutSession,
        MoneyList.BALANCE_TRANSACTIONS: BalanceTransaction,
        MoneyList.EVENTS: MoneyEvent,
        MoneyList.REFUNDS: Refund,
        MoneyList.DISPUTES: Dispute,
    }
    for list_, kind in marks.items():
        newest = max(each.created for each in expected.values() if isinstance(each, kind))
        assert newest == money.cursors()[list_].high_water
    assert {*marks, MoneyList.LEDGER} <= set(money.reads())
    assert all(read.ok and read.caught_up for read in money.reads().values())


def _has_the_ledger(money: MoneyStore, history: Sequence[Told]) -> None:
    """Every row once, as it was written, and so with the same sums."""
    written = rows(history)
    expected = [
        msgspec.convert({**row, "created": row["created_at"], "cents": row["usd_cents"]}, LedgerEntry)
        for row in reversed(written)
    ]
    first, last = expected[0].created, expected[-1].created + timedelta(seconds=1)

    kept = list(money.entries(since=first, until=last))
    assert len(expected) == len(kept)
    assert {each.id: each for each in expected} == {each.id: each for each in kept}
    debits = sum(each.credits for each in expected if each.credits < 0)
    assert -debits == sum(money.taken_back().by_intent.values())
