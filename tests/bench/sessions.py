"""Viewers without a screen, in a process of their own: `python -m tests.bench.sessions URL N [options]`.

Each is a real Streamlit session and a real stream of versions, and asks for a redraw as the script in a
browser does: on every new version, as much spread, and slowly by Streamlit's own timer, which goes on beside
it. One whose connection breaks connects again as Streamlit's page does. What they leave out is the browser:
twenty of those would measure Chromium. Says `ready` when all have drawn once; at the end of its standard
input, what came of every redraw since, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Origin

from tests.bench.redraws import ANSWERED_WITHIN_S, Redraws

FRAGMENT_DRAWN = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
DRAWN = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY

# The same as in dashboard/ui/static/watch.js.
SPREAD_S_PER_VIEWER = 0.02
MOST_SPREAD_S = 1.0

# The same as in Streamlit's page: the first wait, the most, and where it looks before it connects.
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 4.0
HEALTH = "/_stcore/health"
READY_WITHIN_S = 120
STREAM_AGAIN_S = 1.0
"""How long an EventSource waits, as the stream of versions tells it to."""

TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{component}__events"
"""What Streamlit's page calls the trigger of a component."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One viewer of a page. `shows` is what every drawing must have in it to count, "" for anything;
    `every_s` is how often to redraw where the page's own timer shall not say it.
    """

    url: str
    web: httpx.AsyncClient
    redraws: Redraws
    page: str = ""
    cookie: str = ""
    shows: str = ""
    every_s: float | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _socket: ClientConnection | None = None
    _page_hash: str = ""
    _fragment: str = ""
    _timer_s: float = 0
    _trigger: str = ""
    _version: int | None = None
    _is_shown: bool = False
    _is_whole: asyncio.Event = field(default_factory=asyncio.Event)
    _drawn: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)

    async def look(self) -> None:
        """Open the page, then redraw it as a browser would until cancelled."""
        async with asyncio.TaskGroup() as doing:
            doing.create_task(self._stay_connected())
            doing.create_task(self._redraw())
            await self.ready.wait()
            doing.create_task(self._follow(doing))
            doing.create_task(self._keep_time())

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}

    async def _stay_connected(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            with suppress(OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, httpx.HTTPError):
                if self.ready.is_set():
                    await self._ping()
                async with self._connected() as socket:
                    self._socket, wait_s = socket, FIRST_WAIT_S
                    await self._ask_for_all(socket)
                    await self._take_in(socket)
            self._is_whole.clear()
            self.redraws.breaks += 1
            await asyncio.sleep(random.uniform(wait_s / 2, wait_s))
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        async with connect(
            address, origin=Origin(self.url), additional_headers=self._headers, max_size=None, proxy=None
        ) as socket:
            yield socket

    async def _ping(self) -> None:
        (await self.web.get(self.url + HEALTH, timeout=LONGEST_WAIT_S)).raise_for_status()

    async def _take_in(self, socket: ClientConnection) -> None:
        async for frame in socket:
            said = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
            kind = said.WhichOneof("type")
            if kind == "delta":
                self._see(said)
            elif kind == "auto_rerun":
                self._fragment, self._timer_s = said.auto_rerun.fragment_id, said.auto_rerun.interval
            elif kind == "navigation":
                self._page_hash = said.navigation.page_script_hash
            elif kind == "script_finished":
                self._finish(said.script_finished)

    def _see(self, said: ForwardMsg) -> None:
        element = said.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "html":
            self._is_shown = self._is_shown or self.shows in element.html.body
        elif kind == "bidi_component":
            self._trigger = TRIGGER.format(component=element.bidi_component.id)

    def _finish(self, how: ForwardMsg.ScriptFinishedStatus.ValueType) -> None:
        """What was drawn without what must be shown is no answer, and goes on being waited for."""
        is_shown, self._is_shown = self._is_shown or not self.shows, False
        if how not in {DRAWN, FRAGMENT_DRAWN} or not is_shown:
            return
        if how == DRAWN:
            self._is_whole.set()
            self.ready.set()
        self._drawn.set()

    async def _redraw(self) -> None:
        """One after the other, as Streamlit does; who waits for their turn waits for a redraw, too."""
        while True:
            version = await self._wanted.get()
            await self._is_whole.wait()
            self._drawn.clear()
            with suppress(ConnectionClosed):  # the drawing after the next connection answers it
                await self._ask_for_part(version)
            await self._drawn.wait()
            self.redraws.answered(time.monotonic())

    async def _follow(self, doing: asyncio.TaskGroup) -> None:
        while True:
            with suppress(httpx.HTTPError):
                address = f"{self.url}/api/events"
                async with self.web.stream("GET", address, headers=self._headers, timeout=None) as versions:
                    versions.raise_for_status()
                    if "event-stream" not in versions.headers["content-type"]:
                        return  # a page that tells no versions
                    async for line in versions.aiter_lines():
                        if line.startswith("data:"):
                            self._hear(json.loads(line.removeprefix("data:")), doing)
            await asyncio.sleep(STREAM_AGAIN_S)

    def _hear(self, news: Mapping[str, int], doing: asyncio.TaskGroup) -> None:
        """A heartbeat tells of no new version, and nothing is wanted of it."""
        if news["version"] != self._version:
            self._version = news["version"]
            spread_s = min(MOST_SPREAD_S, (news["viewers"] - 1) * SPREAD_S_PER_VIEWER)
            doing.create_task(self._want(news["version"], random.uniform(0, spread_s)))

    async def _want(self, version: int | None, after_s: float = 0) -> None:
        await asyncio.sleep(after_s)
        if self.redraws.want(time.monotonic()):
            self._wanted.put_nowait(version)

    async def _keep_time(self) -> None:
        """Streamlit's own timer, which does not know of the redraws in between."""
        every_s = self.every_s or self._timer_s
        await asyncio.sleep(random.uniform(0, every_s))
        while every_s:
            await self._want(None)
            await asyncio.sleep(every_s)

    async def _ask_for_all(self, socket: ClientConnection) -> None:
        asked = BackMsg()
        if self._page_hash:
            asked.rerun_script.page_script_hash = self._page_hash
        else:
            asked.rerun_script.page_name = self.page
        await socket.send(asked.SerializeToString())

    async def _ask_for_part(self, version: int | None) -> None:
        asked = BackMsg()
        asked.rerun_script.page_script_hash = self._page_hash
        asked.rerun_script.fragment_id = self._fragment
        if version is None or not self._trigger:
            asked.rerun_script.is_auto_rerun = True
        else:
            pulled = asked.rerun_script.widget_states.widgets.add()
            pulled.id = self._trigger
            pulled.json_trigger_value = json.dumps([{"event": "tick", "value": version}])
        assert self._socket is not None
        await self._socket.send(asked.SerializeToString())


