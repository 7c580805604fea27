"""One cycle of many slow endpoints against one cycle of a single one, asked by the real poller."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from collectors.asking import Asker
from collectors.observation import Environment, Observation, Sample
from collectors.poller import Scheduled, poll
from collectors.probe import Probe
from collectors.ready import ReadyProbe
from tests.bench.launched import ROOT
from tests.bench.results import Measured, Say, UnmeasurableError

ENDPOINTS = 100
DELAY_MS = 50
CYCLES = 15
WARM = 3
INTERVAL_S = 0.5
LIMIT = 2.0


class Together(random.Random):
    """No spread and no jitter: the poller's help against everything being asked at once is taken away."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A probe that notes when it was asked."""

    asked: Probe
    at: list[float] = field(default_factory=list)

    @property
    def probe(self) -> str:
        return self.asked.probe

    @property
    def source(self) -> str:
        return self.asked.source

    async def ask(self, asker: Asker) -> Sample:
        self.at.append(time.perf_counter())
        return await self.asked.ask(asker)


def measure(say: Say) -> list[Measured]:
    """The median cycle of each, one after the other over the same sources."""
    with _sources(ENDPOINTS, DELAY_MS) as bases:
        one = asyncio.run(_cycle_s(bases[:1]))
        many = asyncio.run(_cycle_s(bases))
    say(f"cycle: {ENDPOINTS} endpoints {many * 1000:.0f} ms, one {one * 1000:.0f} ms")
    return [
        Measured(
            row="cycle",
            what=f"a cycle of {ENDPOINTS} endpoints, each {DELAY_MS} ms slow, against one endpoint",
            value=many / one,
            limit=LIMIT,
            unit="x",
            how=f"{many * 1000:.1f} ms and {one * 1000:.1f} ms, first ask to last sample, median of "
            f"{CYCLES - WARM} cycles, all asked at once",
        )
    ]


async def _cycle_s(bases: Sequence[str]) -> float:
    probes = [Timed(asked=_probe(number, base)) for number, base in enumerate(bases)]
    ends: dict[str, list[float]] = defaultdict(list)
    stop = asyncio.Event()

    def take(sample: Sample) -> None:
        if not isinstance(sample, Observation):
            raise UnmeasurableError(f"got {sample.reason} from {sample.asked}, expected an answer")
        ends[sample.probe].append(time.perf_counter())
        if len(ends) == len(probes) and min(map(len, ends.values())) >= CYCLES:
            stop.set()

    async with Asker(environment=Environment.REHEARSAL) as asker:
        schedule = [Scheduled(probe=probe, interval_s=INTERVAL_S) for probe in probes]
        await poll(schedule, asker=asker, sink=take, stop=stop, rng=Together())
    return statistics.median(
        max(ends[probe.probe][cycle] for probe in probes) - min(probe.at[cycle] for probe in probes)
        for cycle in range(WARM, CYCLES)
    )


def _probe(number: int, base: str) -> ReadyProbe:
    name = f"source_{number}"
    return ReadyProbe(probe=f"{name}.ready", source=name, url=f"{base}/readyz", ready="ready", build="build")


@contextmanager
def _sources(count: int, delay_ms: int) -> Iterator[list[str]]:
    command = [sys.executable, "-m", "tests.bench.slow_source", str(count), str(delay_ms)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
