"""What passes the edge and what does not, asked as any ASGI server would ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from dashboard.edge import Edge, content_policy, on_error

HOSTS = ("ops.example.com",)


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def breaks(_request: Request) -> Response:
    raise ValueError("canary")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def behind_the_edge() -> Starlette:
    return Starlette(
        routes=[
            Route("/", hello),
            Route("/broken", breaks),
            Route("/_stcore/{rest:path}", hello),
            WebSocketRoute("/_stcore/stream", talk),
        ],
        middleware=[Middleware(Edge, hosts=lambda: HOSTS)],
        exception_handlers={Exception: on_error},
    )


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(behind_the_edge(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
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


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9", "null", "http://[::1", None])
async def test_a_websocket_from_elsewhere_is_refused(origin: str | None) -> None:
    said = await connected(host="127.0.0.1:8500", origin=origin)

    assert [{"type": "websocket.close", "code": 1008}] == said


async def test_a_websocket_to_a_foreign_host_name_is_refused() -> None:
    said = await connected(host="evil.example", origin="http://evil.example")

    assert ["websocket.close"] == [message["type"] for message in said]


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8500", "https://ops.example.com"])
async def test_a_websocket_of_our_own_page_is_let_through(origin: str) -> None:
    said = await connected(host="127.0.0.1:8500", origin=origin)

    assert ["websocket.accept", "websocket.send", "websocket.close"] == [message["type"] for message in said]


async def connected(*, host: str, origin: str | None) -> list[Message]:
    """Everything that a server would be told to say to a WebSocket that asks to connect."""
    headers = [(b"host", host.encode())] + ([] if origin is None else [(b"origin", origin.encode())])
    scope = {
        "type": "websocket",
        "path": "/_stcore/stream",
        "raw_path": b"/_stcore/stream",
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        said.append(message)

    await behind_the_edge()(scope, receive, send)
    return said
