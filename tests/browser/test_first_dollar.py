"""What of the First dollar page only a browser does: an id leads to what is kept of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched, World
from tests.dashboard.ui.standin import HEALTHY

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Watched]


def test_an_id_opens_what_is_kept_of_it_and_the_page_is_not_left(world: World, open_page: OpenPage) -> None:
    world.show(HEALTHY)
    page = open_page(f"{world.url}/first_dollar").page
    kept = page.locator("#kept-ch_1 pre")
    expect(kept).to_be_hidden()

    page.get_by_role("link", name="ch_1").click()

    expect(kept).to_be_visible()
    expect(kept).to_have_text('{"amount":999,"id":"ch_1"}')
    assert "#kept-ch_1" == page.evaluate("location.hash")
    expect(page.locator("#golive-lost-banner")).to_be_hidden()
