"""What goes through the balancer, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.balancer import Balancer
from tests.bench.launched import free_port

ASKED = b"GET /api/v1/board HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@asynccontextmanager
async def backend(said: bytes) -> AsyncIterator[int]:
    """A backend that says this to whatever it is asked, and breaks off; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def told(*ports: int, times: int = 1, asked: bytes = ASKED) -> list[bytes]:
    """What somebody is told who asks so often."""
    answers = []
    async with await asyncio.start_server(Balancer(ports).serve, "127.0.0.1", 0) as server:
        for _ in range(times):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(asked)
            answers.append(await reader.read())
            writer.close()
    return answers


async def test_both_are_asked_in_turn() -> None:
    async with backend(b"one") as one, backend(b"two") as two:
        assert [b"one", b"two", b"one", b"two"] == await told(one, two, times=4)


async def test_where_one_is_gone_the_other_one_answers_everything() -> None:
    async with backend(b"two") as two:
        assert [b"two", b"two"] == await told(free_port(), two, times=2)


async def test_where_one_breaks_off_before_a_word_the_other_one_is_asked() -> None:
    async with backend(b"") as one, backend(b"two") as two:
        assert [b"two", b"two"] == await told(one, two, times=2)


async def test_where_none_answers_that_is_said() -> None:
    assert [b"502"] == [each.split()[1] for each in await told(free_port(), free_port())]


async def test_what_may_have_done_something_already_is_not_asked_twice() -> None:
    async with backend(b"one") as one:
        (answer,) = await told(one, asked=ASKED.replace(b"GET", b"POST"))

    assert b"405" == answer.split()[1]
