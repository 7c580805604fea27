"""What twenty viewers cost the store, against one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from dashboard.wiring.processes import Child, start_world
from tests.bench.launched import ROOT, buy, control, free_port, own_environment
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.viewing import chrome, others, viewer, wait_for_go

MANY = 20
SECONDS = 60
LIMIT = 1.1
"""The same, within the noise of a loop that sleeps between two looks."""

REDRAWS_AT_LEAST = SECONDS // 5
"""A view is published every two seconds; who redrew less often than every five was not really looking."""


def measure(say: Say) -> list[Measured]:
    """Count with one viewer, let the others in, count again."""
    with chrome() as started, _counted() as url, httpx.Client(base_url=url, trust_env=False) as client:
        page = viewer(started, url)
        wait_for_go(page)
        one = _reads_per_minute(client)
        say(f"viewers: {one:.0f} reads a minute with one; {MANY - 1} more are let in")
        with others(url, MANY - 1) as redrawn:
            many = _reads_per_minute(client)
        wait_for_go(page)
    redraws = [len(each.seconds) for each in redrawn]
    if min(redraws) < REDRAWS_AT_LEAST:
        raise UnmeasurableError(f"got {min(redraws)} redraws in {SECONDS} s, expected {REDRAWS_AT_LEAST}")
    return [
        Measured(
            row="viewers",
            what=f"reads of the store with {MANY} viewers against one",
            value=many / one,
            limit=LIMIT,
            unit="x",
            how=f"{many:.0f} and {one:.0f} reads a minute over {SECONDS} s; a Chromium page and {MANY - 1} "
            f"sessions without a screen, of which each redrew {min(redraws)} to {max(redraws)} times",
        )
    ]


def _reads_per_minute(client: httpx.Client) -> float:
    before, started = _reads(client), time.perf_counter()
    time.sleep(SECONDS)
    return (_reads(client) - before) * 60 / (time.perf_counter() - started)


def _reads(client: httpx.Client) -> int:
    told: int = client.get("/bench/reads").raise_for_status().json()["reads"]
    return told


@contextmanager
def _counted() -> Iterator[str]:
    """The world, the collector and a dashboard that counts; the address of the last."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder, ExitStack() as stop:
        data_dir = Path(folder)
        ours = {**own_environment(), "PYTHONPATH": str(ROOT)}
        world, found = start_world(data_dir, seed=0, faults=(), environ=ours)
        stop.callback(world.stop)
        told = {**found, "GOLIVE_DATA_DIR": folder}
        commands = {
            "collector": ["dashboard", "serve", "--only", "collector", "--with-stdin"],
            "dashboard": ["tests.bench.counted", str(port)],
        }
        for name, command in commands.items():
            child = Child(name=name, command=command, environ=told, log=data_dir / "logs" / f"{name}.log")
            child.start()
            stop.callback(child.stop)
        url = f"http://127.0.0.1:{port}"
        with control(told) as client:
            buy(url, client)
        yield url
