"""What of the Evidence page only a browser does: a picture is pasted where it can be dropped."""

from __future__ import annotations

import base64
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from dashboard.ui import evidence_wording as words
from tests.browser.conftest import Watched, World
from tests.browser.roles import act_as
from tests.dashboard.ui.standin import HEALTHY
from tests.evidence.sealed import png

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Watched]

PASTE = "ControlOrMeta+V"
COPY = """async (encoded) => {
    const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
    const picture = new Blob([bytes], { type: "image/png" });
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}"""


TAKEN = 8
EVERY_S = 0.1


@contextmanager
def redrawing(world: World) -> Iterator[None]:
    """There is something new to draw all the time."""
    over = threading.Event()

    def show() -> None:
        while not over.wait(EVERY_S):
            world.show(HEALTHY)

    with ThreadPoolExecutor(1) as pool:
        showing = pool.submit(show)
        try:
            yield
        finally:
            over.set()
        showing.result()


@pytest.fixture
def page(world: World, open_page: OpenPage) -> Page:
    """The Evidence page, as the coordinator, who has a picture in the clipboard."""
    world.show(HEALTHY)
    page = open_page(f"{world.url}/evidence").page
    act_as(page, "Coordinator")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=world.url)
    page.evaluate(COPY, base64.b64encode(png()).decode())
    return page


def test_a_picture_is_pasted_wherever_on_the_page_one_is(page: Page) -> None:
    page.get_by_role("heading", name=words.ADD).click()
    page.keyboard.press(PASTE)

    for _, label in words.ATTESTED:
        page.get_by_text(label).click()
    page.get_by_role("button", name=words.HAND_IN).click()
    expect(page.locator("body")).to_contain_text(words.HANDED_IN.split("{index}")[0])


def test_a_picture_is_pasted_into_the_box_that_has_the_focus_as_well(page: Page) -> None:
    page.get_by_test_id("stFileUploaderDropzone").locator("button").focus()
    page.keyboard.press(PASTE)

    expect(page.get_by_test_id("stImage").locator("img")).to_have_count(1)


def test_a_file_comes_while_the_page_redraws_itself(page: Page, world: World) -> None:
    taken = 0
    with redrawing(world):
        for _ in range(TAKEN):
            with page.expect_download() as download:
                page.get_by_role("link", name=words.DOWNLOAD).click()
            taken += zipfile.ZipFile(download.value.path()).testzip() is None

    assert TAKEN == taken
