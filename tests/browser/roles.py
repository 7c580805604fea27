"""Picking a role as a person does, in the menu above every page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from dashboard.ui import wording


def act_as(page: Page, title: str) -> None:
    """Pick a role in the menu, and close it again."""
    page.get_by_role("button", name=wording.ASSERTED).click()
    page.get_by_role("combobox", name=wording.ROLE).click()
    page.get_by_role("option", name=title, exact=True).click()
    expect(page.get_by_role("button", name=f"{title} · {wording.ASSERTED}")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-test-script-state=notRunning]").wait_for()
