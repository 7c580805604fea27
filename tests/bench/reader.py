"""How fast the history of charges is read and kept, and how long the event loop stands still meanwhile."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collectors.asking import Asker
from collectors.masked import Masked
from collectors.money import Charge
from collectors.money_window import MoneyList
from collectors.observation import Environment
from collectors.stripe_api import StripeReader
from collectors.stripe_history import StripeHistory
from collectors.stripe_pace import Pace
from collectors.stripe_shapes import Balance
from dashboard.store.store import Store, open_store
from dashboard.store.values import COLLECTORS, Lease
from dashboard.version import VERSION
from dashboard.wiring.money_reading import MoneyReading
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.collectors.striping import KEY, NOW, NOW_S, TYPES
from tests.collectors.striping import VERSION as API_VERSION

CHARGES = 20_000
PER_SECOND = 2_500
STALL_LIMIT_MS = 50.0
TICK_S = 0.001
UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Took:
    wall_s: float
    cpu_s: float
    stall_ms: float


def measure(say: Say) -> list[Measured]:
    """Read every charge over loopback into a fresh SQLite file, in one process."""
    with _source() as base, tempfile.TemporaryDirectory() as folder:
        store = open_store(
            f"sqlite:///{Path(folder) / 'golive.sqlite'}",
            environment=Environment.REHEARSAL,
            app_version=VERSION,
        )
        with store:
            gc.freeze()  # as the collectors do
            took = asyncio.run(_read(base, store))
            kept = sum(1 for _ in store.money.columns(Charge, ["id"]))
    if kept != CHARGES:
        raise UnmeasurableError(f"got {kept} charges kept, expected {CHARGES}")
    say(f"reader: {CHARGES / took.wall_s:.0f} charges/s")
    how = f"{CHARGES} charges of 5 kB from loopback into SQLite, pace unlimited"
    return [
        Measured(
            row="reader",
            what=f"time a charge, read and kept ({PER_SECOND} charges/s are {1_000_000 // PER_SECOND} µs)",
            value=1_000_000 * took.wall_s / CHARGES,
            limit=1_000_000 / PER_SECOND,
            unit="µs",
            how=f"{how}: {CHARGES / took.wall_s:.0f} charges/s, {took.cpu_s / took.wall_s:.0%} of one core",
        ),
        Measured(
            row="reader",
            what="longest stall of the event loop meanwhile",
            value=took.stall_ms,
            limit=STALL_LIMIT_MS,
            unit="ms",
            how=f"{how}; lateness of a timer of {1000 * TICK_S:.0f} ms",
        ),
    ]


async def _read(base: str, store: Store) -> _Took:
    lease = store.take_lease(COLLECTORS, "the benchmark", now=NOW, ttl_s=86_400)
    assert isinstance(lease, Lease)
    asker = Asker(environment=Environment.REHEARSAL, clock=_now)
    async with asker:
        reading = MoneyReading(
            store=store.money,
            lease=lease,
            asker=asker,
            stripe=StripeHistory(
                reader=StripeReader(
                    key=Masked(KEY),
                    api_base=base,
                    api_version=API_VERSION,
                    pace=Pace(per_second=UNLIMITED),
                ),
                events=TYPES,
                since=NOW_S - CHARGES,
            ),
            ledger=None,
            receipts=None,
            interval_s=1,
            clock=_now,
        )
        # The probes have asked before: the first request of the SDK is theirs.
        await reading.stripe.reader.get(asker, "/v1/balance", Balance)
        stalls: list[float] = []
        watching = asyncio.create_task(_watch(stalls))
        wall, cpu = time.perf_counter(), time.process_time()
        await reading.step(MoneyList.CHARGES)
        took = _Took(
            wall_s=time.perf_counter() - wall,
            cpu_s=time.process_time() - cpu,
            stall_ms=1000 * max(stalls),
        )
        watching.cancel()
    return took


async def _watch(stalls: list[float]) -> None:
    time_ = asyncio.get_running_loop().time
    while True:
        due = time_() + TICK_S
        await asyncio.sleep(TICK_S)
        stalls.append(time_() - due)


def _now() -> datetime:
    return NOW


@contextmanager
def _source() -> Iterator[str]:
    command: Sequence[str] = [sys.executable, "-m", "tests.bench.charge_source", str(CHARGES)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        if not base:
            raise UnmeasurableError("got no address of the source, expected one")
        yield base
        assert process.stdin is not None
        process.stdin.close()