async def main(asked: argparse.Namespace) -> None:
    """Look until standard input closes, then wait for what is not drawn yet."""
    redraws = [Redraws() for _ in range(asked.count)]
    async with _web() as web, asyncio.TaskGroup() as looking:
        ready = [asyncio.Event() for _ in redraws]
        seats = [
            looking.create_task(_seat(asked, number, web, each, ready[number]))
            for number, each in enumerate(redraws)
        ]
        async with asyncio.timeout(READY_WITHIN_S):
            await asyncio.gather(*(each.wait() for each in ready))
        for each in redraws:
            each.begin(time.monotonic())
        _say("ready")
        await asyncio.to_thread(sys.stdin.read)
        await _answered(redraws)
        ended_at = time.monotonic()
        _say(msgspec.json.encode([each.told(ended_at) for each in redraws]).decode())
        for seat in seats:
            seat.cancel()


def _web() -> httpx.AsyncClient:
    """One for all, because it takes long to make; but a connection for each request, as from each browser."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(trust_env=False, limits=limits)


async def _seat(
    asked: argparse.Namespace, number: int, web: httpx.AsyncClient, redraws: Redraws, ready: asyncio.Event
) -> None:
    """One viewer; where they stay for a while only, one after the other."""
    # Evenly, so that as many are gone at any time, and nothing but a leak makes a difference.
    stay_s = asked.stay and asked.stay * (number + 1) / asked.count
    cookies = asked.cookies.read_text(encoding="utf-8").splitlines() if asked.cookies else [""]
    while True:
        session = Session(
            url=asked.url,
            web=web,
            redraws=redraws,
            page=asked.page,
            cookie=cookies[number % len(cookies)],
            shows=asked.shows,
            every_s=asked.every,
            ready=ready,
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(stay_s):
                await session.look()
        redraws.leave()
        stay_s = asked.stay


async def _answered(redraws: Sequence[Redraws]) -> None:
    """Nothing more is wanted; what was is waited for as long as it may take."""
    for each in redraws:
        each.close()
    until = time.monotonic() + ANSWERED_WITHIN_S
    while any(each.is_waiting for each in redraws) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sessions")
    parser.add_argument("url")
    parser.add_argument("count", type=int)
    parser.add_argument("--page", default="", help="its path, the first page when none is named")
    parser.add_argument("--cookies", type=Path, help="a file with a Cookie header in each line")
    parser.add_argument("--shows", default="", help="what each drawing must have in it to count")
    parser.add_argument("--every", type=float, help="seconds between redraws, instead of the page's own")
    parser.add_argument("--stay", type=float, help="about so many seconds, and then another one comes")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(_asked()))
