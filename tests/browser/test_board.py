"""The board in a real browser: what is read, how it refreshes, and how it dies and comes back."""

from __future__ import annotations

import signal
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dashboard.ui import wording
from tests.browser.conftest import Watched, World
from tests.browser.shots import PAGES, settled
from tests.dashboard.ui.standin import FAULTS, HEALTHY, LOST, LOST_SENTENCE, NOTHING

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Watched]
LOST_WITHIN_MS = 30_000
BACK_WITHIN_MS = 20_000
WORDS = {HEALTHY: "GO", FAULTS: "NO-GO", LOST: "HOLD", NOTHING: "HOLD"}

# The next version is heard of in the moment after the click, while the old page still stands.
LEAVE_WITH_NEWS = """link => {
    link.click()
    const news = () => window.goliveWatch.heard({version: Math.random(), now: Date.now(), viewers: 1})
    for (const ms of [0, 5, 10, 20, 40, 80, 160]) setTimeout(news, ms)
}"""

# Streamlit's own: what it draws around our pages and gives us no way to change.
STREAMLITS_OWN = {"presentation-role-conflict": "stFileUploaderDropzone"}


@pytest.mark.parametrize("scenario", WORDS)
def test_the_verdict_is_a_word_an_icon_and_a_sentence(
    scenario: str, world: World, open_page: OpenPage
) -> None:
    world.show(scenario)

    page = open_page(world.url).page

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(WORDS[scenario], use_inner_text=True)
    expect(heading.locator(".gl-icon")).to_be_visible()
    expect(page.locator(".gl-sentence")).to_be_visible()
    expect(page).to_have_title(f"{WORDS[scenario]} · REHEARSAL · golive")


def test_a_new_version_is_drawn_without_a_reload(world: World, open_page: OpenPage) -> None:
    world.show(HEALTHY)
    page = open_page(world.url).page
    page.evaluate("window.sameDocument = true")

    world.show(FAULTS)

    expect(page.get_by_role("heading", level=1)).to_have_text("NO-GO", use_inner_text=True)
    expect(page).to_have_title("NO-GO · REHEARSAL · golive")
    assert page.evaluate("window.sameDocument")


def test_news_of_a_page_that_is_being_left_does_not_break_the_next(world: World, open_page: OpenPage) -> None:
    world.show(HEALTHY)
    page = open_page(world.url).page

    for _ in range(3):
        for name, heading in (
            (wording.TIMELINE, "h1:text('Timeline')"),
            (wording.CONTROL_ROOM, "h1#verdict"),
        ):
            page.get_by_role("link", name=name, exact=True).evaluate(LEAVE_WITH_NEWS)

            expect(page.locator(heading)).to_be_visible()
            page.locator("[data-test-script-state=notRunning]").wait_for()
            expect(page.locator(heading)).to_be_visible()


def test_what_a_reader_opened_stays_open_when_a_new_version_is_drawn(
    world: World, open_page: OpenPage
) -> None:
    world.show(HEALTHY)
    page = open_page(world.url).page
    page.locator("#gate-health > summary").click()
    before = page.locator(".gl-facts").inner_text()

    world.show(HEALTHY)

    expect(page.locator(".gl-facts")).not_to_have_text(before)
    expect(page.locator("#gate-health")).to_have_attribute("open", "")


def test_a_board_without_collectors_shows_no_green(world: World, open_page: OpenPage) -> None:
    world.show(LOST)

    page = open_page(world.url).page

    expect(page.get_by_text(LOST_SENTENCE).first).to_be_visible()
    expect(page.locator(".gl-board .gl-badge", has_text="STALE").first).to_be_visible()
    assert 0 == page.locator(".gl-board .gl-badge.gl-go").count()


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_a_lost_connection_greys_the_page_out_and_recovers(
    how: signal.Signals, own_world: Callable[..., World], open_page: OpenPage
) -> None:
    served = own_world(HEALTHY)
    page = open_page(served.url).page
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("GO", use_inner_text=True)
    page.locator("#golive-announcer").wait_for(state="attached")  # the browser's own watcher is there

    served.process.send_signal(how)

    expect(page.locator("#golive-lost-banner")).to_contain_text(
        "HOLD - connection lost", timeout=LOST_WITHIN_MS
    )
    expect(heading).to_have_text("HOLD", use_inner_text=True)
    expect(page.locator(".gl-clock dd")).to_have_text("HOLD", use_inner_text=True)
    assert "GO" not in page.locator(".gl-gate .gl-badge").all_inner_texts()
    expect(page).to_have_title("HOLD · REHEARSAL · golive")

    if how is signal.SIGSTOP:
        served.process.send_signal(signal.SIGCONT)
    else:
        served.process.wait(timeout=20)
        own_world(HEALTHY, port=urlsplit(served.url).port)

    expect(page.locator("#golive-lost-banner")).to_be_hidden(timeout=LOST_WITHIN_MS)
    expect(heading).to_have_text("GO", use_inner_text=True, timeout=LOST_WITHIN_MS)


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_nothing_scrolls_sideways_on_a_phone(path: str, world: World, open_page: OpenPage) -> None:
    world.show(FAULTS)

    page = open_page(world.url + path, width=390, height=844).page

    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= window.innerWidth")


