"""Where a proxy does not pass on what golive needs, a person reads one sentence and the log the mend."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dashboard import passing
from dashboard.edge import Edge
from dashboard.entrance import Entrance, read_proxies, read_public_url

PAGE = {"accept": "text/html"}
HOST = "ops.example.com"
PROXY, PERSON, OTHER = "10.0.0.5", "192.0.2.7", "192.0.2.8"
ENTRANCE = Entrance(public=read_public_url(f"https://{HOST}/golive"), proxies=read_proxies(PROXY))
KEY = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
"""What a browser sends with a socket, and no script can."""


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


class Golive:
    """golive behind a proxy, as its server hears it."""

    def __init__(self) -> None:
        routes = [Route("/golive/{rest:path}", hello), WebSocketRoute("/golive/_stcore/stream", talk)]
        middleware = [Middleware(Edge, hosts=lambda: (HOST,), entrance=ENTRANCE)]
        self.app = ProxyHeadersMiddleware(
            Starlette(routes=routes, middleware=middleware),  # type: ignore[arg-type]
            trusted_hosts=[str(each) for each in ENTRANCE.proxies],
        )

    async def get(self, path: str, *, peer: str = PROXY, **headers: str) -> httpx.Response:
        """Ask as a person does through the proxy; a header that is empty is one that it dropped."""
        told = {"x-forwarded-for": PERSON, "host": HOST} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        kept = {name: value for name, value in told.items() if value}
        transport = httpx.ASGITransport(self.app, client=(peer, 5))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.get(path, headers=kept)

    async def socket(self, headers: Mapping[str, str]) -> str:
        """What is said first to a socket with these headers."""
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            said.append(message)

        told = {"host": HOST, "x-forwarded-for": PERSON, **headers}
        scope = {
            "type": "websocket",
            "path": "/golive/_stcore/stream",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in told.items() if value],
            "subprotocols": [],
            "client": (PROXY, 5),
        }
        await self.app(scope, receive, send)  # type: ignore[arg-type]
        return str(said[0]["type"])


@pytest.fixture
def golive() -> Golive:
    return Golive()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING, logger=passing.LOG.name):
        yield caplog


async def test_a_proxy_that_passes_everything_on_is_not_spoken_of(
    golive: Golive, log: pytest.LogCaptureFixture
) -> None:
    told = await golive.get("/golive/timeline", x_forwarded_proto="https", **PAGE)

    assert (200, "hello") == (told.status_code, told.text)
    assert "websocket.accept" == await golive.socket({"origin": f"https://{HOST}", **KEY})
    assert [] == log.messages


async def test_a_lost_host_name_is_said(golive: Golive, log: pytest.LogCaptureFixture) -> None:
    told = await golive.get("/golive/", host="dashboard-1:8501", **PAGE)

    assert (421, True) == (told.status_code, "does not pass on the name that you came by" in told.text)
    (said,) = log.messages
    assert said.startswith(
        'got the host name "dashboard-1:8501" from 192.0.2.7, expected ops.example.com; the '
    )
    assert "must pass on the Host that the browser sent, or name it in GOLIVE_PUBLIC_URL" in said


async def test_a_lost_path_is_said(golive: Golive, log: pytest.LogCaptureFixture) -> None:
    told = await golive.get("/timeline", **PAGE)

    assert (404, True) == (told.status_code, "golive is at /golive/" in told.text)
    assert ['got the path "/timeline" from 192.0.2.7, expected one below /golive/'] == [
        message.split(";")[0] for message in log.messages
    ]


async def test_plain_http_is_said_where_golive_is_for_tls_alone(
    golive: Golive, log: pytest.LogCaptureFixture
) -> None:
    told = await golive.get("/golive/", x_forwarded_proto="http", **PAGE)

    assert (403, True) == (told.status_code, "golive is at https://ops.example.com/golive" in told.text)
    assert [
        'got X-Forwarded-Proto "http" from 192.0.2.7, expected "https" as in https://ops.example.com/golive'
    ] == [message.split(";")[0] for message in log.messages]


async def test_a_lost_upgrade_is_said_on_the_next_page_until_a_socket_comes(
    golive: Golive, log: pytest.LogCaptureFixture
) -> None:
    lost = await golive.get("/golive/_stcore/stream", **KEY)
    person = await golive.get("/golive/", **PAGE)
    other = await golive.get("/golive/", x_forwarded_for=OTHER, **PAGE)
    script = await golive.get("/golive/x.js")
    await golive.socket({"origin": f"https://{HOST}"})
    again = await golive.get("/golive/", **PAGE)

    told = tuple(each.status_code for each in (lost, person, other, script, again))
    assert (426, 502, 200, 200, 200) == told
    assert "does not pass WebSockets on" in person.text
    assert ["got a GET of /golive/_stcore/stream from 192.0.2.7 without Upgrade, expected a WebSocket"] == [
        message.split(";")[0] for message in log.messages
    ]


async def test_a_lost_origin_is_said_on_the_next_page(golive: Golive, log: pytest.LogCaptureFixture) -> None:
    refused = await golive.socket(KEY)
    person = await golive.get("/golive/", **PAGE)

    assert ("websocket.close", 502) == (refused, person.status_code)
    assert log.messages[0].startswith('got a WebSocket with no Origin to the host name "ops.example.com"')


async def test_a_host_name_that_is_no_more_the_pages_own_is_said_on_the_next_page(
    golive: Golive, log: pytest.LogCaptureFixture
) -> None:
    refused = await golive.socket({"origin": f"https://{HOST}", "host": "127.0.0.1:8501"})
    person = await golive.get("/golive/", host="127.0.0.1:8501", **PAGE)

    assert ("websocket.close", 502) == (refused, person.status_code)
    assert 'with the Origin "https://ops.example.com" to the host name "127.0.0.1:8501"' in log.text


async def test_a_foreign_page_can_take_golive_from_nobody(golive: Golive) -> None:
    await golive.get("/golive/_stcore/stream")
    refused = await golive.socket({"origin": "https://evil.example", **KEY})

    assert "websocket.close" == refused
    assert 200 == (await golive.get("/golive/", **PAGE)).status_code


@pytest.mark.parametrize(
    ("peer", "forwarded", "said"),
    [
        (PROXY, "", "got no X-Forwarded-For from the proxy 10.0.0.5, expected it"),
        (
            OTHER,
            PERSON,
            "got X-Forwarded-For from 192.0.2.8, expected it from a proxy that GOLIVE_TRUSTED_PROXIES",
        ),
        (PROXY, f"198.51.100.1, {PERSON}:4711", None),
        (PROXY, "198.51.100.1, 2001:db8::1", None),
        (OTHER, "", None),
    ],
)
async def test_a_proxy_that_does_not_say_who_comes_and_one_that_nobody_named_are_said(
    golive: Golive, log: pytest.LogCaptureFixture, peer: str, forwarded: str, said: str | None
) -> None:
    await golive.get("/golive/healthz", peer=PROXY, x_forwarded_for="")
    await golive.get("/golive/", peer=peer, x_forwarded_for=forwarded)

    assert ([] if said is None else [said]) == [message[: len(said or "")] for message in log.messages]


async def test_the_same_trouble_is_said_once_a_minute(log: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    told = passing.Passing(entrance=ENTRANCE, clock=lambda: now[0])
    scope = {"type": "http", "path": "/x", "headers": [], "client": (PROXY, 5)}
    for at in (0, 59, 60, 61):
        now[0] = at
        told.not_our_path(scope)
        told.not_our_name(scope, ())

    assert 4 == len(log.messages)


async def test_whose_socket_was_lost_is_forgotten_after_a_while() -> None:
    now = [0.0]
    told = passing.Passing(entrance=ENTRANCE, clock=lambda: now[0])
    lost = {"type": "http", "path": "/golive/_stcore/stream", "headers": [(b"sec-websocket-key", b"x")]}
    for number in range(passing._MOST + 1):
        told.no_upgrade({**lost, "client": (f"{number}", 5)})

    first, last = ({**lost, "client": (f"{number}", 5)} for number in (0, passing._MOST))

    assert (None, passing.NO_SOCKET) == (told.page_refusal(first), told.page_refusal(last))
    now[0] = 30.1
    assert told.page_refusal(last) is None
