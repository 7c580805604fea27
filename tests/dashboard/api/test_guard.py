"""Who may ask what without a page: this machine, who may see it in a role of theirs, or a token for it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import access
from dashboard.access import ALLOWED, SCOPES, Action, Identity, Scope
from dashboard.api.guard import A_MINUTE, Guard
from dashboard.api.keys import ProviderKeys
from dashboard.api.tokens import Tokens
from dashboard.launch.plan import RoleKind
from dashboard.signin.ended import SignIn
from tests.cast import default_plan
from tests.dashboard.api.provider import AUDIENCE, Publisher, publishing
from tests.dashboard.signin.people import ROLES, cookies, provider
from tests.dashboard.signin.test_gate import Kept


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


def guarded(publisher: Publisher | None = None) -> Guard:
    """Where people sign in, and tokens of this provider are believed."""
    tokens = None
    if publisher is not None:
        keys = ProviderKeys(issuer=publisher.url, clock=time.monotonic)
        tokens = Tokens(issuer=publisher.url, audience=AUDIENCE, keys=keys)
    return Guard(
        sign_in=SignIn(provider=provider(), kept=Kept(), clock=time.time, plan_roles=lambda: ROLES),
        tokens=tokens,
    )


async def admitted(guard: Guard, request: Request, *scopes: Scope) -> Response:
    """The board, headed by who reads it."""
    asker = await guard.admit(request, default_plan().roles, *scopes)
    if isinstance(asker, Response):
        return asker
    return PlainTextResponse(f"the board for {asker.title}, {asker.kind}, {asker.identity}")


@asynccontextmanager
async def asking(guard: Guard, client: str = "127.0.0.1", **brought: str) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks at /board, /trace for money, and /any for anything."""
    asked = {"/board": (Scope.BOARD,), "/trace": (Scope.TRACE,), "/any": tuple(Scope)}

    async def read(request: Request) -> Response:
        return await admitted(guard, request, *asked[request.url.path])

    app = Starlette(routes=[Route(path, read) for path in asked])
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://golive", cookies=brought) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 403),
    ],
)
async def test_where_nobody_signs_in_this_machine_alone_is_answered(
    client: str, headers: dict[str, str], status: int
) -> None:
    async with asking(Guard(), client) as ask:
        assert status == (await ask.get("/board", headers=headers)).status_code


async def test_where_people_sign_in_this_machine_is_nobody() -> None:
    async with asking(guarded()) as ask:
        told = await ask.get("/board")

    assert (401, 'Bearer realm="golive"') == (told.status_code, told.headers["www-authenticate"])
    assert {"error": "Sign in, or bring a bearer token of the identity provider."} == told.json()


async def test_who_has_signed_in_is_answered() -> None:
    async with asking(guarded(), **cookies()) as ask:
        assert 200 == (await ask.get("/board")).status_code


@pytest.mark.parametrize("roles", [[], ["janitor"], None])
async def test_who_has_signed_in_and_has_no_role_of_the_launch_is_refused(roles: list[str] | None) -> None:
    async with asking(guarded(), **cookies(roles=roles)) as ask:
        told = await ask.get("/board")

    assert 403 == told.status_code
    assert {"error": "You are signed in, and have no role of this launch."} == told.json()


async def test_while_roles_cannot_be_looked_up_nobody_has_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Guard(
        sign_in=SignIn(
            provider=provider(GOLIVE_ROSTER=str(tmp_path / "none.toml")),
            kept=Kept(),
            clock=time.time,
            plan_roles=lambda: ROLES,
        )
    )
    async with asking(guard, **cookies()) as ask:
        told = [await ask.get("/board") for _ in range(2)]

    assert [503, 503] == [each.status_code for each in told]
    assert {"error": "Who has which role cannot be read now."} == told[0].json()
    assert 1 == caplog.text.count("mend GOLIVE_ROSTER")


async def test_a_token_with_the_scope_is_answered(publisher: Publisher) -> None:
    async with asking(guarded(publisher), "192.0.2.7") as ask:
        assert 200 == (await ask.get("/board", headers=bearer(publisher.token()))).status_code


async def test_a_token_without_the_scope_is_told_which(publisher: Publisher) -> None:
    async with asking(guarded(publisher)) as ask:
        told = await ask.get("/board", headers=bearer(publisher.token(scope="openid")))

    assert (403, {"error": "The token lacks the scope golive:board."}) == (told.status_code, told.json())


