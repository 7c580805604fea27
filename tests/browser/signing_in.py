"""How a person signs in at a real provider, in a browser."""

from __future__ import annotations

from playwright.sync_api import Page

from dashboard.signin import page as sign_in_page


def sign_in(page: Page, url: str, who: str) -> Page:
    """Ask for an address and sign in on the way to it."""
    page.goto(url)
    page.get_by_role("link", name=sign_in_page.SIGN_IN).click()
    page.get_by_role("button", name=who, exact=True).click()
    page.locator("[data-test-connection-state=CONNECTED]").wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    return page
