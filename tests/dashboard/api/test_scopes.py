"""Each address asks for its own scope and for what the table says, and for nothing else's."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dashboard import access
from dashboard.access import ALLOWED, SCOPES, Action, Scope
from dashboard.api.addresses import ADDRESSES
from dashboard.api.guard import Guard
from dashboard.api.keys import ProviderKeys
from dashboard.api.tokens import Tokens
from dashboard.control import Control
from dashboard.launch.plan import RoleKind
from dashboard.signin.ended import SignIn
from tests.dashboard.api.asking import asking
from tests.dashboard.api.provider import AUDIENCE, Publisher, publishing
from tests.dashboard.sealing.scene import Launch
from tests.dashboard.signin.people import cookies, provider
from tests.dashboard.signin.test_gate import Kept

ROLES = ("ceo", "chair", "coordinator", "payments_lead", "finance", "auditor", "viewer")
ALL = " ".join(Scope)
NEEDS = {f"/api/v1{each.path.replace('{id}', 'pi_1')}": set(each.scopes) for each in ADDRESSES}


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture(scope="module")
def guard(publisher: Publisher, room: Control) -> Guard:
    keys = ProviderKeys(issuer=publisher.url, clock=time.monotonic)
    return Guard(
        sign_in=SignIn(provider=provider(), kept=Kept(), clock=time.time, plan_roles=lambda: room.plan.roles),
        tokens=Tokens(issuer=publisher.url, audience=AUDIENCE, keys=keys),
    )


async def statuses(
    room: Control, launch: Launch, guard: Guard, token: str = "", **brought: str
) -> dict[str, int]:
    """What each address answers to somebody elsewhere."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with asking(room, launch.now, guard, "192.0.2.7", **brought) as client:
        return {path: (await client.get(path, headers=headers)).status_code for path in NEEDS}


@pytest.mark.parametrize("scope", [*Scope, "openid", "golive", "golive:", "GOLIVE:BOARD", "golive:board:x"])
async def test_a_token_opens_the_addresses_of_its_scope(
    room: Control, launch: Launch, guard: Guard, publisher: Publisher, scope: str
) -> None:
    told = await statuses(room, launch, guard, publisher.token(scope=scope))

    assert {path: 200 if scope in needs else 403 for path, needs in NEEDS.items()} == told


async def test_a_token_for_everything_opens_everything(
    room: Control, launch: Launch, guard: Guard, publisher: Publisher
) -> None:
    told = await statuses(room, launch, guard, publisher.token(scope=ALL))

    assert dict.fromkeys(NEEDS, 200) == told


async def test_without_a_sign_in_or_a_token_nothing_is_told(
    room: Control, launch: Launch, guard: Guard
) -> None:
    assert dict.fromkeys(NEEDS, 401) == await statuses(room, launch, guard)


@pytest.mark.parametrize("role", ROLES)
async def test_who_has_signed_in_reads_all_that_the_table_lets_them_see(
    room: Control, launch: Launch, guard: Guard, role: str
) -> None:
    assert role in room.plan.roles

    assert dict.fromkeys(NEEDS, 200) == await statuses(room, launch, guard, **cookies(roles=[role]))


@pytest.mark.parametrize("action", sorted(set(SCOPES.values())))
async def test_what_the_table_takes_from_a_role_its_address_refuses(
    room: Control, launch: Launch, guard: Guard, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "ALLOWED", {**ALLOWED, action: frozenset({RoleKind.CEO})})

    viewer = await statuses(room, launch, guard, **cookies(roles=["viewer"]))
    ceo = await statuses(room, launch, guard, **cookies(roles=["ceo"]))

    taken = {path for path, needs in NEEDS.items() if {SCOPES[scope] for scope in needs} == {action}}
    assert taken
    assert {path: 403 if path in taken else 200 for path in NEEDS} == viewer
    assert dict.fromkeys(NEEDS, 200) == ceo


async def test_what_the_table_does_not_name_nobody_sees(
    room: Control, launch: Launch, guard: Guard, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "ALLOWED", {})

    assert dict.fromkeys(NEEDS, 403) == await statuses(room, launch, guard, **cookies(roles=["ceo"]))
    assert dict.fromkeys(NEEDS, 403) == await statuses(room, launch, guard, publisher.token(scope=ALL))
