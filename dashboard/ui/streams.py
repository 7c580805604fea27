"""The stream of versions that a browser listens to, and how it ends: with its viewer, or with the server.

A stream says at once which version there is, says every newer one, and says something at least every five
seconds, so that a browser can tell silence from nothing new.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any

from dashboard.ui import room
from dashboard.ui.formats import epoch_ms
from dashboard.ui.room import Changes, OpenRoom

HEARTBEAT_S = 5
MOST_STREAMS = 200
_STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class _Open:
    """Who listens right now, what they wait for, and whether the server is on its way down."""

    streams: int = 0
    is_closing: bool = False
    waits: set[asyncio.Timeout] = field(default_factory=set)

    def close(self) -> None:
        """No stream waits any longer."""
        self.is_closing = True
        for wait in self.waits:
            if not wait.expired():
                wait.reschedule(0)  # long ago, by the clock of any loop


_OPEN = _Open()


def listening() -> int:
    """How many browsers listen."""
    return _OPEN.streams


def is_full() -> bool:
    """Whether one more listener would be one too many."""
    return _OPEN.streams >= MOST_STREAMS


async def versions(changes: Changes, *, heartbeat_s: float = HEARTBEAT_S) -> AsyncGenerator[str, None]:
    """The events of one stream, until its viewer leaves or the server closes."""
    _OPEN.streams += 1
    try:
        yield "retry: 1000\n\n"
        while not _OPEN.is_closing:
            version = changes.version()
            yield _event(version, changes.now())
            await _news(changes, version, heartbeat_s)
    finally:
        _OPEN.streams -= 1


def lifespan(open_room: OpenRoom) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """The room's lifespan; on a stop signal the streams end first, or the server would wait for them."""

    @asynccontextmanager
    async def opened(app: Any) -> AsyncIterator[None]:
        _OPEN.is_closing = False
        with _ending_streams():
            async with room.lifespan(open_room)(app):
                yield

    return opened


async def _news(changes: Changes, version: int, heartbeat_s: float) -> None:
    """Wait for a newer version, the next heartbeat or the close. There is one for each viewer and version, so
    that it is one wait that can be cut short, and no tasks.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(heartbeat_s) as wait:
            _OPEN.waits.add(wait)
            try:
                await changes.wait(version)
            finally:
                _OPEN.waits.discard(wait)


def _event(version: int, now: datetime) -> str:
    said = {"version": version, "now": epoch_ms(now), "viewers": _OPEN.streams}
    return f"data: {json.dumps(said)}\n\n"


@contextmanager
def _ending_streams() -> Iterator[None]:
    """Put ourselves before the server's own signal handlers, and take ourselves away again."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _STOPPING}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(_OPEN.close)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _STOPPING:
        signal.signal(number, stop)
    try:
        yield
    finally:
        _OPEN.close()
        for number, handler in before.items():
            signal.signal(number, handler)
