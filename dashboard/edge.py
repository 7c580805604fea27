"""What every request passes before Streamlit sees it: host names, WebSocket origins, closed paths, headers.

Pure ASGI, because Starlette's own base class does not see WebSockets. It reads no body and no cookie.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Nothing of golive uses these, and they answer without a login.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")

_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY_VIOLATION = 1008


class Edge:
    """The middleware. `hosts` says which host names besides loopback are ours, each time it is asked."""

    def __init__(self, app: ASGIApp, *, hosts: Callable[[], Collection[str]]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_ours(Headers(scope=scope).get("host")):
            refusal = JSONResponse({"error": "This host name is not one of golive's."}, status_code=421)
            await refusal(scope, receive, send)
        elif scope["path"].startswith(CLOSED):
            await JSONResponse({"error": "There is nothing here."}, status_code=404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if self._is_ours(headers.get("host")) and self._is_own(headers.get("origin"), headers.get("host")):
            await self._app(scope, receive, send)
            return
        # Streamlit itself would look up this machine's public address before it refuses.
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    def _is_ours(self, host: str | None) -> bool:
        return _name(f"//{host}") in LOOPBACK | frozenset(self._hosts()) if host else False

    def _is_own(self, origin: str | None, host: str | None) -> bool:
        if not origin or not host:
            return False
        return origin in {f"http://{host}", f"https://{host}"} or _name(origin) in frozenset(self._hosts())


def security_headers() -> dict[str, str]:
    """The headers of every answer."""
    return {
        "Content-Security-Policy": content_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


@cache
def content_policy() -> str:
    """The content policy; the hash is of the one inline script of the installed Streamlit's own page."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page.read_bytes()))
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'self'; script-src 'self' {hashes} blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


async def on_error(_request: Request, _error: Exception) -> JSONResponse:
    """The answer to a fault of our own: no detail, and the headers that the middleware does not add here."""
    return JSONResponse({"error": "golive failed to answer."}, status_code=500, headers=security_headers())


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # an address such as "//[::1" is nobody's
        return None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in security_headers().items():
                headers[name] = value
        await send(message)

    return sending
