"""Viewers without a screen, in a process of their own: `python -m tests.bench.sessions URL N [PAGE]`.

Each is a real Streamlit session and a real stream of versions, and asks for a redraw on every new version, as
the script in a browser does, and as much spread. What they leave out is the browser: twenty of those would
measure Chromium. Says `ready` when all have drawn once; at the end of its standard input, how often each has
redrawn since, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

FRAGMENT_DRAWN = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
DRAWN = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY

# The same as in dashboard/ui/static/watch.js.
SPREAD_S_PER_VIEWER = 0.02
MOST_SPREAD_S = 1.0


@dataclass(slots=True, kw_only=True)
class Session:
    """One viewer of a page; `redrawn` counts the redraws that the dashboard has finished."""

    url: str
    page: str
    socket: ClientConnection
    page_hash: str = ""
    fragment: str = ""
    redrawn: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self) -> None:
        """Open the page, then redraw it on every new version until cancelled."""
        await self._ask_to_draw()
        async with asyncio.TaskGroup() as doing:
            doing.create_task(self._take_in())
            doing.create_task(self._follow(doing))

    async def _take_in(self) -> None:
        async for frame in self.socket:
            said = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
            kind = said.WhichOneof("type")
            if kind == "auto_rerun":
                self.fragment = said.auto_rerun.fragment_id
            elif kind == "navigation":
                self.page_hash = said.navigation.page_script_hash
            elif kind == "script_finished" and said.script_finished == DRAWN:
                self.ready.set()
            elif kind == "script_finished" and said.script_finished == FRAGMENT_DRAWN:
                self.redrawn += 1

    async def _follow(self, doing: asyncio.TaskGroup) -> None:
        await self.ready.wait()
        asking = httpx.AsyncClient(base_url=self.url, timeout=None, trust_env=False)  # noqa: S113 - a stream
        async with asking, asking.stream("GET", "/api/events") as versions:
            async for line in versions.aiter_lines():
                if line.startswith("data:"):
                    viewers: int = json.loads(line.removeprefix("data:"))["viewers"]
                    spread_s = min(MOST_SPREAD_S, (viewers - 1) * SPREAD_S_PER_VIEWER)
                    doing.create_task(self._ask_to_draw(random.uniform(0, spread_s)))

    async def _ask_to_draw(self, after_s: float = 0) -> None:
        await asyncio.sleep(after_s)
        asked = BackMsg()
        if self.page_hash:
            asked.rerun_script.page_script_hash = self.page_hash
        else:
            asked.rerun_script.page_name = self.page
        asked.rerun_script.fragment_id = self.fragment
        asked.rerun_script.is_auto_rerun = bool(self.fragment)
        await self.socket.send(asked.SerializeToString())


@asynccontextmanager
async def session(url: str, page: str) -> AsyncIterator[Session]:
    """A connected viewer."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(address, origin=Origin(url), max_size=None, proxy=None) as socket:
        yield Session(url=url, page=page, socket=socket)


async def main(url: str, count: int, page: str) -> None:
    """Look until standard input closes."""
    async with AsyncExitStack() as connected, asyncio.TaskGroup() as looking:
        sessions = [await connected.enter_async_context(session(url, page)) for _ in range(count)]
        tasks = [looking.create_task(each.look()) for each in sessions]
        await asyncio.gather(*(each.ready.wait() for each in sessions))
        _say("ready")
        before = [each.redrawn for each in sessions]
        await asyncio.to_thread(sys.stdin.read)
        _say(json.dumps([each.redrawn - was for each, was in zip(sessions, before, strict=True)]))
        for task in tasks:
            task.cancel()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
