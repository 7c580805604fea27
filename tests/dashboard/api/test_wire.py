"""What comes over a real socket, however large or strange, is refused, and the next question is answered."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from dashboard.api import routes
from dashboard.api.guard import Guard
from dashboard.api.routes import api_routes
from dashboard.control import Control
from dashboard.room import ControlRoom
from tests.dashboard.sealing.scene import Launch

MEGABYTE = b"a" * 1_000_000


@contextmanager
def serving(room: ControlRoom, launch: Launch) -> Iterator[int]:
    """The API on a port of loopback, as uvicorn serves it."""
    app = Starlette(routes=api_routes(lambda: room, Guard, launch.clock))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def port(room: Control, launch: Launch) -> Iterator[int]:
    with serving(room, launch) as found:
        yield found


def sent(port: int, request: bytes) -> tuple[int, bytes]:
    """The status and the body of what is answered to exactly these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:  # the server does not read on what it has refused
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]) if head else 0, body


def asked(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join(
        [b"GET " + target + b" HTTP/1.1", b"Host: golive", b"Connection: close", *headers, b"", b""]
    )


@pytest.mark.parametrize(
    "request_",
    [
        asked(b"/api/v1/trace/" + MEGABYTE),
        asked(b"/api/v1/trace/" + MEGABYTE[:50_000]),
        asked(b"/api/v1/flips?run=" + MEGABYTE),
        asked(b"/api/v1/flips?run=" + MEGABYTE[:50_000]),
        asked(b"/api/v1/flips?" + b"&".join([b"x=1"] * 12_000)),
        asked(b"/api/v1/runs", b"Authorization: Bearer " + MEGABYTE),
        asked(b"/api/v1/trace/\x00\x01\x02"),
        asked(b"/api/v1/trace/%00%01%7f"),
        asked(b"/api/v1/trace/\xff\xfe"),
        asked(b"/api/v1/trace/pi_1%0d%0aSet-Cookie:%20a=b"),
    ],
    ids=[
        *("id of 1 MB", "id of 50 KB", "run of 1 MB", "run of 50 KB", "12,000 parameters", "token of 1 MB"),
        *("control characters", "control characters, encoded", "no UTF-8", "a header in the path"),
    ],
)
def test_what_is_too_large_or_strange_is_refused_and_the_next_is_answered(port: int, request_: bytes) -> None:
    status, body = sent(port, request_)
    after, told = sent(port, asked(b"/api/v1/runs"))

    assert status in {0, 400}, body
    assert b"aaaa" not in body
    assert (200, "rehearsal") == (after, json.loads(told)["environment"])


def test_a_question_with_a_body_is_answered_without_reading_it(port: int) -> None:
    status, _ = sent(port, asked(b"/api/v1/runs", b"Content-Length: 1000000") + MEGABYTE[:100_000])

    assert 200 == status


def test_the_head_alone_may_be_asked_for(port: int) -> None:
    told = httpx.head(f"http://127.0.0.1:{port}/api/v1/runs")

    assert (200, b"", "no-store") == (told.status_code, told.content, told.headers["cache-control"])


@pytest.mark.parametrize(
    "path", ["/api/v1/trace/a%2Fb", "/api/v1/trace/../runs/", "/api/v1/trace", "/api/v1/"]
)
def test_a_path_that_leads_elsewhere_finds_nothing(port: int, path: str) -> None:
    status, _ = sent(port, asked(path.encode()))

    assert 404 == status


class Slow:
    """A control room whose store answers when it is let."""

    def __init__(self, room: Control) -> None:
        self.room, self.let, self.asking = room, threading.Event(), threading.Semaphore(0)

    def __getattr__(self, name: str) -> object:
        return getattr(self.room, name)

    def runs(self, *told: object, **more: object) -> object:
        self.asking.release()
        self.let.wait(30)
        return self.room.runs(*told, **more)  # type: ignore[arg-type]  # it is handed on as it is


def test_a_store_that_does_not_answer_is_said_to_be_silent(
    room: Control, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PATIENCE_S", 0.2)
    slow = Slow(room)
    with serving(slow, launch) as port:  # type: ignore[arg-type]  # the rest is the room's own
        told = httpx.get(f"http://127.0.0.1:{port}/api/v1/runs", timeout=30)
        slow.let.set()

    assert (503, "10") == (told.status_code, told.headers["retry-after"])
    assert {"error": "The store has not answered in time; ask again in a moment."} == told.json()


def test_a_slow_store_holds_up_neither_the_board_nor_more_than_may_wait(
    room: Control, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_WAITING", routes.THREADS)
    slow = Slow(room)
    told: list[int] = []
    with serving(slow, launch) as port:  # type: ignore[arg-type]  # the rest is the room's own
        url = f"http://127.0.0.1:{port}/api/v1"
        askers = [
            threading.Thread(target=lambda: told.append(httpx.get(f"{url}/runs", timeout=30).status_code))
            for _ in range(routes.THREADS)
        ]
        for asker in askers:
            asker.start()
        for _ in askers:
            assert slow.asking.acquire(timeout=20)
        board, refused = httpx.get(f"{url}/board"), httpx.get(f"{url}/runs")
        slow.let.set()
        for asker in askers:
            asker.join(30)

    assert (200, 503, "10") == (board.status_code, refused.status_code, refused.headers["retry-after"])
    assert {"error": "Too many questions are being answered; ask again in a moment."} == refused.json()
    assert [200] * routes.THREADS == told
