"""Viewers: real Chromium pages, and others without a screen, that look at golive."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.bench.launched import ROOT
from tests.bench.redraws import Redrawn
from tests.bench.results import UnmeasurableError
from tests.browser.shots import browser, chromium, settled

GO_WITHIN_S = 120
GO = ".gl-board:not(.gl-lost) #verdict > .gl-word:text-is('GO')"


@contextmanager
def chrome() -> Iterator[Browser]:
    """A Chromium, or a clear word that there is none."""
    if chromium() is None:
        raise UnmeasurableError("got no Chromium, expected one on the PATH or its path in GOLIVE_CHROMIUM")
    with browser() as started:
        yield started


def viewer(started: Browser, url: str) -> Page:
    """One more viewer of this page, with a browser profile of their own."""
    return settled(started.new_context(viewport={"width": 1440, "height": 900}).new_page(), url)


def wait_for_go(page: Page) -> None:
    """Wait until the page says GO of a board that is alive."""
    try:
        page.locator(GO).wait_for(timeout=GO_WITHIN_S * 1000)
    except NotInTime as error:
        sentence = page.locator(".gl-sentence").inner_text()
        raise UnmeasurableError(
            f"got no GO within {GO_WITHIN_S} s, expected a healthy world ({sentence})"
        ) from error


@contextmanager
def others(url: str, count: int, *options: str) -> Iterator[list[Redrawn]]:
    """So many more viewers without a screen, with options of `tests.bench.sessions`; what came of each one's
    redraws is there when they have left.
    """
    redrawn: list[Redrawn] = []
    command = [sys.executable, "-m", "tests.bench.sessions", url, str(count), *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                raise UnmeasurableError(f"got no {count} sessions, expected all to draw")
            yield redrawn
        finally:
            process.stdin.close()
            redrawn += msgspec.json.decode(process.stdout.readline() or "[]", type=list[Redrawn])
