"""The hour by keyboard and by name: shortcuts act, except while somebody types, and no button is nameless."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dashboard.ui import wording
from tests.browser.conftest import Watched, World
from tests.browser.roles import act_as
from tests.dashboard.ui.standin import COUNTING, DECLARED, HEALTHY

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Watched]


def test_the_tick_shortcut_ticks_the_first_of_my_tasks_that_can_be_done(
    world: World, open_page: OpenPage
) -> None:
    world.show(COUNTING)
    page = open_page(f"{world.url}/timeline").page
    act_as(page, "Frontend lead")
    expect(page.get_by_role("button", name="Tick Checkout and credit display are ready")).to_contain_text("T")

    page.keyboard.press("Shift+T")

    expect(page.get_by_text("Recorded: tick a task.")).to_be_visible()


def test_no_shortcut_acts_while_a_reason_is_typed(world: World, open_page: OpenPage) -> None:
    world.show(COUNTING)
    page = open_page(f"{world.url}/timeline").page
    reason = page.get_by_role("textbox", name=wording.REASON)

    reason.press_sequentially("The Host GOT Hot")
    page.keyboard.press("Shift+H")
    expect(reason).to_have_value("The Host GOT HotH")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Recorded:")).to_have_count(0)
    page.get_by_role("heading", name=wording.TIMELINE, level=1).click()
    page.keyboard.press("Shift+H")

    expect(page.get_by_text("Recorded: hold the clock.")).to_be_visible()


def test_what_was_typed_is_gone_from_the_screen_after_its_act(world: World, open_page: OpenPage) -> None:
    world.show(COUNTING)
    page = open_page(f"{world.url}/timeline").page
    reason = page.get_by_role("textbox", name=wording.REASON)

    reason.fill("waiting for the bank")
    page.get_by_role("button", name=wording.HOLD_CLOCK).click()
    expect(page.get_by_text("Recorded: hold the clock.")).to_be_visible()

    expect(reason).to_have_value("")


def test_what_is_being_typed_outlives_a_redraw(world: World, open_page: OpenPage) -> None:
    world.show(COUNTING)
    page = open_page(f"{world.url}/timeline").page
    reason = page.get_by_role("textbox", name=wording.REASON)
    reason.press_sequentially("waiting for")

    world.show(HEALTHY)
    expect(page.get_by_role("heading", name=wording.CLOCK_DESK + ": T-clock not started")).to_be_visible()
    reason.press_sequentially(" the bank")

    expect(reason).to_have_value("waiting for the bank")


def test_the_go_shortcut_confirms_an_opened_go_and_never_opens_it(world: World, open_page: OpenPage) -> None:
    world.show(DECLARED)
    page = open_page(world.url).page
    act_as(page, "CEO")
    opener = page.get_by_role("button", name=wording.GO, exact=True)
    expect(opener).to_be_visible()

    page.keyboard.press("Shift+G")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=wording.GO_ASK)).to_be_visible()
    expect(page.get_by_text("Recorded: decide.")).to_have_count(0)
    page.keyboard.press("Shift+G")

    expect(page.get_by_text("Recorded: decide.")).to_be_visible()


def test_every_button_of_the_hour_is_reached_by_tab_and_has_a_name_of_its_own(
    world: World, open_page: OpenPage
) -> None:
    world.show(COUNTING)
    page = open_page(f"{world.url}/timeline").page
    act_as(page, "Frontend lead")
    main = page.locator(".stMain")
    wanted = {
        name
        for button in main.get_by_role("button", disabled=False).all()
        if (name := button.evaluate("element => element.textContent"))
    }
    assert {f"{word}Checkout" for word in ("Begin", "Tick", "Skip", "Abandon")} == {
        name.replace(" ", "")[: len(word) + 8]
        for name in wanted
        for word in ("Begin", "Tick", "Skip", "Abandon")
        if name.startswith(f"{word} Checkout")
    }

    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
        if wanted <= reached:
            break

    assert set() == wanted - reached


def test_the_hour_does_not_scroll_sideways_on_a_phone(world: World, open_page: OpenPage) -> None:
    world.show(COUNTING)

    page = open_page(f"{world.url}/timeline", width=390, height=844).page

    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= window.innerWidth")
    expect(page.locator(".gl-mark").first).to_be_attached()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_an_hour_that_is_under_way(
    dark: bool, world: World, open_page: OpenPage
) -> None:
    world.show(COUNTING)
    page = open_page(f"{world.url}/timeline", dark=dark).page
    page.locator("#hour-table > summary").click()

    found = Axe().run(page).response["violations"]

    assert [] == [(rule["id"], node["target"]) for rule in found for node in rule["nodes"]]
