"""One cycle of many slow endpoints against one cycle of a single one, asked by the poller itself."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from collectors.asking import Asker
from collectors.observation import CollectorFailure, Environment, Sample
from collectors.poller import Scheduled, poll
from collectors.ready import ReadyProbe
from tests.bench.launched import ROOT
from tests.bench.results import Measured, Say, UnmeasurableError

ENDPOINTS = 100
DELAY_MS = 50
CYCLES = 20
WARM = 3
INTERVAL_S = 60
LIMIT = 2.0


class InStep(random.Random):
    """No jitter: every probe of a cycle starts at the same moment, which is the hardest for the asking."""

    def uniform(self, a: float, b: float) -> float:
        """The longest wait, for everybody."""
        return max(a, b)


@dataclass(slots=True, kw_only=True)
class Timed:
    """A probe that notes when each of its cycles began and ended."""

    asked: ReadyProbe
    spans: list[tuple[float, float]] = field(default_factory=list)

    @property
    def probe(self) -> str:
        return self.asked.probe

    @property
    def source(self) -> str:
        return self.asked.source

    async def ask(self, asker: Asker) -> Sample:
        """Ask as the probe does."""
        started = time.perf_counter()
        sample = await self.asked.ask(asker)
        self.spans.append((started, time.perf_counter()))
        return sample


def measure(say: Say) -> list[Measured]:
    """The cycles of one endpoint, then those of all, over connections that the first cycles opened."""
    with _sources() as bases:
        one = statistics.median(asyncio.run(_cycles(bases[:1])))
        many = statistics.median(asyncio.run(_cycles(bases)))
    say(f"cycle: {ENDPOINTS} endpoints {many * 1000:.0f} ms, one {one * 1000:.0f} ms")
    return [
        Measured(
            row="cycle",
            what=f"a cycle of {ENDPOINTS} endpoints, each {DELAY_MS} ms slow, against one endpoint",
            value=many / one,
            limit=LIMIT,
            unit="x",
            how=f"{many * 1000:.1f} ms and {one * 1000:.1f} ms, first ask to last sample, by the poller with "
            f"its jitter taken out, median of {CYCLES}",
        )
    ]


async def _cycles(bases: Sequence[str]) -> list[float]:
    """Seconds from the first ask to the last sample of each cycle; a poller a cycle, over one asker.

    Left running, a poller without jitter still falls out of step by itself, a little with every cycle.
    """
    seconds = []
    async with Asker(environment=Environment.REHEARSAL) as asker:
        for _ in range(WARM + CYCLES):
            probes = [Timed(asked=_probe(number, base)) for number, base in enumerate(bases)]
            await _cycle(probes, asker)
            spans = [span for probe in probes for span in probe.spans]
            seconds.append(max(end for _, end in spans) - min(start for start, _ in spans))
    return seconds[WARM:]


async def _cycle(probes: Sequence[Timed], asker: Asker) -> None:
    stop = asyncio.Event()
    samples: list[Sample] = []

    def sink(sample: Sample) -> None:
        samples.append(sample)
        if len(samples) == len(probes):
            stop.set()

    schedule = [Scheduled(probe=probe, interval_s=INTERVAL_S) for probe in probes]
    await poll(schedule, asker=asker, sink=sink, stop=stop, rng=InStep())
    failed = next((sample for sample in samples if isinstance(sample, CollectorFailure)), None)
    if failed is not None:
        raise UnmeasurableError(f"got {failed.reason} from {failed.asked}, expected an answer")


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
