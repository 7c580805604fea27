"""Below a path of a host that is shared, behind a real proxy with TLS: the same pages, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Response, expect

from dashboard.signin import page as sign_in_page
from dashboard.signin.limits import A_MINUTE
from dashboard.ui import finance_wording, wording
from tests.browser.conftest import World, free_port, start
from tests.browser.proxy import caddy
from tests.browser.shots import settled
from tests.browser.signing_in import sign_in
from tests.dashboard.ui.standin import FAULTS, HEALTHY
from tests.identity import identity_provider, settings

TRIES = 20
pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Shared:
    """One host with three golives: two whose people sign in, one below the other, and one that is open."""

    url: str
    world: World

    def show(self, scenario: str) -> None:
        """Publish a new version of the open one, beside the proxy."""
        httpx.post(f"{self.world.url}/open/standin/{scenario}", timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """They were given one cookies' secret, as somebody who copies settings does."""
    port = free_port()
    ports = {path: free_port() for path in ("/ops", "/ops/two", "/open")}
    with ExitStack() as stack:
        issuer = stack.enter_context(identity_provider(free_port()))
        url = stack.enter_context(
            caddy(tmp_path_factory.mktemp("caddy"), port, dict(reversed(ports.items())))
        )
        worlds: dict[str, World] = {}
        told = {path: settings(issuer, f"{url}{path}") for path in ports}
        told["/open"] = {"GOLIVE_PUBLIC_URL": f"{url}/open"}
        told["/ops"]["GOLIVE_TRUSTED_PROXIES"] = "127.0.0.1"
        for path, own in ports.items():
            worlds[path] = start(HEALTHY, port=own, **told[path])
            stack.callback(worlds[path].stop)
        yield Shared(url, worlds["/open"])


