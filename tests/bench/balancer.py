"""A small balancer on loopback: `python -m tests.bench.balancer PORT BACKEND_PORT …`.

What a reverse proxy in front of two dashboards does with a GET: it goes to one after the other in turn, and
to the next one where a backend cannot be reached or breaks off before it has answered anything. An answer
that was begun breaks with its backend. Looks at the first request of a connection alone, and passes no other
method.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Sequence
from contextlib import suppress

CHUNK = 1 << 16
NO_BACKEND = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NO_METHOD = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Backend = tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]


class Balancer:
    """Passes connections on to these ports of loopback."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turn = itertools.cycle(range(len(ports)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"GET "):
            writer.write(NO_METHOD)
            return
        backend = await self._answering(head)
        if backend is None:
            writer.write(NO_BACKEND)
            return
        from_backend, to_backend, first = backend
        try:
            writer.write(first)
            ways = (_pass(from_backend, writer), _pass(reader, to_backend))
            both = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for way in both:
                way.cancel()
        finally:
            to_backend.close()

    async def _answering(self, head: bytes) -> Backend | None:
        """A backend that has begun to answer this, with what it said first."""
        begin = next(self._turn)
        for port in (*self._ports[begin:], *self._ports[:begin]):
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head)
                first = await reader.read(CHUNK)
                if first:
                    return reader, writer, first
                writer.close()
        return None


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


async def main(port: int, backends: Sequence[int]) -> None:
    """Serve until standard input closes."""
    async with await asyncio.start_server(Balancer(backends).serve, "127.0.0.1", port):
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), [int(each) for each in sys.argv[2:]]))
