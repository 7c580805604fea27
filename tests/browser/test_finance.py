"""What of the Finance page only a browser does: files, the tab of a purchase, where a table was scrolled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.ui import finance_wording as words
from tests.browser.conftest import Watched, World
from tests.dashboard.ui.standin import FAULTS

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Watched]
ROWS = "#table-the-rows-that-are-wanted"
SCROLL = """async rows => {
    for (let tries = 0; tries < 1200; tries++) {
        const table = document.querySelector(rows)
        table?.scrollTo(150, 0)
        for (const _ of [1, 2]) await new Promise(requestAnimationFrame)
        if (table?.isConnected && table.scrollLeft === 150) return
    }
    throw new Error("got no table that stays where it is scrolled, expected one within 2,400 frames")
}"""
"""A browser tells of a scroll at its next frame, and of none of a table that was redrawn before it."""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_list_is_taken_away_by_one_press(kind: str, world: World, open_page: OpenPage) -> None:
    world.show(FAULTS)
    page = open_page(f"{world.url}/finance").page

    with page.expect_download() as taken:
        page.get_by_role("link", name=words.DOWNLOADS[kind]).click()

    assert taken.value.suggested_filename.startswith("golive-finance-rehearsal-unmatched-2026")
    assert taken.value.suggested_filename.endswith(f".{kind}")
    assert b"payment_intent\r\npi_2\r\n" == Path(taken.value.path()).read_bytes()


def test_a_row_opens_its_purchase_and_the_list_stays(world: World, open_page: OpenPage) -> None:
    world.show(FAULTS)
    page = open_page(f"{world.url}/finance").page

    with page.expect_popup() as opened:
        page.get_by_role("link", name="pi_2", exact=True).click()

    assert opened.value.url.endswith("/first_dollar?purchase=pi_2")
    expect(opened.value.get_by_role("combobox", name="Payment")).to_have_value("named by the address · pi_2")
    expect(page.locator(ROWS)).to_be_visible()


def test_a_redrawn_table_stays_where_it_was_scrolled(world: World, open_page: OpenPage) -> None:
    world.show(FAULTS)
    page = open_page(f"{world.url}/finance", width=390, height=844).page

    page.evaluate(SCROLL, ROWS)

    stays_when_redrawn(page)


def test_a_table_stays_where_it_was_scrolled_before_the_page_was_whole(
    world: World, open_page: OpenPage
) -> None:
    world.show(FAULTS)
    early = f"window.scrolled = ({SCROLL})('{ROWS}')"
    page = open_page(f"{world.url}/finance", width=390, height=844, script=early).page

    page.evaluate("window.scrolled")

    stays_when_redrawn(page)


def stays_when_redrawn(page: Page) -> None:
    table = page.locator(ROWS)
    narrow = page.get_by_role("textbox", name=words.FILTER_TEXT)
    narrow.fill("pi_")
    narrow.press("Enter")

    expect(table.get_by_text("entry-1", exact=True)).to_have_count(0)
    assert 150 == table.evaluate("table => table.scrollLeft")
