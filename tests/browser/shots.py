"""Pictures of every page at two sizes, light and dark: `python -m tests.browser.shots OUT_DIR --url URL`."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PAGES = {
    "control_room": "/",
    "timeline": "/timeline",
    "first_dollar": "/first_dollar",
    "webhooks": "/webhooks",
    "finance": "/finance",
    "evidence": "/evidence",
    "replay": "/replay",
    "services": "/services",
    "rehearsal": "/rehearsal",
}
SIZES = {"1440": (1440, 900), "390": (390, 844)}
SCHEMES = ("light", "dark")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WATCHED = ".st-key-golive_watch"
LISTENING = "#golive-announcer"
"""Made by a watched page's script when it begins to listen, which under load is after the page is drawn."""
READY_MS = 30_000


def chromium() -> str | None:
    """Where a Chromium is: the one that was named, or one on the PATH."""
    named = environ.get("GOLIVE_CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "google-chrome", "chromium-browser"))
    return named or next((path for path in found if path), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A real browser that talks to nobody but the page's own server."""
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


def settled(page: Page, url: str) -> Page:
    """Open an address and wait until the page is drawn, connected and idle, and its own script listens."""
    page.goto(url)
    page.locator("[data-test-connection-state=CONNECTED]").wait_for(timeout=READY_MS)
    page.locator(".gl h1").first.wait_for(timeout=READY_MS)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=READY_MS)
    if page.locator(WATCHED).count():
        page.locator(LISTENING).wait_for(state="attached", timeout=READY_MS)
    return page


def take(out: Path, url: str) -> None:
    """Every page, size and colour scheme: the first screen and the whole page."""
    out.mkdir(parents=True, exist_ok=True)
    with browser() as chrome:
        for scheme in SCHEMES:
            for size, (width, height) in SIZES.items():
                context = chrome.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                )
                for name, path in PAGES.items():
                    page = settled(context.new_page(), url + path)
                    page.wait_for_timeout(700)  # fonts and charts fade in; only the pictures wait for it
                    page.screenshot(path=out / f"{name}-{size}-{scheme}.png")
                    _whole(page, width)
                    page.screenshot(path=out / f"{name}-{size}-{scheme}-full.png")
                    page.close()
                context.close()


def _whole(page: Page, width: int) -> None:
    """Streamlit scrolls an inner box, so the window is made as tall as what is in it."""
    tall = page.evaluate("document.querySelector('.stMain').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(tall) + 20, 6_000)})
    page.wait_for_timeout(500)


def main() -> None:
    """Read the arguments and take the pictures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--url", required=True)
    given = arguments.parse_args()
    take(given.out, given.url.rstrip("/"))


if __name__ == "__main__":
    main()