def test_the_verdict_and_its_sentence_are_on_the_first_phone_screen(
    world: World, open_page: OpenPage
) -> None:
    world.show(FAULTS)

    page = open_page(world.url, width=390, height=844).page

    box = page.locator(".gl-sentence").bounding_box()
    assert box
    assert 844 >= box["y"] + box["height"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_of_ours(path: str, dark: bool, world: World, open_page: OpenPage) -> None:
    world.show(FAULTS)
    page = open_page(world.url + path, dark=dark).page

    checked = Axe().run(page).response

    ours = [
        (rule["id"], node["target"], node.get("failureSummary", ""))
        for rule in checked["violations"]
        for node in rule["nodes"]
        if rule["id"] not in STREAMLITS_OWN or STREAMLITS_OWN[rule["id"]] not in node["html"]
    ]
    assert [] == ours
    assert 20 < len(checked["passes"])


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_talks_to_its_own_server_only_and_keeps_the_content_policy(
    path: str, world: World, open_page: OpenPage
) -> None:
    world.show(FAULTS)

    watched = open_page(world.url + path)

    elsewhere = {urlsplit(asked).hostname for asked in watched.requests if asked.startswith(("http", "ws"))}
    assert {"127.0.0.1"} == elsewhere
    assert not [said for said in watched.complaints if "Content Security Policy" in said]


def test_a_websocket_from_a_foreign_page_is_refused(world: World) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }

    foreign = httpx.get(f"{world.url}/_stcore/stream", headers={**upgrade, "Origin": "http://evil.example"})

    assert 403 == foreign.status_code


def test_a_foreign_host_name_is_refused_for_pages_too(world: World) -> None:
    assert 421 == httpx.get(world.url, headers={"Host": "evil.example"}).status_code


def test_a_fault_of_the_server_tells_no_detail_and_keeps_its_headers(world: World) -> None:
    answer = httpx.get(f"{world.url}/standin/broken")

    assert 500 == answer.status_code
    assert "canary" not in answer.text
    assert "content-security-policy" in answer.headers


def test_a_deep_link_on_a_fresh_server_obeys_the_guard(
    own_world: Callable[..., World], open_page: OpenPage
) -> None:
    """A live launch has no rehearsal page, even for the first visitor of the process."""
    served = own_world(HEALTHY, "live")

    page = open_page(f"{served.url}/rehearsal").page

    expect(page.get_by_text("Page not found").first).to_be_visible()
    expect(page.get_by_text(wording.START_PURCHASE)).to_have_count(0)
    expect(page.locator(".gl-brand-word")).to_have_text("LIVE")


def test_the_main_buttons_are_reached_and_pressed_by_keyboard(world: World, open_page: OpenPage) -> None:
    world.show(HEALTHY)
    page = open_page(f"{world.url}/rehearsal").page
    button = page.get_by_role("button", name=wording.START_PURCHASE)
    expect(button).to_be_enabled()

    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page.get_by_text("Purchase cs_live_a1B2 was started.")).to_be_visible()
    expect(page.locator(".gl-hop-done")).to_have_count(2)


def test_a_stop_signal_ends_the_server_although_a_viewer_is_connected(
    own_world: Callable[..., World], open_page: OpenPage
) -> None:
    served = own_world(HEALTHY)
    settled(open_page(served.url).page, served.url)

    served.stop(signal.SIGTERM)

    assert served.process.returncode is not None


def test_a_page_that_has_gone_white_says_go_no_more_and_comes_back_by_itself(
    world: World, open_page: OpenPage
) -> None:
    world.show(HEALTHY)
    page = open_page(world.url).page

    page.evaluate("document.getElementById('root').remove()")

    expect(page).to_have_title(f"{wording.HOLD} · REHEARSAL · golive")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=BACK_WITHIN_MS)
