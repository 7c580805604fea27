"""A table that is wider than the page says so at the cut, and can be scrolled by keys."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from dashboard.ui import finance_wording as words
from dashboard.ui import wording
from tests.browser.conftest import Watched, World
from tests.dashboard.ui.standin import FAULTS

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Watched]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


class Table(NamedTuple):
    """A table by its page and its label."""

    page: str
    label: str


LIST, CLASSES = Table("finance", words.LIST_OF_WANTED), Table("finance", words.CLASSES)
CELLS = Table("webhooks", wording.CELLS)
MOVED = """id => {
    const table = document.getElementById(id)
    return table.scrollLeft + table.clientWidth < table.scrollWidth
}"""
"""By its id: a redraw puts another element in its place."""


@pytest.mark.parametrize(
    ("table", "size"),
    [(LIST, DESK), (LIST, PHONE), (CLASSES, PHONE), (CELLS, PHONE)],
    ids=["list at the desk", "list on a phone", "classes on a phone", "cells on a phone"],
)
def test_a_table_that_is_cut_is_shaded_at_the_cut_and_scrolls_by_keys(
    table: Table, size: dict[str, int], world: World, open_page: OpenPage
) -> None:
    world.show(FAULTS)
    page = open_page(f"{world.url}/{table.page}", **size).page
    shown = page.get_by_role("region", name=table.label, exact=True)
    expect(shown).to_have_attribute("tabindex", "0")

    at_first = shaded(shown)
    shown.evaluate("table => table.scrollTo({left: table.scrollWidth, behavior: 'instant'})")
    at_last = shaded(shown)
    shown.focus()
    shown.press("ArrowLeft")
    page.wait_for_function(MOVED, arg=shown.get_attribute("id"))

    assert ((False, True), (True, False)) == (at_first, at_last)


@pytest.mark.parametrize("table", [CLASSES, CELLS], ids=["classes", "cells"])
def test_a_table_that_has_its_place_has_no_shade(table: Table, world: World, open_page: OpenPage) -> None:
    world.show(FAULTS)
    page = open_page(f"{world.url}/{table.page}", **DESK).page
    shown = page.get_by_role("region", name=table.label, exact=True)
    expect(shown).to_be_visible()

    assert 0 == shown.evaluate("table => table.scrollWidth - table.clientWidth")
    assert (False, False) == shaded(shown)


def test_the_shares_of_the_webhooks_begin_on_one_line_whatever_is_open(
    world: World, open_page: OpenPage
) -> None:
    world.show(FAULTS)
    page = open_page(f"{world.url}/webhooks", **DESK).page
    expect(page.locator(".gl-shares h2")).to_have_count(4)
    opened = "panel => panel.insertAdjacentHTML('beforeend', '<details open>' + '<p>pi_2</p>'.repeat(30))"
    page.locator(".gl-shares section > div").last.evaluate(opened)

    tops = "found => found.map(each => Math.round(each.getBoundingClientRect().top))"
    for part in ("h2", ".gl-big", "section > div"):
        assert 1 == len(set(page.locator(f".gl-shares {part}").evaluate_all(tops))), part


def shaded(table: Locator) -> tuple[bool, bool]:
    """Whether its left and its right edge are shaded: less than half of it has the colour that is behind."""
    picture = Image.open(BytesIO(table.screenshot())).convert("RGB")
    behind = max(counted(picture).items(), key=lambda each: each[1])[0]
    wide, high = picture.size
    left, right = (counted(picture.crop((x, 0, x + 1, high))) for x in (1, wide - 2))
    return left.get(behind, 0) < high / 2, right.get(behind, 0) < high / 2


def counted(picture: Image.Image) -> dict[Any, int]:
    return {colour: n for n, colour in picture.getcolors(picture.width * picture.height) or []}
