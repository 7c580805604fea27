"""Whose role is which: by the provider's claim, or by a roster, and never by what nobody has proven."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard.signin.ended import SignIn
from dashboard.signin.provider import SignInError
from dashboard.signin.roster import Given
from dashboard.signin.session import Session
from tests.dashboard.signin.people import ROLES, provider
from tests.dashboard.signin.test_gate import Kept


def given(claims: dict[str, Any], **told: str) -> Given:
    """What whoever has these claims may be, where golive is told so."""
    return of(signing_in(**told), claims)


def signing_in(**told: str) -> SignIn:
    return SignIn(provider=provider(**told), kept=Kept(), clock=time.time, plan_roles=lambda: ROLES)


def of(sign_in: SignIn, claims: dict[str, Any]) -> Given:
    return sign_in.given(Session(pseudonym="ada", began=1_000, claims=claims))


@pytest.mark.parametrize(
    ("claim", "roles", "unknown"),
    [
        (["ceo"], ("ceo",), ()),
        ("ceo chair", ("ceo", "chair"), ()),
        (["chair", "ceo", "chair"], ("chair", "ceo"), ()),
        (["janitor", "ceo"], ("ceo",), ("janitor",)),
        (["janitor"], (), ("janitor",)),
        ([], (), ()),
        (None, (), ()),
        (7, (), ()),
        ({"ceo": True}, (), ()),
        ([7, None, "ceo"], ("ceo",), ()),
        ("CEO", (), ("CEO",)),
    ],
)
def test_the_claim_gives_the_roles_that_the_plan_has(
    claim: Any, roles: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert Given(roles=roles, unknown=unknown) == given({"roles": claim})


def test_another_claim_may_name_them() -> None:
    found = given({"groups": ["ceo"], "roles": ["chair"]}, GOLIVE_SIGN_IN_ROLES_CLAIM="groups")

    assert ("ceo",) == found.roles


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    file = tmp_path / "roster.toml"
    file.write_text('[people]\nada = ["ceo"]\n"robin@example.com" = ["coordinator", "chair"]\n')
    return file


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"sub": "ada"}, ("ceo",)),
        ({"sub": "r", "email": "robin@example.com", "email_verified": True}, ("coordinator", "chair")),
        ({"sub": "r", "email": "robin@example.com", "email_verified": False}, ()),
        ({"sub": "r", "email": "robin@example.com"}, ()),
        ({"sub": "r", "roles": ["ceo"]}, ()),
        ({}, ()),
    ],
)
def test_a_roster_gives_them_instead_of_the_claim(
    roster: Path, claims: dict[str, Any], roles: tuple[str, ...]
) -> None:
    assert roles == given(claims, GOLIVE_ROSTER=str(roster)).roles


def test_a_changed_roster_counts_at_once(roster: Path) -> None:
    sign_in = signing_in(GOLIVE_ROSTER=str(roster))
    before = of(sign_in, {"sub": "ada"}).roles
    roster.write_text('[people]\nada = ["chair"]\n')

    assert (("ceo",), ("chair",)) == (before, of(sign_in, {"sub": "ada"}).roles)


def test_a_roster_that_was_not_changed_is_not_read_again(roster: Path) -> None:
    sign_in, before = signing_in(GOLIVE_ROSTER=str(roster)), roster.stat()
    of(sign_in, {"sub": "ada"})
    with roster.open("r+") as file:  # of the same length, and of the same age to the nanosecond
        file.write(roster.read_text().replace("ada", "adx"))
    os.utime(roster, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert ("ceo",) == of(sign_in, {"sub": "ada"}).roles


def test_a_roster_that_is_spoiled_later_gives_nobody_a_role(roster: Path) -> None:
    sign_in = signing_in(GOLIVE_ROSTER=str(roster))
    of(sign_in, {"sub": "ada"})
    roster.write_text("[people\n")

    with pytest.raises(SignInError, match="expected TOML"):
        of(sign_in, {"sub": "ada"})


@pytest.mark.parametrize(
    "text",
    ["[people\n", 'ada = ["ceo"]\n', "[people]\nada = 'ceo'\n", "[people]\nada = [1]\n", "[other]\n", "\xff"],
)
def test_a_roster_that_cannot_be_read_gives_nobody_a_role(roster: Path, text: str) -> None:
    roster.write_text(text, encoding="latin-1")

    with pytest.raises(SignInError, match=r"^got "):
        given({"sub": "ada"}, GOLIVE_ROSTER=str(roster))


def test_a_roster_that_is_gone_gives_nobody_a_role(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match="mend GOLIVE_ROSTER"):
        given({"sub": "ada"}, GOLIVE_ROSTER=str(tmp_path / "none.toml"))