@pytest.fixture
def visitor(chrome: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, that takes the proxy's certificate."""
    context = chrome.new_context(ignore_https_errors=True)
    yield context
    context.close()


def test_who_signs_in_below_a_path_comes_back_to_the_page_they_asked_for(
    shared: Shared, visitor: BrowserContext
) -> None:
    page = sign_in(visitor.new_page(), f"{shared.url}/ops/timeline", "ada")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Timeline")
    assert f"{shared.url}/ops/timeline" == page.url
    expect(page.locator("#golive-lost-banner")).to_be_empty()
    cookies = [
        each for each in visitor.cookies() if each["domain"] == "localhost" and _is_golives(each["name"])
    ]
    assert {"_streamlit_user", "golive_role_rehearsal"} <= {each["name"] for each in cookies}
    assert {("/ops", True)} == {(each["path"], each["secure"]) for each in cookies}


def test_two_golives_on_one_host_share_no_session(shared: Shared, visitor: BrowserContext) -> None:
    one = sign_in(visitor.new_page(), f"{shared.url}/ops/", "ada")
    stolen = {each["name"]: each["value"] for each in visitor.cookies()}
    other = visitor.new_page()
    other.goto(f"{shared.url}/ops/two/")
    expect(other.get_by_text(sign_in_page.WHY)).to_be_visible()
    sign_in(other, f"{shared.url}/ops/two/timeline", "robin")

    one.reload()
    other.reload()

    expect(one.get_by_role("button", name=f"CEO · {wording.SIGNED_IN}")).to_be_visible()
    expect(other.get_by_role("button", name=f"Coordinator · {wording.SIGNED_IN}")).to_be_visible()
    with httpx.Client(verify=False, cookies=stolen) as thief:  # noqa: S501 - the proxy's own certificate
        told = thief.get(f"{shared.url}/ops/two/api/events").status_code
    assert 401 == told

    other.get_by_role("button", name=wording.SIGNED_IN).click()
    other.get_by_role("button", name=wording.SIGN_OUT).click()
    other.get_by_role("button", name="End session").click()
    expect(other.get_by_text(sign_in_page.WHY)).to_be_visible()
    assert other.url.startswith(f"{shared.url}/ops/two/")
    expect(settled(one, f"{shared.url}/ops/").get_by_role("button", name="CEO")).to_be_visible()


def test_all_that_a_page_asks_for_is_below_its_path(shared: Shared, visitor: BrowserContext) -> None:
    page, asked = visitor.new_page(), list[Response]()
    page.on("response", lambda told: asked.append(told))  # noqa: PLW0108 - it marks what it is given
    shared.show(HEALTHY)
    settled(page, f"{shared.url}/open")
    page.get_by_role("link", name=wording.FINANCE).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(wording.FINANCE)

    assert [] == [
        each.url for each in asked if not each.url.startswith((f"{shared.url}/open", "data:", "blob:"))
    ]
    assert [] == [(each.url, each.status) for each in asked if each.status >= 400]
    assert f"{shared.url}/open/api/events" in {each.url for each in asked}


def test_a_new_version_is_drawn_by_itself(shared: Shared, visitor: BrowserContext) -> None:
    shared.show(HEALTHY)
    page = settled(visitor.new_page(), f"{shared.url}/open/")
    shared.show(FAULTS)

    expect(page.locator("h1#verdict")).to_contain_text("NO-GO")


def test_a_list_is_taken_away_and_a_picture_is_handed_in(
    shared: Shared, visitor: BrowserContext, tmp_path: Path
) -> None:
    shared.show(FAULTS)
    page = settled(visitor.new_page(), f"{shared.url}/open/finance")
    with page.expect_download() as taken:
        page.get_by_role("link", name=finance_wording.DOWNLOADS["csv"]).click()
    picture = tmp_path / "picture.png"
    page.screenshot(path=picture)

    settled(page, f"{shared.url}/open/evidence")
    with page.expect_response(lambda told: "/_stcore/upload_file/" in told.url) as uploaded:
        page.locator("input[type=file]").first.set_input_files(picture)

    assert b"payment_intent\r\npi_2\r\n" == Path(taken.value.path()).read_bytes()
    assert (204, True) == (
        uploaded.value.status,
        uploaded.value.url.startswith(f"{shared.url}/open/_stcore/"),
    )


@pytest.mark.parametrize("lost", ["Upgrade", "Origin"])
def test_a_person_behind_a_proxy_that_lets_no_socket_through_reads_why(
    lost: str, shared: Shared, visitor: BrowserContext, tmp_path: Path
) -> None:
    to = int(shared.world.url.rpartition(":")[2])
    page = visitor.new_page()
    with caddy(tmp_path, free_port(), {"/open": to}, lost=lost) as url:
        told = page.get_by_text("the proxy in front of it does not pass WebSockets on")
        page.goto(f"{url}/open/")
        for _ in range(TRIES):  # the browser asks for a socket when its page is there
            page.wait_for_timeout(500)
            page.reload()
            if told.is_visible():
                break

        expect(told).to_be_visible()


def test_behind_a_proxy_that_is_believed_each_person_has_tries_of_their_own(shared: Shared) -> None:
    """Not behind one that nobody named: there all who come through it are one."""

    def tries(address: str, path: str, count: int) -> set[int]:
        transport = httpx.HTTPTransport(local_address=address, verify=False)
        with httpx.Client(transport=transport, headers={"X-Forwarded-For": "198.51.100.7"}) as client:
            return {client.get(f"{shared.url}{path}/sign-in").status_code for _ in range(count)}

    assert {302, 429} == tries("127.0.0.2", "/ops", A_MINUTE * 2)
    assert {302} == tries("127.0.0.3", "/ops", A_MINUTE // 2)
    assert {302, 429} == tries("127.0.0.2", "/ops/two", A_MINUTE * 2)
    assert 429 in tries("127.0.0.3", "/ops/two", A_MINUTE // 2)  # a try comes back every two seconds


def _is_golives(name: str) -> bool:
    return name.startswith(("_streamlit", "golive"))
