"""What passes the gate and what does not, asked as any ASGI server would ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.signin import page
from dashboard.signin.ended import GOES_WITHIN_S, SignIn
from dashboard.signin.gate import Gate
from dashboard.signin.limits import A_MINUTE
from dashboard.signin.session import TOKENS_COOKIE, USER_COOKIE, Session
from tests.dashboard.signin.people import ROLES, cookies, provider

ANYWHERE = (
    "/",
    "/timeline",
    "/static/js/x.js",
    "/media/0123abcd.png",
    "/component/x/y.js",
    "/_stcore/host-config",
    "/_stcore/stream",
    "/api/events",
    "/download/bundle",
    "/download/finance.csv",
    "/_stcore/upload_file/session/file",
)
LOOKS = 3
UNGUARDED = ("/healthz", "/_stcore/health", "/api/v1/board", "/auth/login", "/oauth2callback")


class Kept:
    """Sign-outs in memory."""

    def __init__(self) -> None:
        self.found: dict[str, int] = {}

    def sign_out(self, pseudonym: str, at_s: int) -> None:
        self.found[pseudonym] = at_s

    def sign_outs(self, *, since_s: int) -> Mapping[str, int]:
        return {who: at for who, at in self.found.items() if at >= since_s}


def signing_in() -> SignIn:
    return SignIn(provider=provider(), kept=Kept(), clock=time.time, plan_roles=lambda: ROLES)


async def hello(request: Request) -> Response:
    return PlainTextResponse(f"hello at {request.url.path}")


async def callback(_request: Request) -> Response:
    answer = Response(status_code=302, headers={"location": "/"})
    answer.set_cookie(USER_COOKIE, "user", httponly=True)
    answer.set_cookie(TOKENS_COOKIE, "tokens", httponly=True)
    answer.set_cookie(f"{TOKENS_COOKIE}_1", "more tokens", httponly=True)
    return answer


async def forever(_request: Request) -> Response:
    async def beats() -> AsyncIterator[str]:
        while True:  # until the browser goes
            yield "beat"
            await asyncio.sleep(0.01)

    return StreamingResponse(beats())


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


def behind(sign_in: SignIn | None, below: str = "") -> Starlette:
    return Starlette(
        routes=[
            Route(f"{below}/oauth2callback", callback),
            Route("/api/events", forever),
            WebSocketRoute("/_stcore/stream", talk),
            Route("/{rest:path}", hello, methods=["GET", "POST", "PUT"]),
        ],
        middleware=[Middleware(Gate, sign_in=lambda: sign_in, below=below)],
    )


def asking(sign_in: SignIn | None, *, below: str = "", **brought: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(behind(sign_in, below)),
        base_url=f"https://ops.example.com{below}",
        cookies=brought,
    )


@pytest.mark.parametrize("path", ANYWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_without_a_sign_in_nothing_is_there(method: str, path: str) -> None:
    async with asking(signing_in()) as client:
        told = await client.request(method, path)

    assert (401, {"error": "Sign in first."}) == (told.status_code, told.json())


@pytest.mark.parametrize("path", UNGUARDED)
async def test_the_way_in_and_what_guards_itself_are_there(path: str) -> None:
    async with asking(signing_in()) as client:
        assert 401 != (await client.get(path)).status_code


async def test_a_browser_gets_a_page_to_sign_in_on_and_comes_back_to_where_it_was() -> None:
    async with asking(signing_in()) as client:
        shown = await client.get("/evidence?record=7", headers={"accept": "text/html"})
        back = await client.get("/oauth2callback")

    assert 401 == shown.status_code
    assert 'href="/sign-in"' in shown.text
    assert "no-store" == shown.headers["cache-control"]
    assert "/evidence?record=7" == back.headers["location"]


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb"]
)
async def test_nobody_is_led_elsewhere(wanted: str) -> None:
    async with asking(signing_in(), golive_next=quote(wanted)) as client:
        back = await client.get("/oauth2callback")

    assert "/" == back.headers["location"]


@pytest.mark.parametrize("wanted", ["/", "/other/page", "/golivex", "/golive/../other", "//golive/"])
async def test_below_a_path_nobody_is_led_to_what_is_beside_it(wanted: str) -> None:
    async with asking(signing_in(), below="/golive", golive_next=quote(wanted)) as client:
        back = await client.get("/oauth2callback")

    assert "/golive/" == back.headers["location"]


async def test_below_a_path_the_way_in_and_back_is_below_it_too() -> None:
    async with asking(signing_in(), below="/golive") as client:
        shown = await client.get("/evidence?record=7", headers={"accept": "text/html"})
        to_provider = await client.get("/sign-in")
        back = await client.get("/oauth2callback")
        beside = await client.get("https://ops.example.com/sign-in")
        health = await client.get("/healthz")

    assert 'href="/golive/sign-in"' in shown.text
    assert to_provider.headers["location"].startswith("/golive/auth/login?provider=")
    assert "/golive/evidence?record=7" == back.headers["location"]
    assert (401, 200) == (beside.status_code, health.status_code)


async def test_the_providers_tokens_are_kept_nowhere() -> None:
    async with asking(signing_in()) as client:
        back = await client.get("/oauth2callback")

    assert [f"{USER_COOKIE}=user; HttpOnly; Path=/; SameSite=lax"] == back.headers.get_list("set-cookie")


async def test_below_a_path_who_could_not_sign_in_reads_so_and_begins_again_there() -> None:
    async def refused(_request: Request) -> Response:
        return PlainTextResponse("Authentication error", 400)

    told = provider(GOLIVE_PUBLIC_URL="https://ops.example.com/golive")
    sign_in = SignIn(provider=told, kept=Kept(), clock=time.time, plan_roles=lambda: ROLES)
    app = Starlette(
        routes=[Route("/golive/auth/login", refused)],
        middleware=[Middleware(Gate, sign_in=lambda: sign_in, below="/golive")],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://ops.example.com") as client:
        answer = await client.get("/golive/auth/login")

    assert page.UNANSWERED in answer.text
    assert 'href="/golive/sign-in"' in answer.text


async def test_who_is_signed_in_passes() -> None:
    async with asking(signing_in(), **cookies()) as client:
        told = await client.get("/timeline")

    assert (200, "hello at /timeline") == (told.status_code, told.text)


async def test_where_nobody_signs_in_everybody_passes() -> None:
    async with asking(None) as client:
        assert 200 == (await client.get("/timeline")).status_code


async def test_who_signed_out_is_out_with_the_same_cookie() -> None:
    sign_in = signing_in()
    session = sign_in.session(cookies())
    assert session is not None
    async with asking(sign_in, **cookies()) as client:
        sign_in.end(session)
        told = await client.get("/timeline")

    assert 401 == told.status_code


async def test_too_many_tries_are_refused_for_a_while() -> None:
    async with asking(signing_in()) as client:
        told = [(await client.get("/sign-in")).status_code for _ in range(A_MINUTE + 1)]
        elsewhere = await client.get("/timeline")

    assert [302] * A_MINUTE + [429] == told
    assert 401 == elsewhere.status_code


async def test_an_open_stream_is_ended_in_good_order_as_soon_as_its_person_signs_out() -> None:
    sign_in, sent = signing_in(), list[Message]()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)
        session = sign_in.session(cookies())
        if message.get("body") == b"beat" and session is not None:
            sign_in.end(session)

    header = "; ".join(f"{name}={value}" for name, value in cookies().items())
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/events",
        "headers": [(b"cookie", header.encode())],
        "query_string": b"",
    }
    await behind(sign_in)(scope, receive, send)

    assert {"type": "http.response.body", "body": b"", "more_body": False} == sent[-1]
    assert [] == [each for each in sent[:-1] if each.get("more_body") is False]


async def _socket(sign_in: SignIn, brought: Mapping[str, str], *coming: Message) -> list[Message]:
    """What is sent to a socket that says this and then nothing more."""
    sent: list[Message] = []
    waiting = list(coming)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)
        if message.get("text") == "now":
            session = sign_in.session(brought)
            assert session is not None
            sign_in.end(session)

    header = "; ".join(f"{name}={value}" for name, value in brought.items())
    await behind(sign_in)(_opened(header), receive, send)
    return sent


def _opened(header: str) -> dict[str, object]:
    return {
        "type": "websocket",
        "path": "/_stcore/stream",
        "headers": [(b"cookie", header.encode())],
        "query_string": b"",
        "subprotocols": [],
    }


async def test_a_socket_without_a_sign_in_is_closed_before_it_is_open() -> None:
    sent = await _socket(signing_in(), {}, {"type": "websocket.connect"})

    assert [{"type": "websocket.close", "code": 1008}] == sent


async def test_an_open_socket_is_closed_as_soon_as_its_person_signs_out() -> None:
    sent = await _socket(
        signing_in(),
        cookies(),
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "now"},
    )

    assert ["websocket.accept", "websocket.send", "websocket.close"] == [each["type"] for each in sent]
    assert 1008 == sent[-1]["code"]


async def test_where_somebody_presses_to_sign_out_the_socket_is_closed_once_it_could_send_them_on() -> None:
    class Pressed(SignIn):
        def end(self, session: Session, *, by_press: bool = True) -> None:
            super().end(session, by_press=by_press)

        def is_cut_off(self, session: Session) -> bool:
            told = super().is_cut_off(session)
            if self.is_ended(session):
                looks.append(told)
                later.append(GOES_WITHIN_S if len(looks) == LOOKS else 0.0)
            return told

    looks, later = list[bool](), list[float]()
    sign_in = Pressed(
        provider=provider(), kept=Kept(), clock=lambda: time.time() + sum(later), plan_roles=lambda: ROLES
    )

    sent = await _socket(
        sign_in, cookies(), {"type": "websocket.connect"}, {"type": "websocket.receive", "text": "now"}
    )

    assert [False] * LOOKS + [True] == looks
    assert 1008 == sent[-1]["code"]


async def test_a_browser_that_is_on_its_way_to_the_provider_is_cut_off_there_and_then() -> None:
    sign_in, brought = signing_in(), cookies()
    session = sign_in.session(brought)
    assert session is not None
    sign_in.end(session, by_press=True)

    async with asking(sign_in, **brought) as browser:
        await browser.get("/timeline")
        assert not sign_in.is_cut_off(session)
        await browser.get("/auth/logout")

    assert sign_in.is_cut_off(session)


async def test_who_signs_out_closes_nobody_elses_socket() -> None:
    sign_in, gate_open = signing_in(), asyncio.Event()
    ada, robin = cookies(), cookies(sub="robin")
    closed: list[str] = []
    app = behind(sign_in)

    async def look(who: str, brought: Mapping[str, str]) -> None:
        header = "; ".join(f"{name}={value}" for name, value in brought.items())
        waiting: list[Message] = [{"type": "websocket.connect"}]

        async def receive() -> Message:
            if not waiting:
                await gate_open.wait()
                return {"type": "websocket.disconnect", "code": 1000}
            return waiting.pop(0)

        async def send(message: Message) -> None:
            if message["type"] == "websocket.close":
                closed.append(who)

        await app(_opened(header), receive, send)

    async with asyncio.TaskGroup() as looking:
        hers = looking.create_task(look("ada", ada))
        looking.create_task(look("robin", robin))
        await asyncio.sleep(0)  # both are in
        session = sign_in.session(ada)
        assert session is not None
        sign_in.end(session)
        await hers
        gate_open.set()

    assert ["ada"] == closed


async def test_where_it_cannot_be_told_who_signed_out_every_socket_is_closed() -> None:
    class Broken(SignIn):
        def is_ended(self, session: Session) -> bool:
            if looked.is_set():
                raise RuntimeError
            looked.set()
            return super().is_ended(session)

    looked = asyncio.Event()
    sign_in = Broken(provider=provider(), kept=Kept(), clock=time.time, plan_roles=lambda: ROLES)

    sent = await _socket(sign_in, cookies(), {"type": "websocket.connect"})

    assert 1008 == sent[-1]["code"]
