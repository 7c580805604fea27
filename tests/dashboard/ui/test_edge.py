"""What passes the edge and what does not, asked as any ASGI server would ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from dashboard.edge import Edge, content_policy, on_error
from dashboard.entrance import ANYWHERE, Entrance, read_public_url

HOSTS = ("ops.example.com",)
BELOW = Entrance(public=read_public_url("https://ops.example.com/golive"))


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def breaks(_request: Request) -> Response:
    raise ValueError("canary")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


async def sets(_request: Request) -> Response:
    answer = PlainTextResponse("hello")
    answer.set_cookie("all", "1", path="/")
    answer.set_cookie("own", "2", path="/golive", secure=True)
    answer.delete_cookie("gone")
    return answer


async def brings(request: Request) -> Response:
    return JSONResponse(dict(request.cookies))


def behind_the_edge(entrance: Entrance = ANYWHERE) -> Starlette:
    return Starlette(
        routes=[
            Route("/", hello),
            Route("/golive/", hello),
            Route("/golive/sets", sets),
            Route("/golive/brings", brings),
            Route("/brings", brings),
            Route("/golive/_stcore/{rest:path}", hello),
            WebSocketRoute("/golive/_stcore/stream", talk),
            Route("/broken", breaks),
            Route("/_stcore/{rest:path}", hello),
            WebSocketRoute("/_stcore/stream", talk),
        ],
        middleware=[Middleware(Edge, hosts=lambda: HOSTS, entrance=entrance)],
        exception_handlers={Exception: on_error},
    )


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(behind_the_edge(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
        yield asking


@pytest.fixture
async def below() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(behind_the_edge(BELOW), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ops.example.com") as asking:
        yield asking


@pytest.mark.parametrize("host", ["127.0.0.1:8500", "localhost", "[::1]:8500", "ops.example.com"])
async def test_our_own_host_names_are_answered(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/", headers={"host": host})

    assert 200 == answer.status_code


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "ops.example.com.evil.example", "[::1", ""]
)
async def test_a_foreign_host_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/", headers={"host": host})

    assert 421 == answer.status_code
    assert "hello" not in answer.text


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
async def test_what_needs_a_login_and_has_none_is_closed(client: httpx.AsyncClient, path: str) -> None:
    assert 404 == (await client.put(path, content=b"x")).status_code


@pytest.mark.parametrize("path", ["/", "/broken", "/nowhere"])
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert content_policy() == answer.headers["content-security-policy"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "no-referrer" == answer.headers["referrer-policy"]
    assert "same-origin" == answer.headers["cross-origin-opener-policy"]
    assert "canary" not in answer.text


def test_the_content_policy_allows_the_one_inline_script_of_streamlit_and_no_other() -> None:
    scripts = content_policy().split("script-src", maxsplit=1)[1].split(";", maxsplit=1)[0]

    assert 1 == scripts.count("'sha256-")
    assert "unsafe" not in scripts


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:9", "https://ops.example.com", "null", "http://[::1", None],
)
async def test_a_websocket_from_elsewhere_is_refused(origin: str | None) -> None:
    said = await connected(host="127.0.0.1:8500", origin=origin)

    assert [{"type": "websocket.close", "code": 1008}] == said


async def test_a_websocket_to_a_foreign_host_name_is_refused() -> None:
    said = await connected(host="evil.example", origin="http://evil.example")

    assert ["websocket.close"] == [message["type"] for message in said]


@pytest.mark.parametrize(
    ("host", "origin"),
    [("127.0.0.1:8500", "http://127.0.0.1:8500"), ("ops.example.com", "https://ops.example.com")],
)
async def test_a_websocket_of_our_own_page_is_let_through(host: str, origin: str) -> None:
    said = await connected(host=host, origin=origin)

    assert ["websocket.accept", "websocket.send", "websocket.close"] == [message["type"] for message in said]


async def test_below_a_path_golive_is_there_alone_and_says_where(below: httpx.AsyncClient) -> None:
    beside = [await below.get(path) for path in ("/", "/sign-in", "/golivex/", "/healthz")]
    person = await below.get("/", headers={"accept": "text/html"})

    assert "hello" == (await below.get("/golive/")).text
    assert [404] * 4 == [each.status_code for each in beside]
    assert "There is nothing here; golive is at /golive/" in person.text


async def test_the_path_without_its_slash_leads_to_the_one_with_it(below: httpx.AsyncClient) -> None:
    told = await below.get("/golive?x=1")

    assert (308, "/golive/?x=1") == (told.status_code, told.headers["location"])


@pytest.mark.parametrize("path", ["/golive/_stcore/metrics", "/golive/_stcore/agent/openapi.json"])
async def test_below_a_path_the_same_is_closed(below: httpx.AsyncClient, path: str) -> None:
    assert 404 == (await below.get(path)).status_code


async def test_cookies_are_for_golive_alone_and_for_tls_alone(below: httpx.AsyncClient) -> None:
    told = (await below.get("/golive/sets")).headers.get_list("set-cookie")

    assert [
        "all=1; Path=/golive; SameSite=lax; Secure",
        "own=2; Path=/golive; SameSite=lax; Secure",
    ] == told[:2]
    assert told[2].startswith('gone=""; expires=')
    assert "; Path=/golive; " in told[2]
    assert told[2].endswith("; Secure")


@pytest.mark.parametrize("path", ["/brings", "/golive/brings"])
async def test_of_two_cookies_of_one_name_the_nearest_counts(path: str) -> None:
    """A browser names the one of the longest path first; the other is of a golive at the top of the host."""
    entrance = BELOW if path.startswith("/golive") else ANYWHERE
    transport = httpx.ASGITransport(behind_the_edge(entrance))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
        told = await asking.get(path, headers={"cookie": 'who=mine; x="a=b"; who=theirs'})

    assert {"who": "mine", "x": "a=b"} == told.json()


@pytest.mark.parametrize(
    ("public", "host", "told"),
    [
        ("https://ops.example.com/golive", "ops.example.com", "max-age=31536000"),
        ("https://ops.example.com/golive", "127.0.0.1:8501", None),
        ("https://localhost:8443/golive", "localhost:8443", None),
        ("http://127.0.0.1:8501/golive", "127.0.0.1:8501", None),
    ],
)
async def test_only_the_public_host_is_for_tls_for_good(public: str, host: str, told: str | None) -> None:
    transport = httpx.ASGITransport(behind_the_edge(Entrance(public=read_public_url(public))))
    async with httpx.AsyncClient(transport=transport, base_url="http://ops.example.com") as asking:
        answer = await asking.get("/golive/", headers={"host": host})

    assert told == answer.headers.get("strict-transport-security")


async def test_a_websocket_beside_the_path_is_refused() -> None:
    said = await connected(host="127.0.0.1:8500", origin="http://127.0.0.1:8500", entrance=BELOW)
    own = await connected(
        host="127.0.0.1:8500", origin="http://127.0.0.1:8500", entrance=BELOW, path="/golive/_stcore/stream"
    )

    assert [{"type": "websocket.close", "code": 1008}] == said
    assert "websocket.accept" == own[0]["type"]


async def connected(
    *, host: str, origin: str | None, entrance: Entrance = ANYWHERE, path: str = "/_stcore/stream"
) -> list[Message]:
    """Everything that a server would be told to say to a WebSocket that asks to connect."""
    headers = [(b"host", host.encode())] + ([] if origin is None else [(b"origin", origin.encode())])
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        said.append(message)

    await behind_the_edge(entrance)(scope, receive, send)
    return said
