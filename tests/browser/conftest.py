"""A real Chromium looking at the real application over the stand-in room, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.shots import settled
from tests.dashboard.ui.standin import HEALTHY

ROOT = Path(__file__).resolve().parent.parent.parent
STARTED_WITHIN_S = 60


@dataclass(slots=True)
class World:
    """One served dashboard."""

    url: str
    process: subprocess.Popen[bytes]

    def show(self, scenario: str) -> None:
        """Publish a new version."""
        httpx.post(f"{self.url}/standin/{scenario}", timeout=10).raise_for_status()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=20)


@dataclass(slots=True)
class Watched:
    """A page with everything it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """The one that most tests share; each says first what it wants to be shown."""
    served = start(HEALTHY)
    yield served
    served.stop()


@pytest.fixture
def own_world() -> Iterator[Callable[..., World]]:
    """A world of one's own, to be stopped or stalled, at an address that may be kept."""
    started: list[World] = []

    def make(scenario: str = HEALTHY, environment: str = "rehearsal", port: int | None = None) -> World:
        started.append(start(scenario, environment, port))
        return started[-1]

    yield make
    for one in started:
        one.process.send_signal(signal.SIGCONT)
        one.process.kill()
        one.process.wait(timeout=20)


@pytest.fixture(scope="session")
def session(chrome: Browser) -> BrowserContext:
    """One browser profile for all tests, so that Streamlit's own files are fetched once."""
    return chrome.new_context()


@pytest.fixture
def open_page(session: BrowserContext) -> Iterator[Callable[..., Watched]]:
    """Open an address in a tab of its own, a Streamlit session of its own; `script` runs before the page."""
    tabs: list[Page] = []
    session.clear_cookies()  # nobody was anybody before

    def go(
        url: str, *, width: int = 1440, height: int = 900, dark: bool = False, script: str = ""
    ) -> Watched:
        watched = Watched(session.new_page())
        watched.page.add_init_script(script)
        tabs.append(watched.page)
        watched.page.set_viewport_size({"width": width, "height": height})
        watched.page.emulate_media(color_scheme="dark" if dark else "light")
        watched.page.on("request", lambda request: watched.requests.append(request.url))
        watched.page.on("websocket", lambda opened: watched.requests.append(opened.url))
        watched.page.on("console", lambda said: watched.complaints.append(said.text))
        settled(watched.page, url)
        return watched

    yield go
    for tab in tabs:
        tab.close()


def start(scenario: str, environment: str = "rehearsal", port: int | None = None, **environ: str) -> World:
    """Start a world and wait until it answers."""
    port = port or free_port()
    command = [sys.executable, "-m", "tests.browser.world", str(port), scenario, environment]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": ".", **environ},
    )
    served = World(url=f"http://127.0.0.1:{port}", process=process)
    _wait_until_it_answers(served)
    return served


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _wait_until_it_answers(served: World) -> None:
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until:
        assert served.process.poll() is None, "the dashboard ended before it answered"
        try:
            httpx.get(f"{served.url}/healthz", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the dashboard did not answer within {STARTED_WITHIN_S} s")
