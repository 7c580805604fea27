"""No secret and no personal datum of the world is found in anything that golive writes, says or shows."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rehearsal.stripe_double import objects
from tests.browser.shots import PAGES, settled
from tests.whole.running import House, Running, get, until

pytestmark = pytest.mark.browser  # one of them needs it, and all of them one world

PLANTED = {
    "an e-mail address": objects.CANARY_EMAIL,
    "a name": objects.CANARY_NAME,
    "a phone number": objects.CANARY_PHONE,
    "a receipt's bearer link": objects.CANARY_RECEIPT_URL,
    "a client secret": "_secret_canary",
}
PASSWORD = "hunter2canary"
DATABASE = f"postgresql://golive:{PASSWORD}@127.0.0.1:1/golive?connect_timeout=2"
_PAYLOAD = re.compile(rb'"payload":"([A-Za-z0-9+/]+={0,2})"')
_TOKEN = re.compile(rb"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*")
TOKEN = "three parts of base64"
"""Not these words: `_holds` looks for what a token is like."""

PROVOKING = {
    "webhook_wrong_secret": "webhook_delivery",
    "notify_secret_refused": "secret",
    "ledger_wrong_shape": "ledger",
    "student_pilot_html": "health",
    "alg_none_accepted": "refusals",
    "signing_key_unpublished": "tokens",
    "provider_key_test": "stripe_live",
}


@pytest.fixture(scope="module")
def secrets(house: House, golive: Running) -> dict[str, str]:
    """Everything that only the world and golive's own environment may hold."""
    assert golive.process.poll() is None
    identity = house.identity()
    credentials = identity["credentials"]
    named = {f"the Stripe key {name}": value for name, value in identity["stripe"].items()}
    named |= {f"the client secret of {name}": value for name, value in credentials["clients"].items()}
    named |= {f"retired secret {n}": value for n, value in enumerate(credentials["notify_retired"])}
    named |= {"the notification secret": credentials["notify_secret"]}
    named |= {"the control token": credentials["control_token"]}
    named |= {f"a line of the key {key['kid']}": key["pem"].split()[5] for key in identity["signing_keys"]}
    return PLANTED | named | {"a token": TOKEN, "a bearer header": "Bearer ", "a key": "PRIVATE KEY"}


@pytest.fixture(scope="module")
def provoked(house: House, held: subprocess.CompletedProcess[str]) -> Iterator[House]:
    """The shared house after a purchase and while a lot is wrong in its world."""
    assert held.returncode == 2
    world = house.world()
    world.take_all_out()
    world.buy()
    house.until_status(0)
    for fault in PROVOKING:
        world.put_in(fault)
    world.buy()
    until(lambda: _all_fell(house))
    yield house
    world.take_all_out()


def test_what_is_planted_can_be_found_where_it_belongs(provoked: House, secrets: dict[str, str]) -> None:
    own = b"".join(file.read_bytes() for file in _files(provoked.data_dir / "world"))

    passing = {"a token", "a bearer header"}  # these are never kept, only sent
    assert not [name for name, value in secrets.items() if value.encode() not in own and name not in passing]


def test_no_file_of_golive_holds_a_secret(provoked: House, secrets: dict[str, str]) -> None:
    # The world may hold everything, and golive's own keys are what evidence is signed with.
    may = {provoked.data_dir / "world", provoked.data_dir / "keys"}
    files = [file for file in _files(provoked.folder) if not may & set(file.parents)]

    assert {"rehearsal.sqlite3", "collector.log", "dashboard.log", "fingerprint.key"} <= {
        file.name for file in files
    }
    found = {file.name: _found(file.read_bytes(), secrets) for file in files}
    assert {} == {name: what for name, what in found.items() if what}


def test_no_answer_of_the_dashboard_holds_a_secret(
    provoked: House, golive: Running, secrets: dict[str, str]
) -> None:
    assert provoked.identity()
    for path in ("/api/v1/board", "/healthz", "/api/nothing", "/"):
        answered = get(f"{golive.url}{path}")

        assert answered is not None
        assert [] == _found(answered.content, secrets), path


def test_no_page_shows_a_secret_or_a_person(
    provoked: House, golive: Running, secrets: dict[str, str], chrome: Browser
) -> None:
    assert provoked.identity()
    no_token = {name: value for name, value in secrets.items() if name != "a token"}  # it may begin a picture
    page = chrome.new_page()
    for path in PAGES.values():
        drawn = settled(page, f"{golive.url}{path}")

        assert "REHEARSAL" in drawn.inner_text("body"), path
        assert [] == _found(drawn.inner_text("body").encode(), secrets), path
        assert [] == _found(drawn.content().encode(), no_token), path
    page.close()


@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("doctor",), ("doctor", "--json")])
def test_no_command_prints_a_secret(
    provoked: House, secrets: dict[str, str], command: tuple[str, ...]
) -> None:
    credentials, stripe = provoked.identity()["credentials"], provoked.identity()["stripe"]
    told = provoked.run(
        *command,
        "--data-dir",
        str(provoked.data_dir),
        GOLIVE_CLIENT_SECRET=credentials["clients"]["golive"],
        NOTIFY_WEBHOOK_SECRET=credentials["notify_secret"],
        NOTIFY_WEBHOOK_SECRET_RETIRED_1=credentials["notify_retired"][0],
        GOLIVE_STRIPE_KEY=stripe["golive"],
    )

    assert told.stdout
    assert [] == _found((told.stdout + told.stderr).encode(), secrets)


def test_no_command_line_holds_a_secret(provoked: House, golive: Running, secrets: dict[str, str]) -> None:
    assert provoked.data_dir.exists()
    lines = [" ".join(process.cmdline()) for process in golive.family()]

    assert 4 == len(lines)
    assert [] == _found("\n".join(lines).encode(), secrets)


@pytest.mark.parametrize("command", [("status",), ("doctor",), ("doctor", "--json")])
def test_the_password_of_the_database_is_never_printed(own_house: House, command: tuple[str, ...]) -> None:
    told = own_house.run(*command, "--data-dir", str(own_house.data_dir), GOLIVE_DATABASE_URL=DATABASE)

    assert 0 != told.returncode
    assert "127.0.0.1:1" in told.stdout + told.stderr
    assert PASSWORD not in told.stdout + told.stderr


def _all_fell(house: House) -> bool:
    with house.store() as store:
        run = store.newest_run()
        stored = None if run is None else store.board(run.id)
    if stored is None:
        return False
    fallen = {gate.id for gate in stored.board.gates if gate.verdict != "GO"}
    return set(PROVOKING.values()) <= fallen


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def _found(content: bytes, secrets: dict[str, str]) -> list[str]:
    """Which of them are in it, also where a sealed record has them in base64."""
    sealed = b"\n".join(base64.b64decode(each) for each in _PAYLOAD.findall(content))
    return [name for name, value in secrets.items() if _holds(content, value) or _holds(sealed, value)]


def _holds(content: bytes, value: str) -> bool:
    return _TOKEN.search(content) is not None if value is TOKEN else value.encode() in content
