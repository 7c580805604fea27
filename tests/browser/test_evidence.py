"""What of the Evidence page only a browser does: a picture is pasted where it can be dropped."""

from __future__ import annotations

import base64
from collections.abc import Callable

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
