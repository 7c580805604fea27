"""Health, the board as JSON, and the stream of versions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.api.guard import Guard
from dashboard.signin.ended import SignIn
from dashboard.ui import streams
from dashboard.ui.room import install
from dashboard.ui.routes import ROUTES
from tests.dashboard.signin.people import cookies, provider
from tests.dashboard.signin.test_gate import Kept
from tests.dashboard.ui.standin import FAULTS, HEALTHY, LOST, NOTHING, Published, StandInRoom

Installed = Callable[..., StandInRoom]


def asking(client: tuple[str, int] = ("127.0.0.1", 5)) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=ROUTES), client=client)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with asking() as local:
        yield local


async def test_health_is_ok_while_the_board_is_alive(client: httpx.AsyncClient, installed: Installed) -> None:
    installed(HEALTHY)

    answer = await client.get("/healthz")

    assert 200 == answer.status_code
    assert {"status", "version", "heartbeat_age_s"} == set(answer.json())


async def test_health_is_not_ok_when_the_board_is_lost(
    client: httpx.AsyncClient, installed: Installed
) -> None:
    installed(LOST)

    answer = await client.get("/healthz")

    assert 503 == answer.status_code
    assert "lost" == answer.json()["status"]
    assert 42 <= answer.json()["heartbeat_age_s"]


async def test_health_is_not_ok_before_anything_was_judged(
    client: httpx.AsyncClient, installed: Installed
) -> None:
    installed(NOTHING)

    answer = await client.get("/healthz")

    assert (503, "waiting") == (answer.status_code, answer.json()["status"])


async def test_the_metrics_are_given_as_prometheus_reads_them(
    client: httpx.AsyncClient, installed: Installed
) -> None:
    installed(FAULTS)

    told = await client.get("/metrics")

    assert (200, "text/plain; version=0.0.4; charset=utf-8") == (
        told.status_code,
        told.headers["content-type"],
    )
    assert 'golive_board_verdict{golive_board_verdict="NO_GO"} 1.0' in told.text


async def test_the_metrics_are_given_to_this_machine_alone(installed: Installed) -> None:
    installed(HEALTHY)
    async with asking(("192.0.2.7", 5)) as elsewhere:
        assert 403 == (await elsewhere.get("/metrics")).status_code


async def test_the_stream_is_for_who_has_a_role_of_the_launch(installed: Installed) -> None:
    room = installed(HEALTHY)
    sign_in = SignIn(provider=provider(), kept=Kept(), clock=time.time, plan_roles=lambda: room.plan.roles)
    install(room, Published(), guard=Guard(sign_in=sign_in))
    async with asking() as client:
        nobody = await client.get("/api/events")
        client.cookies.update(cookies(roles=["janitor"]))
        janitor = await client.get("/api/events")

    assert (401, 403) == (nobody.status_code, janitor.status_code)


async def test_the_board_is_given_as_json(client: httpx.AsyncClient, installed: Installed) -> None:
    room = installed(FAULTS)

    answer = (await client.get("/api/v1/board")).json()

    assert "NO_GO" == answer["verdict"]
    assert room.view().sentence == answer["sentence"]
    assert len(room.plan.gates) == len(answer["board"]["gates"])


async def test_a_board_that_was_never_judged_is_null_and_holds(
    client: httpx.AsyncClient, installed: Installed
) -> None:
    installed(NOTHING)

    answer = (await client.get("/api/v1/board")).json()

    assert answer["board"] is None
    assert "HOLD" == answer["verdict"]


async def test_the_board_is_not_given_to_another_machine(installed: Installed) -> None:
    installed(FAULTS)

    async with asking(("192.0.2.7", 5)) as stranger:
        assert 403 == (await stranger.get("/api/v1/board")).status_code


async def test_a_proxy_that_speaks_for_another_machine_is_refused(
    client: httpx.AsyncClient, installed: Installed
) -> None:
    installed(FAULTS)

    answer = await client.get("/api/v1/board", headers={"x-forwarded-for": "192.0.2.7"})

    assert 403 == answer.status_code


@pytest.mark.parametrize("path", ["/api/v2/board", "/api/", "/api/v1/board/x"])
async def test_a_mistyped_address_is_not_a_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert 404 == answer.status_code
    assert "application/json" == answer.headers["content-type"]


async def test_a_stream_says_the_version_at_once_and_each_newer_one() -> None:
    published = Published(number=3)
    stream = streams.versions(published, heartbeat_s=60)

    assert "retry: 1000\n\n" == await anext(stream)
    assert 3 == _version(await anext(stream))

    newer = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    published.publish(4)

    assert 4 == _version(await newer)
    await stream.aclose()


async def test_a_stream_with_no_news_still_speaks() -> None:
    stream = streams.versions(Published(number=3), heartbeat_s=0.01)
    await anext(stream)

    assert [3, 3, 3] == [_version(await anext(stream)) for _ in range(3)]
    await stream.aclose()


async def test_a_viewer_that_leaves_is_no_longer_counted() -> None:
    stream = streams.versions(Published())
    await anext(stream)
    with_viewer = streams._OPEN.streams
    await stream.aclose()

    assert with_viewer - 1 == streams._OPEN.streams


async def test_one_viewer_too_many_is_told_to_come_back(
    client: httpx.AsyncClient, installed: Installed
) -> None:
    installed(HEALTHY)
    streams._OPEN.streams += streams.MOST_STREAMS
    try:
        answer = await client.get("/api/events")
    finally:
        streams._OPEN.streams -= streams.MOST_STREAMS

    assert 503 == answer.status_code
    assert "10" == answer.headers["retry-after"]


def _version(event: str) -> object:
    return json.loads(event.removeprefix("data: "))["version"]