async def test_a_refused_token_is_told_no_reason(
    publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    token = publisher.token(exp=int(time.time()) - 1)
    async with asking(guarded(publisher)) as ask:
        told = await ask.get("/board", headers=bearer(token))

    assert (401, {"error": "The token is not accepted."}) == (told.status_code, told.json())
    assert "Signature has expired" in caplog.text
    assert token not in caplog.text


async def test_while_no_key_is_known_who_asks_may_come_again(publisher: Publisher) -> None:
    publisher.status = 503
    async with asking(guarded(publisher)) as ask:
        told = await ask.get("/board", headers=bearer(publisher.token()))

    assert (503, "10") == (told.status_code, told.headers["retry-after"])


async def test_where_no_token_is_believed_none_is(publisher: Publisher) -> None:
    async with asking(guarded()) as ask:
        assert 401 == (await ask.get("/board", headers=bearer(publisher.token()))).status_code


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "bearer  ", "Bearer \t"])
async def test_what_is_no_bearer_token_is_refused(publisher: Publisher, header: str) -> None:
    async with asking(guarded(publisher)) as ask:
        assert 401 == (await ask.get("/board", headers={"Authorization": header})).status_code


async def test_too_many_requests_are_refused_for_a_while() -> None:
    async with asking(Guard()) as ask:
        told = [(await ask.get("/board")).status_code for _ in range(2 * A_MINUTE)]

    assert [200] * A_MINUTE == told[:A_MINUTE]
    assert 429 in told


def test_every_scope_stands_for_something_to_see() -> None:
    assert set(Scope) == set(SCOPES)
    assert {"SEE_"} == {action.name[:4] for action in SCOPES.values()}


def see(monkeypatch: pytest.MonkeyPatch, action: Action, *kinds: RoleKind) -> None:
    """The table is another one: these alone may."""
    monkeypatch.setattr(access, "ALLOWED", {**ALLOWED, action: frozenset(kinds)})


async def test_the_table_is_asked_what_whoever_has_signed_in_may_see(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, Action.SEE_MONEY, RoleKind.FINANCE)
    async with asking(guarded(), **cookies(roles=["ceo"])) as ask:
        board, money = await ask.get("/board"), await ask.get("/trace")

    assert (200, 403) == (board.status_code, money.status_code)
    assert {"error": "CEO may not see the money; a finance may."} == money.json()


async def test_whoever_has_several_roles_reads_in_the_first_that_may(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, Action.SEE_MONEY, RoleKind.COORDINATOR)
    async with asking(guarded(), **cookies(roles=["ceo", "coordinator"])) as ask:
        board, money = await ask.get("/board"), await ask.get("/trace")

    assert "the board for CEO, ceo, login" == board.text
    assert "the board for Coordinator, coordinator, login" == money.text


def test_a_role_that_the_plan_of_now_does_not_have_is_none() -> None:
    without = {name: role for name, role in default_plan().roles.items() if name != "ceo"}

    told = guarded().admit_session(cookies(roles=["ceo"]), without, Scope.BOARD)

    assert isinstance(told, Response)
    assert 403 == told.status_code


async def test_a_token_sees_no_more_than_a_viewer(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = bearer(publisher.token(scope="golive:trace"))
    async with asking(guarded(publisher)) as ask:
        before = await ask.get("/trace", headers=token)
        see(monkeypatch, Action.SEE_MONEY, RoleKind.FINANCE, RoleKind.CEO)
        after = await ask.get("/trace", headers=token)

    assert "the board for A script, viewer, login" == before.text
    assert {"error": "A script may not see the money; a ceo or finance may."} == after.json()


async def test_where_nobody_signs_in_the_table_is_asked_for_a_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, Action.SEE_MONEY, RoleKind.FINANCE)
    async with asking(Guard()) as ask:
        board, money = await ask.get("/board"), await ask.get("/trace")

    assert "the board for A script, viewer, asserted" == board.text
    assert 403 == money.status_code


@pytest.mark.parametrize("scope", Scope)
async def test_a_scope_opens_what_it_names_and_nothing_else(publisher: Publisher, scope: Scope) -> None:
    token = bearer(publisher.token(scope=scope.value))
    async with asking(guarded(publisher)) as ask:
        told = {
            path: (await ask.get(path, headers=token)).status_code for path in ("/board", "/trace", "/any")
        }

    mine = {Scope.BOARD: "/board", Scope.TRACE: "/trace"}.get(scope)
    assert {path: 200 if path in {mine, "/any"} else 403 for path in told} == told


async def test_of_several_scopes_the_ones_that_a_token_has_are_judged(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(monkeypatch, Action.SEE_MONEY, RoleKind.FINANCE)
    async with asking(guarded(publisher)) as ask:
        told = await ask.get("/any", headers=bearer(publisher.token(scope="golive:trace")))

    assert {"error": "A script may not see the money; a finance may."} == told.json()


async def test_a_token_for_nothing_of_golive_is_told_what_would_do(publisher: Publisher) -> None:
    async with asking(guarded(publisher)) as ask:
        told = await ask.get("/any", headers=bearer(publisher.token(scope="openid")))

    assert 403 == told.status_code
    assert told.json()["error"].startswith("The token lacks the scope golive:board or golive:metrics or ")


def test_a_script_is_nobody_of_the_launch() -> None:
    found = access.script(Identity.LOGIN)

    assert ("", "", RoleKind.VIEWER) == (found.role, found.pseudonym, found.kind)
