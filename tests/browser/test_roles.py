"""Who one acts as is remembered by the browser, where nobody signs in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dashboard.ui import wording
from tests.browser.conftest import Watched, World
from tests.browser.roles import act_as
from tests.browser.shots import settled
from tests.dashboard.ui.standin import HEALTHY

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Watched]


def _acts_as(page: Page, title: str) -> None:
    expect(page.get_by_role("button", name=f"{title} · {wording.ASSERTED}")).to_be_visible()


def test_a_role_is_kept_over_a_reload_and_into_another_tab(world: World, open_page: OpenPage) -> None:
    world.show(HEALTHY)
    first = open_page(world.url).page
    _acts_as(first, "Coordinator")
    act_as(first, "Finance")

    again = settled(first, f"{world.url}/finance")
    other = open_page(f"{world.url}/services").page

    _acts_as(again, "Finance")
    _acts_as(other, "Finance")


def test_two_tabs_may_be_two_roles(world: World, open_page: OpenPage) -> None:
    world.show(HEALTHY)
    first, other = open_page(world.url).page, open_page(world.url).page
    act_as(first, "CEO")
    act_as(other, "Launch chair")

    world.show(HEALTHY)

    _acts_as(first, "CEO")
    _acts_as(other, "Launch chair")
