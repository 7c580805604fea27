"""`golive sign-out`: somebody is signed out by whoever keeps this golive, and every dashboard learns it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.access import SHOWN_OF_PSEUDONYM
from dashboard.signin.ended import SignIn
from dashboard.signin.provider import read_provider
from dashboard.signin.session import pseudonym
from dashboard.store.store import Store
from dashboard.wiring.rehearsed_sign_in import complete
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.signin.people import ROLES, TOLD, cookies, provider
from tests.dashboard.store.scene import at, drafted, opened, opened_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The store of a rehearsal in the folder that the command looks into."""
    (tmp_path / ".golive").mkdir()
    with opened(f"sqlite:///{tmp_path / '.golive' / 'rehearsal.sqlite3'}") as found:
        yield found


def acted(store: Store, *pseudonyms: str) -> None:
    """These people did something in the run."""
    run = opened_run(store)
    for number, each in enumerate(pseudonyms):
        store.append_event(run.id, drafted(pseudonym=each), expected=number, now=at(number))


def test_who_is_named_by_their_id_at_the_provider_is_out_and_nobody_else(
    store: Store, golive: Golive
) -> None:
    browsers = [cookies(), cookies(sub="robin")]
    told = golive("sign-out", "ada", **TOLD)
    dashboard = SignIn(provider=provider(), kept=store, clock=time.time, plan_roles=lambda: ROLES)
    dashboard.look()

    assert (0, "") == (told.exit_code, told.stderr)
    assert f"rehearsal: {pseudonym(provider(), 'ada')} is signed out at every dashboard" in told.stdout
    assert [False, True] == [dashboard.session(brought) is not None for brought in browsers]


def test_who_is_signed_out_is_told_as_json(store: Store, golive: Golive) -> None:
    told = json.loads(golive("sign-out", "ada", "--json", **TOLD).stdout)

    assert {told["pseudonym"]: told["at_s"]} == store.sign_outs(since_s=0)
    assert "rehearsal" == told["environment"]


@pytest.mark.parametrize("length", [SHOWN_OF_PSEUDONYM, 16])
def test_who_acted_is_named_by_what_the_log_shows_of_them(store: Store, golive: Golive, length: int) -> None:
    ada, robin = pseudonym(provider(), "ada"), pseudonym(provider(), "robin")
    acted(store, ada, robin, ada, "")

    told = golive("sign-out", "--pseudonym", robin[:length])

    assert 0 == told.exit_code
    assert {robin} == store.sign_outs(since_s=0).keys()


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("ada", "got no pseudonym, expected 6 to 16 characters 0-9 and a-f"),
        ("abcdef", "got the pseudonym abcdef of 0 people who have acted, expected one"),
        ("012345", "got the pseudonym 012345 of 2 people who have acted, expected one"),
    ],
)
def test_what_names_nobody_or_two_signs_nobody_out(
    store: Store, golive: Golive, shown: str, said: str
) -> None:
    acted(store, "0123456789abcdef", "0123450000000000")

    told = golive("sign-out", "--pseudonym", shown)

    assert (3, "") == (told.exit_code, told.stdout)
    assert said in told.stderr
    assert {} == store.sign_outs(since_s=0)


def test_without_the_provider_an_id_means_nobody(store: Store, golive: Golive) -> None:
    told = golive("sign-out", "ada")

    assert (3, "") == (told.exit_code, told.stdout)
    assert "got no identity provider, expected GOLIVE_SIGN_IN_ISSUER, " in told.stderr
    assert {} == store.sign_outs(since_s=0)


def test_of_a_rehearsals_own_provider_its_folder_knows(store: Store, golive: Golive, tmp_path: Path) -> None:
    kept = complete(tmp_path / ".golive", TOLD | {"GOLIVE_SIGN_IN_ISSUER": "http://127.0.0.1:9"})
    own = read_provider(kept)
    assert own is not None

    assert 0 == golive("sign-out", "ceo").exit_code
    assert {pseudonym(own, "ceo")} == store.sign_outs(since_s=0).keys()


def test_nobody_of_a_launch_is_signed_out_by_what_a_rehearsal_kept(golive: Golive, tmp_path: Path) -> None:
    (tmp_path / ".golive").mkdir()
    complete(tmp_path / ".golive", TOLD)
    with opened(f"sqlite:///{tmp_path / '.golive' / 'live.sqlite3'}", Environment.LIVE) as store:
        told = golive("sign-out", "ada", "--environment", "live")

        assert (3, {}) == (told.exit_code, store.sign_outs(since_s=0))
    assert "got no identity provider" in told.stderr


def test_without_a_store_it_says_so(golive: Golive) -> None:
    told = golive("sign-out", "ada", **TOLD)

    assert (3, "") == (told.exit_code, told.stdout)
    assert "golive" in told.stderr
