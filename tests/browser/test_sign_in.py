"""Signing in with a real provider, in real browsers: who somebody is, what is theirs, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.signin import page as sign_in_page
from dashboard.ui import wording
from tests.browser.conftest import World, free_port, start
from tests.browser.shots import settled
from tests.browser.signing_in import sign_in
from tests.dashboard.ui.standin import HEALTHY
from tests.identity import identity_provider, settings

pytestmark = pytest.mark.browser
SLOW_MS = 4_000
"""Longer than it takes to notice that one is signed out."""


@pytest.fixture(scope="module")
def guarded() -> Iterator[World]:
    """A control room whose people sign in."""
    port = free_port()
    with identity_provider(free_port()) as issuer:
        served = start(HEALTHY, port=port, **settings(issuer, f"http://127.0.0.1:{port}"))
        yield served
        served.stop()


@pytest.fixture
def visitor(chrome: Browser) -> Iterator[Page]:
    """A browser of its own, that nobody has signed in with."""
    context = chrome.new_context()
    yield context.new_page()
    context.close()


def test_who_signs_in_acts_in_their_own_role_on_the_page_they_asked_for(
    guarded: World, visitor: Page
) -> None:
    page = sign_in(visitor, f"{guarded.url}/timeline", "ada")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Timeline")
    expect(page.get_by_role("button", name=f"CEO · {wording.SIGNED_IN}")).to_be_visible()


def test_who_has_two_roles_picks_one_of_them_and_no_other(guarded: World, visitor: Page) -> None:
    page = sign_in(visitor, guarded.url, "robin")
    page.get_by_role("button", name=wording.SIGNED_IN).click()
    page.get_by_role("combobox", name=wording.ROLE).click()

    expect(page.get_by_role("option")).to_have_text(["Coordinator", "Launch chair"])


@pytest.mark.parametrize(
    ("who", "said"),
    [("nobody", "no role of this launch is yours"), ("mallory", "You are signed in as janitor")],
)
def test_without_a_role_of_the_launch_there_is_one_sentence(
    guarded: World, visitor: Page, who: str, said: str
) -> None:
    page = sign_in(visitor, guarded.url, who)

    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(page.get_by_role("heading", level=1)).to_have_count(0)

    page.get_by_role("button", name=wording.SIGN_OUT).click()
    page.get_by_role("button", name="End session").click()  # the provider's own session, too
    expect(page.get_by_text(sign_in_page.WHY)).to_be_visible()


def test_signing_out_ends_it_in_every_browser_at_once(guarded: World, visitor: Page, chrome: Browser) -> None:
    elsewhere = chrome.new_context()
    other = sign_in(elsewhere.new_page(), guarded.url, "robin")
    page = sign_in(visitor, guarded.url, "robin")
    stolen = {each["name"]: each["value"] for each in visitor.context.cookies()}

    page.get_by_role("button", name=wording.SIGNED_IN).click()
    page.get_by_role("button", name=wording.SIGN_OUT).click()

    page.get_by_role("button", name="End session").click()  # the provider's own session, too
    expect(page.get_by_text(sign_in_page.WHY)).to_be_visible()
    expect(other.get_by_text(sign_in_page.WHY)).to_be_visible()
    assert 401 == httpx.get(f"{guarded.url}/api/events", cookies=stolen).status_code
    elsewhere.close()


def test_another_tab_of_who_signed_out_comes_to_the_sign_in_by_itself(
    guarded: World, visitor: Page, chrome: Browser
) -> None:
    colleague = chrome.new_context()
    sign_in(colleague.new_page(), guarded.url, "ada")
    page = sign_in(visitor, guarded.url, "robin")
    tab = settled(visitor.context.new_page(), guarded.url)

    page.get_by_role("button", name=wording.SIGNED_IN).click()
    page.get_by_role("button", name=wording.SIGN_OUT).click()
    page.get_by_role("button", name="End session").wait_for()
    colleague.request.post(f"{guarded.url}/standin/{HEALTHY}")  # drawn again while its socket is still open

    expect(tab.get_by_text(sign_in_page.WHY)).to_be_visible()
    colleague.close()


def test_who_signs_out_is_not_turned_back_on_a_slow_way_to_their_provider(
    guarded: World, visitor: Page
) -> None:
    page = sign_in(visitor, guarded.url, "robin")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(SLOW_MS)
        route.continue_()

    page.route("**/auth/logout", slowly)
    page.get_by_role("button", name=wording.SIGNED_IN).click()
    page.get_by_role("button", name=wording.SIGN_OUT).click()

    page.get_by_role("button", name="End session").click()
    expect(page.get_by_text(sign_in_page.WHY)).to_be_visible()


def test_who_is_taken_off_the_roster_sees_nothing_more_in_a_tab_that_was_left_open(
    visitor: Page, tmp_path: Path
) -> None:
    port, roster = free_port(), tmp_path / "roster.toml"
    roster.write_text('[people]\nada = ["ceo"]\n')
    with identity_provider(free_port()) as issuer:
        told = settings(issuer, f"http://127.0.0.1:{port}") | {"GOLIVE_ROSTER": str(roster)}
        served = start(HEALTHY, port=port, **told)
        page = sign_in(visitor, served.url, "ada")
        heading, alert = page.locator("h1#verdict"), page.get_by_test_id("stAlert")
        expect(heading).to_contain_text("GO")

        roster.write_text('[people]\nrobin = ["ceo"]\n')
        expect(alert).to_contain_text("no role of this launch is yours")
        expect(heading).to_have_count(0)

        roster.write_text("[people\n")
        expect(alert).to_contain_text(wording.ROLES_UNREAD)

        roster.write_text('[people]\nada = ["ceo"]\n')
        expect(heading).to_contain_text("GO")
        served.stop()


@pytest.mark.parametrize("path", ["/", "/timeline", "/evidence?record=1", "/finance", "/static/js/x.js"])
def test_a_deep_link_shows_nothing_to_who_has_not_signed_in(guarded: World, path: str) -> None:
    told = httpx.get(f"{guarded.url}{path}", headers={"accept": "text/html"})

    assert 401 == told.status_code
    assert sign_in_page.SIGN_IN in told.text
    assert "streamlit" not in told.text.lower()


def test_who_is_signed_in_sees_the_board_again_after_a_reload(guarded: World, visitor: Page) -> None:
    page = sign_in(visitor, guarded.url, "ada")

    expect(settled(page, guarded.url).locator("h1#verdict")).to_contain_text("GO")
