from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from collectors.asking import Asker
from collectors.observation import CollectorFailure, FailureReason, Observation, Sample
from collectors.poller import RETRIES, Scheduled, _interval_s, ask_once, poll
from collectors.probe import Probe
from collectors.ready import ReadyProbe
from tests.collectors.loopback import Loopback, Reply, as_json

CANARY = "canary-in-an-exception"


@dataclass
class Broken:
    """A probe with a bug: it raises what no probe should."""

    probe: str = "broken.ready"
    source: str = "broken"
    asked: int = 0

    async def ask(self, asker: Asker) -> Sample:
        self.asked += 1
        raise ValueError(f"{CANARY} {asker.timeout_ms}")


@dataclass
class Stuck:
    """A probe with another bug: it never comes back."""

    probe: str = "stuck.ready"
    source: str = "stuck"
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, asker: Asker) -> Sample:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
        raise AssertionError(asker)


@dataclass
class Kept:
    """The sink: keeps what it is handed and lets a test wait for it."""

    samples: list[Sample] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, sample: Sample) -> None:
        self.samples.append(sample)
        self.changed.set()

    def of(self, probe: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.probe == probe]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


def ready(source: Loopback, name: str) -> ReadyProbe:
    return ReadyProbe(
        probe=f"{name}.ready", source=name, url=source.url(f"/{name}"), ready="ready", build="build"
    )


def often(*probes: Probe, deadline_ms: int | None = None) -> list[Scheduled]:
    return [Scheduled(probe=probe, interval_s=0.01, deadline_ms=deadline_ms) for probe in probes]


