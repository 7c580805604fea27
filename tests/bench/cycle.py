"""One cycle of many slow endpoints against one cycle of a single one, asked as the poller asks."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from collectors.asking import Asker
from collectors.observation import CollectorFailure, Environment
from collectors.poller import ask_once
from collectors.ready import ReadyProbe
from tests.bench.launched import ROOT
from tests.bench.results import Measured, Say, UnmeasurableError

ENDPOINTS = 100
DELAY_MS = 50
CYCLES = 40
WARM = 5
PAUSE_S = 0.1
LIMIT = 2.0


def measure(say: Say) -> list[Measured]:
    """Both cycles in turn, over connections that are open already.

    The poller spreads its questions over 300 ms and jitters them; all are asked at once here instead, so
    that the asking is measured and not the schedule.
    """
    with _sources() as bases:
        in_turn = asyncio.run(_cycles(bases))[WARM:]
    one, many = (statistics.median(seconds) for seconds in zip(*in_turn, strict=True))
    say(f"cycle: {ENDPOINTS} endpoints {many * 1000:.0f} ms, one {one * 1000:.0f} ms")
    return [
        Measured(
            row="cycle",
            what=f"a cycle of {ENDPOINTS} endpoints, each {DELAY_MS} ms slow, against one endpoint",
            value=many / one,
            limit=LIMIT,
            unit="x",
            how=f"{many * 1000:.1f} ms and {one * 1000:.1f} ms, first ask to last sample, all at once, "
            f"median of {len(in_turn)} in turn",
        )
    ]


async def _cycles(bases: Sequence[str]) -> list[tuple[float, float]]:
    probes = [_probe(number, base) for number, base in enumerate(bases)]
    in_turn = []
    async with Asker(environment=Environment.REHEARSAL) as asker:
        for _ in range(CYCLES):
            in_turn.append((await _cycle_s(probes[:1], asker), await _cycle_s(probes, asker)))
            await asyncio.sleep(PAUSE_S)
    return in_turn


async def _cycle_s(probes: Sequence[ReadyProbe], asker: Asker) -> float:
    started = time.perf_counter()
    samples = await asyncio.gather(*(ask_once(probe, asker) for probe in probes))
    seconds = time.perf_counter() - started
    for sample in samples:
        if isinstance(sample, CollectorFailure):
            raise UnmeasurableError(f"got {sample.reason} from {sample.asked}, expected an answer")
    return seconds


def _probe(number: int, base: str) -> ReadyProbe:
    name = f"source_{number}"
    return ReadyProbe(probe=f"{name}.ready", source=name, url=f"{base}/readyz", ready="ready", build="build")


@contextmanager
def _sources() -> Iterator[list[str]]:
    command = [sys.executable, "-m", "tests.bench.slow_source", str(ENDPOINTS), str(DELAY_MS)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
