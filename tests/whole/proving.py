"""What people do on the Evidence page in the hour: hand pictures in, look at each other's, take away."""

from __future__ import annotations

import io
import re
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
from playwright.sync_api import FilePayload, expect

from dashboard.launch.proof import ItemState
from dashboard.ui import evidence_wording as words
from dashboard.ui import wording
from tests.whole.people import WITHIN_MS, People, Someone

STRIPE_PAGE = "Stripe Dashboard: the live charge succeeded"
CREDITS_PAGE = "student_pilot: the updated credit balance"


def prove(people: People) -> None:
    """The window opens, the clock is held, and both pictures come in and are looked at by somebody else."""
    coordinator = people.coordinator.opens(wording.EVIDENCE)
    _card_reads(coordinator, STRIPE_PAGE, words.STATE_WORD[ItemState.OPEN])
    coordinator.opens(wording.TIMELINE).gives("we take the pictures").presses(wording.HOLD_CLOCK)
    coordinator.reads("The clock: HOLD at T+")

    coordinator.opens(wording.EVIDENCE)
    _choose(coordinator, CREDITS_PAGE)
    coordinator.presses(words.TAKE_PAGE).reads("It counts once somebody else has looked at it.")
    _choose(coordinator, STRIPE_PAGE)
    _hand_in(coordinator, _picture())
    _card_reads(coordinator, STRIPE_PAGE, words.STATE_WORD[ItemState.IN_REVIEW])

    reviewer = people.frontend.opens(wording.EVIDENCE)
    for title in (STRIPE_PAGE, CREDITS_PAGE):
        _review(reviewer, title)
        _card_reads(reviewer, title, words.STATE_WORD[ItemState.CAPTURED])
    coordinator.reads("6 of 6 required items are proven")
    coordinator.opens(wording.TIMELINE).gives("all is proven").presses(wording.RESUME_CLOCK)
    coordinator.reads("all is proven")  # in the log: until then the page is about to empty the reason


def take_away(someone: Someone, folder: Path) -> tuple[Path, Path, str]:
    """The bundle, the receipt of the close, and the log's key as the page says it."""
    someone.opens(wording.EVIDENCE).reads(words.CLOSED_LOG)
    return (
        _download(someone, words.DOWNLOAD, folder / "bundle.zip"),
        _download(someone, "Receipt CLOSED,", folder / "receipt.txt"),
        _vkey(someone),
    )


def _card_reads(someone: Someone, title: str, word: str) -> None:
    card = someone.page.locator(".gl-items li").filter(has_text=title)
    expect(card).to_contain_text(word, use_inner_text=True, timeout=WITHIN_MS)


def _choose(someone: Someone, title: str) -> None:
    someone.page.locator(".st-key-evidence_desk").get_by_text(title, exact=True).click()
    someone.page.locator("[data-test-script-state=notRunning]").wait_for()


def _hand_in(someone: Someone, picture: bytes) -> None:
    file = FilePayload(name="a person's name.png", mimeType="image/png", buffer=picture)
    someone.page.locator("input[type=file]").set_input_files(file)
    someone.reads("This will be recorded: 640 × 400 pixels")
    for _, attested in words.ATTESTED:
        someone.page.get_by_text(attested, exact=True).click()
    expect(someone.button(words.HAND_IN)).to_be_enabled(timeout=WITHIN_MS)
    someone.presses(words.HAND_IN).reads("It counts once somebody else has looked at it.")


def _review(someone: Someone, title: str) -> None:
    box = someone.page.locator("[class*=st-key-evidence_review_]").filter(has_text=title)
    box.get_by_role("button", name=re.compile(f"^{re.escape(words.ACCEPT)}")).click()


def _download(someone: Someone, name: str, file: Path) -> Path:
    with someone.page.expect_download(timeout=WITHIN_MS) as download:
        someone.page.get_by_role("link", name=re.compile(f"^{re.escape(name)}")).first.click()
    download.value.save_as(file)
    return file


def _vkey(someone: Someone) -> str:
    told = someone.page.get_by_text(
        re.compile(r"^golive/rehearsal/\S+\+[0-9a-f]{8}\+\S+$")
    ).first.inner_text()
    return told.strip()


def _picture() -> bytes:
    image = PIL.Image.new("RGB", (640, 400), "white")
    PIL.ImageDraw.Draw(image).text((20, 20), "Stripe: $9.99 succeeded, 2026-11-27 16:00 UTC", fill="black")
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