@contextlib.asynccontextmanager
async def polling(
    schedule: Sequence[Scheduled],
    asker: Asker,
    sink: Callable[[Sample], None],
    requests: asyncio.Queue[Probe] | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    running = asyncio.create_task(
        poll(schedule, asker=asker, sink=sink, stop=stop, rng=random.Random(1), requests=requests)
    )
    try:
        yield running
    finally:
        stop.set()
        await _soon(running)


async def _soon(awaitable: Awaitable[None]) -> None:
    async with asyncio.timeout(10):
        await awaitable


async def test_every_probe_is_asked_again_and_again(source: Loopback, asker: Asker) -> None:
    source.on("/a", as_json({"ready": True}))
    source.on("/b", as_json({"ready": False}))
    kept = Kept()

    async with polling(often(ready(source, "a"), ready(source, "b")), asker, kept):
        await kept.until(lambda: min(len(kept.of("a.ready")), len(kept.of("b.ready"))) >= 3)

    assert all(isinstance(sample, Observation) for sample in kept.samples)


async def test_a_slow_source_does_not_delay_another(source: Loopback, asker: Asker) -> None:
    source.on("/slow", Reply(hang=True))
    source.on("/quick", as_json({"ready": True}))
    kept = Kept()

    async with polling(often(ready(source, "slow"), ready(source, "quick")), asker, kept):
        await kept.until(lambda: len(kept.of("quick.ready")) >= 5)
        slow = kept.of("slow.ready")

    assert slow == []


async def test_a_probe_that_raises_is_recorded_and_silences_nobody(source: Loopback, asker: Asker) -> None:
    source.on("/a", as_json({"ready": True}))
    kept = Kept()

    async with polling(often(Broken(), ready(source, "a")), asker, kept):
        await kept.until(lambda: len(kept.of("broken.ready")) > RETRIES + 1 and len(kept.of("a.ready")) >= 2)

    first = kept.of("broken.ready")[0]
    assert isinstance(first, CollectorFailure)
    assert first.reason is FailureReason.INTERNAL
    assert first.detail.startswith("got ValueError at test_poller.py:")
    assert CANARY not in repr(kept.samples)


async def test_a_broken_probe_does_not_spin(source: Loopback, asker: Asker) -> None:
    source.on("/a", as_json({"ready": True}))
    kept, broken = Kept(), Broken()
    schedule = [Scheduled(probe=broken, interval_s=60), *often(ready(source, "a"))]

    async with polling(schedule, asker, kept):
        await kept.until(lambda: broken.asked == 1 and len(kept.of("a.ready")) >= 20)

    assert broken.asked == 1


async def test_a_probe_that_never_comes_back_is_a_timeout_of_at_least_the_deadline(asker: Asker) -> None:
    stuck = Stuck()

    sample = await ask_once(stuck, asker, deadline_ms=50)

    assert isinstance(sample, CollectorFailure)
    assert sample.reason is FailureReason.TIMEOUT
    assert sample.elapsed_ms >= 50
    assert stuck.ended.is_set()


async def test_each_timeout_is_a_sample_of_its_own(asker: Asker) -> None:
    kept = Kept()

    async with polling(often(Stuck(), deadline_ms=20), asker, kept):
        await kept.until(lambda: len(kept.samples) >= 3)

    assert {sample.reason for sample in kept.samples if isinstance(sample, CollectorFailure)} == {
        FailureReason.TIMEOUT
    }


async def test_a_time_out_of_the_probes_own_making_is_a_bug_and_not_a_slow_source(asker: Asker) -> None:
    class Impatient(Broken):
        async def ask(self, asker: Asker) -> Sample:
            raise TimeoutError(f"{CANARY} {asker.timeout_ms}")

    sample = await ask_once(Impatient(), asker)

    assert isinstance(sample, CollectorFailure)
    assert sample.reason is FailureReason.INTERNAL


async def test_stopping_ends_an_ask_that_is_under_way(asker: Asker) -> None:
    stuck = Stuck()

    async with polling([Scheduled(probe=stuck, interval_s=60)], asker, Kept()) as running:
        await _soon(_as_none(stuck.started))

    assert running.done()
    assert stuck.ended.is_set()


async def test_a_sink_that_fails_does_not_end_the_asking(
    source: Loopback, asker: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    source.on("/a", as_json({"ready": True}))
    kept = Kept()

    def locked(sample: Sample) -> None:
        kept(sample)
        raise OSError(CANARY)

    async with polling(often(ready(source, "a")), asker, locked):
        await kept.until(lambda: len(kept.samples) >= 3)

    assert "got OSError" in caplog.text
    assert CANARY not in caplog.text
    assert all(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_probe_that_a_person_starts_is_asked_once_and_at_once(source: Loopback, asker: Asker) -> None:
    source.on("/a", as_json({"ready": True}))
    source.on("/b", as_json({"ready": True}))
    kept: Kept = Kept()
    requests: asyncio.Queue[Probe] = asyncio.Queue()

    async with polling(often(ready(source, "a")), asker, kept, requests):
        requests.put_nowait(ready(source, "b"))
        await kept.until(lambda: len(kept.of("b.ready")) == 1)
        seen = len(kept.of("a.ready"))
        await kept.until(lambda: len(kept.of("a.ready")) >= seen + 5)

    assert len(kept.of("b.ready")) == 1


async def test_stopping_ends_a_started_probe_too(asker: Asker) -> None:
    stuck = Stuck()
    requests: asyncio.Queue[Probe] = asyncio.Queue()

    async with polling([], asker, Kept(), requests) as running:
        requests.put_nowait(stuck)
        await _soon(_as_none(stuck.started))

    assert running.done()
    assert stuck.ended.is_set()


async def _as_none(event: asyncio.Event) -> None:
    await event.wait()


@pytest.mark.parametrize(
    ("interval_s", "failures", "wait_s"),
    [(60, 0, 60), (60, 1, 2), (60, 4, 2), (60, 5, 60), (1, 1, 1)],
)
def test_a_failure_is_asked_again_soon_but_only_as_often_as_the_budget(
    interval_s: float, failures: int, wait_s: float
) -> None:
    assert _interval_s(interval_s, failures) == wait_s
