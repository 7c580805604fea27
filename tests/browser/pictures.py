"""The pictures of the product: a real rehearsal, healthy and with five faults, pressed together in a browser.

`python -m tests.browser.pictures OUT_DIR`: every page of both, light and dark, at two sizes; and the README's
picture of the board, `docs/board.png`.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.shots import READY_MS, browser, settled, take

ROOT = Path(__file__).resolve().parents[2]
README_PICTURE = ROOT / "docs" / "board.png"
FIVE_FAULTS = (
    "publishable_key_test",
    "webhook_500",
    "ledger_read_503",
    "cors_any_origin",
    "scholar_auth_down",
)
GO_WITHIN_MS = 120_000
PRESS = """button => {
    const found = document.querySelectorAll(button)
    if (found.length === 1) found[0].click()
    return found.length === 1
}"""
"""In one step: while a button is redrawn, the old one is there besides."""


@contextmanager
def rehearsal() -> Iterator[str]:
    """`golive` itself on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "dashboard",
            "--port",
            str(port),
            "--data-dir",
            folder,
            "--no-browser",
        ]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as golive:
            assert golive.stdout is not None
            golive.stdout.readline()
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                golive.terminate()


def press(page: Page, key: str) -> None:
    """Press the button of this key and wait until it was acted on."""
    page.wait_for_function(PRESS, arg=f".st-key-{key} button", timeout=READY_MS)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=READY_MS)


def start_clock(page: Page, url: str) -> None:
    """T-0, as the coordinator gives it."""
    settled(page, f"{url}/timeline").get_by_role("textbox", name="Reason").fill("everybody is here")
    page.keyboard.press("Tab")
    press(page, "clock_start")
    page.locator(".gl h2", has_text="T+00").wait_for(timeout=READY_MS)


def wait_for_verdict(page: Page, url: str, word: str) -> None:
    """Watch the Control room until it says this word."""
    settled(page, url).locator(".gl h1", has_text=word).first.wait_for(timeout=GO_WITHIN_MS)


def main() -> None:
    """Run the rehearsal and take all pictures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path, nargs="?", default=ROOT / "pictures")
    out = arguments.parse_args().out
    with rehearsal() as url:
        with browser() as chrome:
            page = chrome.new_page(viewport={"width": 1440, "height": 900})
            press(settled(page, f"{url}/rehearsal"), "start_purchase")
            start_clock(page, url)
            wait_for_verdict(page, url, "GO")
            page.screenshot(path=README_PICTURE)
        take(out / "healthy", url)
        with browser() as chrome:
            page = settled(chrome.new_page(viewport={"width": 1440, "height": 900}), f"{url}/rehearsal")
            for fault in FIVE_FAULTS:
                press(page, f"put_{fault}")
            press(page, "start_purchase")
            wait_for_verdict(page, url, "NO-GO")
        take(out / "five_faults", url)


if __name__ == "__main__":
    main()
