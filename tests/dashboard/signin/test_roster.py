"""Whose role is which: by the provider's claim, or by a roster, and never by what nobody has proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard.signin.provider import SignInError
from dashboard.signin.roster import Given, given
from tests.dashboard.signin.people import provider

ROLES = ("ceo", "coordinator", "chair")


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
    assert Given(roles=roles, unknown=unknown) == given(provider(), {"roles": claim}, ROLES)


def test_another_claim_may_name_them() -> None:
    found = given(
        provider(GOLIVE_SIGN_IN_ROLES_CLAIM="groups"), {"groups": ["ceo"], "roles": ["chair"]}, ROLES
    )

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
    assert roles == given(provider(GOLIVE_ROSTER=str(roster)), claims, ROLES).roles


def test_a_changed_roster_counts_at_once(roster: Path) -> None:
    told = provider(GOLIVE_ROSTER=str(roster))
    roster.write_text('[people]\nada = ["chair"]\n')

    assert ("chair",) == given(told, {"sub": "ada"}, ROLES).roles


@pytest.mark.parametrize(
    "text",
    ["[people\n", 'ada = ["ceo"]\n', "[people]\nada = 'ceo'\n", "[people]\nada = [1]\n", "[other]\n", "\xff"],
)
def test_a_roster_that_cannot_be_read_gives_nobody_a_role(roster: Path, text: str) -> None:
    roster.write_text(text, encoding="latin-1")

    with pytest.raises(SignInError, match=r"^got "):
        given(provider(GOLIVE_ROSTER=str(roster)), {"sub": "ada"}, ROLES)


def test_a_roster_that_is_gone_gives_nobody_a_role(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match="mend GOLIVE_ROSTER"):
        given(provider(GOLIVE_ROSTER=str(tmp_path / "none.toml")), {"sub": "ada"}, ROLES)
