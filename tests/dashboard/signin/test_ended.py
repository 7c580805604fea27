"""A sign-out ends every session from before it, here at once and at every other dashboard soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.signin.ended import GOES_WITHIN_S, SignIn
from dashboard.signin.provider import SignInError
from dashboard.signin.session import LONGEST_S, REHEARSAL_CLAIM, Session
from dashboard.store.store import Store
from rehearsal.signing_in import MARK
from tests.dashboard.signin.people import ROLES, cookies, provider
from tests.dashboard.store.scene import opened
from tests.silenced import Line

ADA = Session(pseudonym="ada", began=1_000, claims={})


class Clock:
    """Seconds since 1970, as a test has it."""

    now = 1_100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as found:
        yield found


def at(store: Store, clock: Clock | None = None) -> SignIn:
    """One of the dashboards over this store."""
    return SignIn(provider=provider(), kept=store, clock=clock or Clock(), plan_roles=lambda: ROLES)


def test_who_signed_out_is_out_here_at_once_and_elsewhere_after_a_look(store: Store) -> None:
    here, there = at(store), at(store)

    here.end(ADA)

    assert here.is_ended(ADA)
    assert not there.is_ended(ADA)
    there.look()
    assert there.is_ended(ADA)


def test_the_browser_that_presses_may_go_to_the_provider_first_and_no_other_may(store: Store) -> None:
    clock = Clock()
    here, there, phone = at(store, clock), at(store, clock), replace(ADA, began=1_001)

    here.end(ADA, by_press=True)
    there.look()

    assert (True, True) == (here.is_ended(ADA), here.is_ended(phone))
    assert (False, True, True) == (here.is_cut_off(ADA), here.is_cut_off(phone), there.is_cut_off(ADA))
    clock.now += GOES_WITHIN_S
    assert here.is_cut_off(ADA)


def test_the_browser_that_presses_is_cut_off_once_it_is_on_its_way(store: Store) -> None:
    here = SignIn(provider=provider(), kept=store, clock=time.time, plan_roles=lambda: ROLES)
    brought = cookies()
    session = here.session(brought)
    assert session is not None
    here.end(session, by_press=True)

    here.has_gone(cookies(sub="somebody else"))
    assert not here.is_cut_off(session)
    here.has_gone(brought)
    assert here.is_cut_off(session)


def test_what_is_open_to_who_is_signed_in_stays_open(store: Store) -> None:
    assert not at(store).is_cut_off(ADA)


def test_nobody_else_is_signed_out(store: Store) -> None:
    here = at(store)
    here.end(ADA)
    here.look()

    assert not here.is_ended(Session(pseudonym="robin", began=1_000, claims={}))


def test_a_session_from_after_a_sign_out_goes_on(store: Store) -> None:
    here = at(store)
    here.end(ADA)
    here.look()

    assert here.is_ended(Session(pseudonym="ada", began=1_100, claims={}))
    assert not here.is_ended(Session(pseudonym="ada", began=1_101, claims={}))


def test_a_dashboard_that_starts_later_knows_it(store: Store) -> None:
    at(store).end(ADA)
    late = at(store)
    late.look()

    assert late.is_ended(ADA)


def test_an_older_sign_out_takes_no_newer_one_back(store: Store) -> None:
    store.sign_out("ada", 2_000)
    store.sign_out("ada", 1_000)

    assert {"ada": 2_000} == store.sign_outs(since_s=0)


def test_a_session_ends_by_its_age(store: Store) -> None:
    clock = Clock()
    here, clock.now = at(store, clock), 1_000.0 + LONGEST_S

    assert not here.is_ended(ADA)
    clock.now += 1
    assert here.is_ended(ADA)


def test_what_cannot_be_kept_now_ends_it_here_at_once_and_elsewhere_once_it_can(
    far: Store, line: Line, postgres_url: str
) -> None:
    here = at(far)
    line.silent.set()

    with pytest.raises(SignInError, match="You are signed out here, and everywhere else once it answers"):
        here.end(ADA)

    assert here.is_ended(ADA)
    line.silent.clear()
    here.look()
    with opened(postgres_url) as store:
        there = at(store)
        there.look()
        assert there.is_ended(ADA)


@pytest.mark.parametrize("told", ["rehearsal", "live", "", None], ids=repr)
def test_whom_a_rehearsals_provider_sends_is_nobody_in_a_launch(store: Store, told: str | None) -> None:
    claims: dict[str, Any] = {MARK: told}
    brought = cookies(**claims)
    launch = SignIn(provider=provider(), kept=store, clock=time.time, plan_roles=lambda: ROLES)
    rehearsal = SignIn(
        provider=provider(), kept=store, clock=time.time, plan_roles=lambda: ROLES, believes_rehearsal=True
    )

    assert launch.session(cookies()) is not None
    assert launch.session(brought) is None
    assert rehearsal.session(brought) is not None


def test_the_rehearsal_marks_its_people_with_the_claim_that_a_launch_looks_for() -> None:
    assert REHEARSAL_CLAIM == MARK
