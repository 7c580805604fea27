"""Serves several ASGI applications in one event loop, on sockets bound beforehand.

A served application may hang up on its caller: `scope["extensions"]["rehearsal.hang_up"]` closes the
connection without an answer, which no ASGI message can do.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HANG_UP = "rehearsal.hang_up"

# Longer than anyone's poll interval: closing an idle connection just as it is used looks like a fault.
_KEEP_ALIVE_S = 75
_LOOPBACK = "127.0.0.1"


class Serving(uvicorn.Server):
    """A server that leaves signals to the process and sleeps until it is told to stop."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_HangUpProtocol,
                ws="none",
                lifespan="off",
                access_log=False,
                log_level="warning",
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=1,
            )
        )
        self._listener = listener
        self._stop = asyncio.Event()
        self.serving = asyncio.Event()

    async def run_until_stopped(self) -> None:
        """Serve until `stop`."""
        await self.serve(sockets=[self._listener])
        unanswered = list(self.server_state.tasks)
        for task in unanswered:
            task.cancel()
        await asyncio.gather(*unanswered, return_exceptions=True)

    def stop(self) -> None:
        """Finish what is being answered, then return from `run_until_stopped`."""
        self.force_exit = True
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the process has one handler for all servers."""
        yield

    async def main_loop(self) -> None:
        """Wait without ticking: eight servers that wake ten times a second would never rest."""
        self.serving.set()
        await self._stop.wait()


class _HangUpProtocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        served = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[HANG_UP] = transport.abort
            try:
                await served(scope, receive, send)
            except asyncio.CancelledError:
                # The world ends while a fault keeps this caller waiting.
                transport.abort()
                await asyncio.sleep(0)

        self.app = app


def listen(port: int) -> socket.socket:
    """A listening loopback socket: on `port` where it is free, else on one the system picks."""
    try:
        return _listening(port)
    except OSError:
        return _listening(0)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer."""
    scope["extensions"][HANG_UP]()
    while (await receive())["type"] != "http.disconnect":
        continue


def _listening(port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is: an answer in two
    # writes would else wait 40 ms for the caller's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
