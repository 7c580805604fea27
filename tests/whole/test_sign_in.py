"""`golive --sign-in`: people sign in with the rehearsal's own provider, in real browsers, faults and all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.signin import page as said
from dashboard.ui import wording
from rehearsal.people import UNKNOWN_ROLE
from tests.cast import default_plan
from tests.whole.running import House, Running, clean_environment, get, left_of, until

pytestmark = pytest.mark.browser

FAULTS = {
    "scholar_auth_down": (said.UNANSWERED, "RemoteProtocolError: "),
    "jwks_unreachable": (said.UNANSWERED, "RemoteProtocolError: "),
    "monitoring_blind": (said.UNANSWERED, "RemoteProtocolError: "),
    "issuer_wrong": (said.UNBELIEVED, "InvalidClaimError: invalid_claim: Invalid claim: 'iss'"),
    "signing_key_unpublished": (said.UNBELIEVED, "InvalidKeyIdError: invalid_key_id: No key for kid"),
}
"""What the person reads, and what is in the line of the log."""


@pytest.fixture(scope="module")
def signing(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, in which people sign in."""
    house = House(folder=tmp_path_factory.mktemp("signing"), environ=clean_environment(compiled))
    house.start("--sign-in").until_announced()
    yield house
    house.close()


@pytest.fixture
def golive(signing: House) -> Running:
    """The golive of that house that runs now."""
    return signing.started[-1]


@pytest.fixture
def visitor(chrome: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has signed in with."""
    context = chrome.new_context()
    yield context
    context.close()


def picking(context: BrowserContext, url: str) -> Page:
    """A page of this browser, at the provider."""
    page = context.new_page()
    page.goto(url)
    page.get_by_role("link", name=said.SIGN_IN).click()
    return page


def sign_in(context: BrowserContext, url: str, who: str) -> Page:
    page = picking(context, url)
    page.get_by_role("button", name=who, exact=True).click()
    page.locator("[data-test-connection-state=CONNECTED]").wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    return page


@contextmanager
def fault(house: House, name: str) -> Iterator[None]:
    house.world().put_in(name)
    try:
        yield
    finally:
        house.world().take_all_out()


def log(house: House) -> str:
    return (house.data_dir / "logs" / "dashboard.log").read_text()


def test_a_start_prints_its_address_and_no_secret_and_shows_nobody_anything(
    signing: House, golive: Running
) -> None:
    kept = json.loads((signing.data_dir / "rehearsal-sign-in.json").read_text())
    secrets = [value for name, value in kept.items() if name.endswith("SECRET")]

    assert f"golive REHEARSAL: {golive.url} (Ctrl-C ends it)\n" == golive.out()
    assert "" == golive.err()
    written = [file.read_text() for file in (signing.data_dir / "logs").iterdir()]
    assert 2 == len(secrets)
    assert not [secret for secret in secrets if secret in "".join(written)]
    board = get(f"{golive.url}/api/v1/board")
    assert board is not None
    assert 401 == board.status_code


def test_every_role_of_the_plan_is_somebody_and_who_is_picked_acts_in_it(
    golive: Running, visitor: BrowserContext
) -> None:
    page = picking(visitor, f"{golive.url}/timeline")
    titles = [role.title for role in default_plan().roles.values()]
    assert titles == page.get_by_role("button").all_inner_texts()[: len(titles)]

    page.get_by_role("button", name="CEO", exact=True).click()

    expect(page.get_by_role("button", name=f"CEO · {wording.SIGNED_IN}")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Timeline")


def test_who_has_two_roles_picks_one_of_them(golive: Running, visitor: BrowserContext) -> None:
    page = sign_in(visitor, golive.url, "Both Launch chair and Coordinator")
    page.get_by_role("button", name=wording.SIGNED_IN).click()
    page.get_by_role("combobox", name=wording.ROLE).click()

    expect(page.get_by_role("option")).to_have_text(["Launch chair", "Coordinator"])


@pytest.mark.parametrize(
    ("who", "sentence"),
    [("Nobody", "no role of this launch is yours"), ("Stranger", f"You are signed in as {UNKNOWN_ROLE}")],
)
def test_who_has_no_role_of_the_launch_reads_so(
    golive: Running, visitor: BrowserContext, who: str, sentence: str
) -> None:
    page = sign_in(visitor, golive.url, who)

    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.get_by_role("heading", level=1)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_without_scripts_one_sees_a_rehearsal_and_may_turn_back(
    golive: Running, chrome: Browser, scheme: Literal["light", "dark"]
) -> None:
    context = chrome.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    page = picking(context, golive.url)

    expect(page.get_by_text("REHEARSAL", exact=True)).to_be_visible()
    boxes = [button.bounding_box() for button in page.get_by_role("button").all()]
    assert 14 == len(boxes)
    assert all(
        box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 44 for box in boxes
    )
    page.get_by_role("button", name="Do not sign in").click()
    expect(page.get_by_role("alert")).to_have_text(said.REFUSED)
    expect(page.get_by_role("link", name=said.SIGN_IN)).to_be_visible()
    context.close()


def test_who_is_signed_in_still_is_after_a_second_start(
    signing: House, golive: Running, visitor: BrowserContext
) -> None:
    page = sign_in(visitor, golive.url, "Viewer")
    family = golive.family()
    assert 0 == golive.end()
    assert [] == left_of(family)

    again = signing.start("--sign-in", port=golive.port).until_announced()

    assert again.url == golive.url
    until(lambda: get(f"{again.url}/healthz"))
    page.goto(again.url)
    expect(page.get_by_role("button", name=f"Viewer · {wording.SIGNED_IN}")).to_be_visible()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_provider_is_a_sentence_and_a_line_and_no_trace(
    signing: House, golive: Running, visitor: BrowserContext, name: str
) -> None:
    sentence, logged = FAULTS[name]
    before = len(log(signing))
    with fault(signing, name):
        page = picking(visitor, golive.url)
        if page.get_by_role("alert").count() == 0:
            page.get_by_role("button", name="CEO", exact=True).click()

        expect(page.get_by_role("alert")).to_have_text(sentence)
    written = log(signing)[before:]
    (line,) = [each for each in written.splitlines() if "nobody was signed in: got " in each]
    assert logged in line
    assert "Traceback" not in written


def test_after_a_fault_and_with_a_rotated_key_one_signs_in_where_one_stood(
    signing: House, golive: Running, visitor: BrowserContext
) -> None:
    with fault(signing, "issuer_wrong"):
        page = picking(visitor, f"{golive.url}/timeline")
        page.get_by_role("button", name="Auditor", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
    signing.world()._send("POST", "/keys/rotate")

    page.get_by_role("link", name=said.SIGN_IN).click()
    page.get_by_role("button", name="Auditor", exact=True).click()

    expect(page.get_by_role("button", name=f"Auditor · {wording.SIGNED_IN}")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Timeline")


def test_who_is_signed_out_from_a_shell_is_out_in_their_browser(
    signing: House, golive: Running, visitor: BrowserContext, chrome: Browser
) -> None:
    elsewhere = chrome.new_context()
    ceo, finance = sign_in(visitor, golive.url, "CEO"), sign_in(elsewhere, golive.url, "Finance")

    told = signing.run("sign-out", "ceo", "--data-dir", str(signing.data_dir))

    assert 0 == told.returncode, told.stderr
    expect(ceo.get_by_text(said.WHY)).to_be_visible()  # by itself
    finance.reload()
    expect(finance.get_by_role("button", name=f"Finance · {wording.SIGNED_IN}")).to_be_visible()
    elsewhere.close()
