"""What twenty viewers cost the store, against one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page

from dashboard.wiring.processes import Child, start_world
from tests.bench.launched import ROOT, buy, control, free_port, own_environment
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.viewing import chrome, viewer, wait_for_go

MANY = 20
SECONDS = 60
LIMIT = 1.1
"""The same, within the noise of a loop that sleeps between two looks."""

STATE = "() => [window.goliveWatch.drawn, document.documentElement.hasAttribute('data-golive-lost')]"


def measure(say: Say) -> list[Measured]:
    """Count with one viewer, let the others in, count again."""
    with chrome() as started, _counted() as url, httpx.Client(base_url=url, trust_env=False) as client:
        pages = [viewer(started, url)]
        wait_for_go(pages[0])
        one = _reads_per_minute(client, pages)
        say(f"viewers: {one:.0f} reads a minute with one; {MANY - 1} more are let in")
        pages += [viewer(started, url) for _ in range(MANY - 1)]
        many = _reads_per_minute(client, pages)
        served = _versions_behind(client, pages)
    return [
        Measured(
            row="viewers",
            what=f"reads of the store with {MANY} viewers against one",
            value=many / one,
            limit=LIMIT,
            unit="x",
            how=f"{many:.0f} and {one:.0f} reads a minute over {SECONDS} s, real pages in Chromium, "
            f"the slowest {served} versions behind",
        )
    ]


def _reads_per_minute(client: httpx.Client, pages: list[Page]) -> float:
    before, started = _reads(client), time.perf_counter()
    pages[0].wait_for_timeout(SECONDS * 1000)
    return (_reads(client) - before) * 60 / (time.perf_counter() - started)


def _reads(client: httpx.Client) -> int:
    told: int = client.get("/bench/reads").raise_for_status().json()["reads"]
    return told


def _versions_behind(client: httpx.Client, pages: list[Page]) -> int:
    """How far the slowest page is behind; a page that lost its server costs the store nothing."""
    states = [page.evaluate(STATE) for page in pages]
    lost = sum(is_lost for _, is_lost in states)
    if lost:
        raise UnmeasurableError(f"got {lost} of {len(pages)} pages that lost the server, expected none")
    newest: int = client.get("/healthz").json()["version"]
    drawn: list[int] = [version for version, _ in states]
    return newest - min(drawn)


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
