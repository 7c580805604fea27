"""A scriptable HTTP server on loopback: real sockets, and every way in which a source can misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """`raw` replaces the whole answer; `endless` goes on for ever; `hang` never answers; `reset` cuts."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: bytes | None = None
    endless: bool = False
    hang: bool = False
    reset: bool = False
    wait: asyncio.Event | None = None
    delay_s: float = 0.0


Handler = Callable[[Request], Reply]


def as_json(value: object, *, status: int = 200, **headers: str) -> Reply:
    fields = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(
        status=status, headers={"Content-Type": "application/json"} | fields, body=json.dumps(value).encode()
    )


def as_html(text: str, *, status: int = 200) -> Reply:
    return Reply(status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=text.encode())


class Loopback:
    """`on` says what a path answers, one reply for ever or several in turn (the last stays)."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        self._handlers: dict[str, Handler] = {}
        self._server: asyncio.Server | None = None
        self._scheme = "http"
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def base(self) -> str:
        assert self._server is not None
        return f"{self._scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def url(self, path: str) -> str:
        return self.base + path

    def on(self, path: str, *replies: Reply | Handler) -> None:
        turns = list(replies)

        def answer(request: Request) -> Reply:
            turn = turns.pop(0) if len(turns) > 1 else turns[0]
            return turn if isinstance(turn, Reply) else turn(request)

        self._handlers[path] = answer

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def counts(self) -> Mapping[str, int]:
        counted: dict[str, int] = defaultdict(int)
        for request in self.requests:
            counted[request.path] += 1
        return counted

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
        self._scheme = "http" if tls is None else "https"
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        try:
            yield self
        finally:
            self._server.close()
            for writer in self._open:
                writer.transport.abort()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        self._open.discard(writer)
        writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.requests.append(request)
        self.arrived.set()
        handler = self._handlers.get(request.path)
        reply = as_json({"error": "no such path"}, status=404) if handler is None else handler(request)
        if reply.wait is not None:
            await reply.wait.wait()
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.hang:
            await reader.read()
            return False
        if reply.reset:
            return False
        if reply.raw is not None:
            writer.write(reply.raw)
            await writer.drain()
            return False
        writer.write(_head(reply) + reply.body)
        await writer.drain()
        while reply.endless:
            writer.write(b" " * 16)
            await writer.drain()
            await asyncio.sleep(0.01)
        return True


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method=method, path=parts.path, query=parse_qs(parts.query), headers=headers, body=body)


def _head(reply: Reply) -> bytes:
    fields: dict[str, Any] = {"Date": formatdate(usegmt=True), **reply.headers}
    if not reply.endless and "Content-Length" not in fields:
        fields["Content-Length"] = len(reply.body)
    lines = [
        f"HTTP/1.1 {reply.status} Some",
        *(f"{name}: {value}" for name, value in fields.items() if value != ""),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
