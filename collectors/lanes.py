"""A pool of connections that stays quick with hundreds of them, over httpx's own connections (httpcore).

httpx's pool looks at every connection for every request, which for a hundred endpoints costs more than the
asking. Here a request takes the connection that its origin used last, or a new one, and gives it back.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpcore

from collectors.addresses import Address

# Below the 5 s after which common servers (uvicorn, node) close an idle connection: asking on a connection
# that is just being closed would look like a source that resets.
KEEPALIVE_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Connections by origin, one request on each at a time. The schedule is what limits their number."""

    trust: ssl.SSLContext
    _idle: dict[str, deque[httpcore.AsyncHTTPConnection]] = field(
        init=False, default_factory=dict, repr=False
    )

    @asynccontextmanager
    async def lane(self, to: Address) -> AsyncIterator[httpcore.AsyncHTTPConnection]:
        """A connection for one exchange; whoever takes it closes the response before giving it back."""
        idle = self._idle.setdefault(to.origin, deque())
        connection = await self._take(idle) or self._new(to.wire.origin)
        try:
            yield connection
        finally:
            # One that broke, or on which an exchange was given up half-way, cannot be used again.
            if connection.is_idle():
                idle.append(connection)
            else:
                await connection.aclose()
            # A single one is the one just given back; whether it is still open is asked when it is taken.
            if len(idle) > 1 and idle[0].has_expired():
                await idle.popleft().aclose()

    async def aclose(self) -> None:
        """Close every connection that is not in use."""
        for idle in self._idle.values():
            while idle:
                await idle.pop().aclose()

    async def _take(self, idle: deque[httpcore.AsyncHTTPConnection]) -> httpcore.AsyncHTTPConnection | None:
        while idle:
            # The one used last is the one most likely to be still open.
            connection = idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    def _new(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(origin, ssl_context=self.trust, keepalive_expiry=KEEPALIVE_S)
