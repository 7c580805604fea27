"""A history of purchases, late and changing, and the process that reads it, to be killed: one fork a life.

`python -m tests.dashboard.wiring.money_history BASE URL BEGAN`: forks a reader for each line on standard
input, says its process id, and says how it ended when the next line asks.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.asking import Asker
from collectors.ledger_history import TABLE, EntryReading, LedgerHistory
from collectors.ledger_pages import LedgerPages
from collectors.masked import Masked
from collectors.observation import Environment
from collectors.stripe_api import StripeReader
from collectors.stripe_history import StripeHistory
from collectors.stripe_pace import Pace
from collectors.tokens import TokenSource
from dashboard.store.values import COLLECTORS, Lease
from dashboard.wiring.money_reading import SELDOM_EVERY, MoneyReading
from tests.collectors import stripe_objects as made
from tests.collectors.issuing import CLIENT, SECRET
from tests.collectors.stripe_history_source import Told
from tests.collectors.striping import KEY, TYPES, VERSION
from tests.dashboard.store.scene import opened

PURCHASES = 2_000
LATE = 0.03
PAST_S, COMING_S = 2 * 86_400, 1_500
SPEED = 200
"""So much faster than ours goes Stripe's time, and the reader's, which is the same."""

STARTED = 1_795_312_800
LEDGER = "/api/v1/transactions"
BACK_S = 100
"""So long after its charge it is refunded or disputed."""

LATEST_FEE_S = 1_500
"""Long after its charge was read for the last time in a window, so that it has to be read by its id."""

QUIET_S = LATEST_FEE_S + 500
"""After the last purchase: by then the last fee has come and was read, before the hourly reading anew."""


def now_s(began: float) -> float:
    """Stripe's time, by a clock that all processes of a machine share."""
    return STARTED + (time.monotonic() - began) * SPEED


def told(seed: int) -> Iterator[Told]:
    """2,000 purchases, of which a quarter is still to come; 10,000 objects, many of them in one second. Some
    are refunded, which is pending for a while, and some are disputed, which is won or lost in the end.
    """
    rng = random.Random(seed)
    for number in range(PURCHASES):
        past = number % 4 != 0
        created = STARTED + (-rng.randrange(1, PAST_S) if past else rng.randrange(COMING_S))
        fee_at = created + (LATEST_FEE_S if number % 20 == 0 else 60)
        amount = rng.randrange(50, 100_000)
        bare = made.charge(number, created, amount=amount, amount_captured=amount, balance_transaction=None)
        settled = {**bare, "balance_transaction": made.transaction(number, fee_at)["id"]}
        yield Told(plain=bare, visible_at=_visible(rng, created), later=settled, later_at=fee_at)
        for plain in (
            made.intent(number, created, amount=amount, amount_received=amount),
            made.session(number, created, amount_total=amount),
            made.transaction(number, fee_at, amount=amount, net=amount - 59),
        ):
            yield Told(plain=plain, visible_at=_visible(rng, int(plain["created"])))
        if number % 6 == 2:
            yield _ending(rng, made.refund(number, created + BACK_S), "pending", ("succeeded", "failed"))
        if number % 25 == 7:
            yield _ending(rng, made.dispute(number, created + BACK_S), "needs_response", ("won", "lost"))
        delivered = created + rng.randrange(20)
        yield Told(
            plain=made.event(number, created), visible_at=_visible(rng, created), undelivered_until=delivered
        )


def _ending(rng: random.Random, plain: dict[str, Any], first: str, ends: tuple[str, ...]) -> Told:
    """It is made in one state and comes to its end later: some long after its window was read."""
    created = int(plain["created"])
    return Told(
        plain={**plain, "status": first},
        visible_at=_visible(rng, created),
        later={**plain, "status": rng.choice(ends)},
        later_at=created + rng.choice((60, LATEST_FEE_S - BACK_S)),
    )


def rows(history: Iterable[Told]) -> list[dict[str, Any]]:
    """The ledger's rows of them, newest first: a credit for each charge, a debit for each refund."""
    found = []
    for each in history:
        number, kind = each.id[-15:], each.plain["object"]
        if kind in {"charge", "refund"}:
            gave = kind == "charge"
            found.append(
                {
                    "id": f"tx_{kind}_{number}",
                    "kind": "purchase" if gave else "refund",
                    "credits": 10 * each.plain["amount"] * (1 if gave else -1),
                    "usd_cents": each.plain["amount"] if gave else None,
                    "currency": "usd",
                    "payment_intent": each.plain["payment_intent"],
                    "correlation_id": f"c-{int(number)}",
                    "created_at": datetime.fromtimestamp(each.created + 1, UTC).isoformat(),
                    "user": f"u-{int(number) % 97}",
                    "email": made.EMAIL,
                }
            )
    return sorted(found, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def _visible(rng: random.Random, created: int) -> float:
    return created + (rng.uniform(5, 90) if rng.random() < LATE else rng.uniform(0.2, 2))


async def read(base: str, url: str, life: int, began: float) -> None:
    """Read until the whole history is there and quiet."""

    def clock() -> datetime:
        return datetime.fromtimestamp(now_s(began), UTC)

    asker = Asker(environment=Environment.REHEARSAL, clock=clock)
    reader = StripeReader(
        key=Masked(KEY), api_base=base, api_version=VERSION, pace=Pace(per_second=1_000_000)
    )
    with opened(url) as store:
        lease = store.take_lease(
            COLLECTORS,
            f"life {life}",
            now=datetime.fromtimestamp(STARTED, UTC) + timedelta(days=life),
            ttl_s=1,
        )
        assert isinstance(lease, Lease)
        async with asker:
            reading = MoneyReading(
                store=store.money,
                lease=lease,
                asker=asker,
                stripe=StripeHistory(reader=reader, events=TYPES, since=STARTED - PAST_S),
                ledger=_ledger(base),
                receipts=None,
                interval_s=0.001,
                clock=clock,
            )
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            over = STARTED + COMING_S + QUIET_S
            loop.call_later(max(0.0, (over - now_s(began)) / SPEED), ended.set)
            await reading.run_until(ended)
            for _ in range(SELDOM_EVERY):
                await reading.round()
            while reading.is_behind or store.money.due_again(now=clock(), limit=1):
                await reading.round()


def _ledger(base: str) -> LedgerHistory:
    tokens = TokenSource(discovery_url=f"{base}/discovery", client_id=CLIENT, client_secret=Masked(SECRET))
    named = {name: name for name in ("id", "kind", "credits", "currency", "user")}
    also = {name: name for name in ("payment_intent", "correlation_id")}
    return LedgerHistory(
        pages=LedgerPages(
            url=f"{base}{LEDGER}",
            tokens=tokens,
            items="items",
            next_cursor="next_cursor",
            cursor_parameter="cursor",
            table=TABLE,
        ),
        reading=EntryReading(created="created_at", cents="usd_cents", **named, **also),
        since=STARTED - PAST_S,
    )


def main() -> None:
    """Fork a reader a line."""
    base, url, began = sys.argv[1], sys.argv[2], float(sys.argv[3])
    for life, _ in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(KeyboardInterrupt):
                asyncio.run(read(base, url, life, began))
                status = 0
            os._exit(status)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
