"""Asks every probe again and again. One slow, failing or broken probe never delays or silences another.

This is the one place with a broad except: what a probe did not foresee is recorded as a failure, not hidden.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from collectors.asking import Asker, AskError
from collectors.observation import CollectorFailure, FailureReason, Sample
from collectors.probe import Probe, failure

SPREAD_S = 0.3
JITTER = 0.1
"""By so much of the interval a question may come early, so that questions do not march in step; never late,
so that nothing is ever older than the interval that the plan promises."""

RETRY_S = 2.0
RETRIES = 4
# A probe may ask a few things in turn (discovery, token, question) and wait for its turn with Stripe.
EXCHANGES = 4
QUEUEING_MS = 10_000

LOG = logging.getLogger(__name__)
Sink = Callable[[Sample], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A probe and how often it is asked. `deadline_ms` is for one ask as a whole, whatever it consists of."""

    probe: Probe
    interval_s: float
    deadline_ms: int | None = None


async def poll(
    schedule: Sequence[Scheduled],
    *,
    asker: Asker,
    sink: Sink,
    stop: asyncio.Event,
    rng: random.Random,
    requests: asyncio.Queue[Probe] | None = None,
) -> None:
    """Ask until `stop` is set, then end at once. Probes put into `requests` are asked once, at once."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_keep_asking(each, asker=asker, sink=sink, rng=rng), name=each.probe.probe)
            for each in schedule
        ]
        if requests is not None:
            tasks.append(group.create_task(_serve(requests, asker=asker, sink=sink), name="requests"))
        await stop.wait()
        for task in tasks:
            task.cancel()


async def ask_once(probe: Probe, asker: Asker, *, deadline_ms: int | None = None) -> Sample:
    """One guarded ask: it ends within the deadline, in a sample, whatever the probe does."""
    limit_ms = deadline_ms or EXCHANGES * asker.timeout_ms + QUEUEING_MS
    started = time.perf_counter()
    try:
        async with asyncio.timeout(limit_ms / 1000) as deadline:
            return await probe.ask(asker)
    except Exception as error:  # noqa: BLE001 - whatever a probe did not foresee is recorded, and the rest goes on
        elapsed_ms = math.ceil((time.perf_counter() - started) * 1000)
        if deadline.expired():
            elapsed_ms = max(elapsed_ms, limit_ms)
            reason, detail = FailureReason.TIMEOUT, f"got no sample, expected one within {limit_ms} ms"
        else:
            reason, detail = (
                FailureReason.INTERNAL,
                f"got {_where(error)}, expected a sample: a bug of golive",
            )
    return failure(probe, asker, AskError(reason, detail, elapsed_ms=elapsed_ms, asked=f"ask {probe.probe}"))


async def _keep_asking(each: Scheduled, *, asker: Asker, sink: Sink, rng: random.Random) -> None:
    await asyncio.sleep(rng.uniform(0, min(SPREAD_S, each.interval_s)))
    failures = 0
    clock = asyncio.get_running_loop().time
    while True:
        started = clock()
        sample = await ask_once(each.probe, asker, deadline_ms=each.deadline_ms)
        _hand_over(sample, sink)
        failures = failures + 1 if isinstance(sample, CollectorFailure) else 0
        wait = _interval_s(each.interval_s, failures) * rng.uniform(1 - JITTER, 1)
        # From start to start; sleeping at least once lets the others in, however long this one took.
        await asyncio.sleep(max(0.0, started + wait - clock()))


async def _serve(requests: asyncio.Queue[Probe], *, asker: Asker, sink: Sink) -> None:
    # A group of its own, so that what a person has started ends with it.
    async with asyncio.TaskGroup() as started:
        while True:
            probe = await requests.get()
            started.create_task(_ask_and_hand_over(probe, asker=asker, sink=sink), name=probe.probe)


async def _ask_and_hand_over(probe: Probe, *, asker: Asker, sink: Sink) -> None:
    _hand_over(await ask_once(probe, asker), sink)


def _interval_s(interval_s: float, failures: int) -> float:
    """A source that failed is asked again soon, a few times; then it is left its normal interval."""
    return min(interval_s, RETRY_S) if 0 < failures <= RETRIES else interval_s


def _hand_over(sample: Sample, sink: Sink) -> None:
    try:
        sink(sample)
    except Exception as error:  # noqa: BLE001 - a sample that cannot be kept must not end the asking; it goes stale
        LOG.error("got %s from the sink, expected it to keep a sample of %s", _where(error), sample.probe)  # noqa: TRY400 - the message may quote what it could not keep


def _where(error: Exception) -> str:
    """What kind of error and where: never its text, which may quote an answer or a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
