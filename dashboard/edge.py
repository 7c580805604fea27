"""What every request passes before Streamlit sees it: host names, WebSocket origins, closed paths, the path
of golive on a host that it shares, headers, and what a cookie is for.

Pure ASGI, because Starlette's own base class does not see WebSockets. It reads no body and no cookie's value.
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
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import plain_page
from dashboard.entrance import ANYWHERE, LOOPBACK, Entrance
from dashboard.passing import SOCKET, Passing

# Nothing of golive uses these, and they answer without a login.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")

ONLY_TLS = "max-age=31536000"
"""A year without plain http, of the public host alone: what lies below it may be somebody else's."""

_WHOLE_HOST = re.compile(rb";\s*path=/(?=;|$)", re.IGNORECASE)
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY_VIOLATION = 1008


class Edge:
    """The middleware. `hosts` says which host names besides loopback are ours, each time it is asked."""

    def __init__(
        self, app: ASGIApp, *, hosts: Callable[[], Collection[str]], entrance: Entrance = ANYWHERE
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._entrance = entrance
        self._passing = Passing(entrance=entrance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(_with_own_cookies(scope), receive, send)
        elif scope["type"] == "http":
            await self._http(_with_own_cookies(scope), receive, self._answering(scope, send))
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Request(scope))
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        scope, below, path = request.scope, self._entrance.path, request.url.path
        if wrong := self._wrong_address(request):
            return wrong
        self._passing.look(scope)
        if path.removeprefix(below).startswith(CLOSED):
            return JSONResponse({"error": "There is nothing here."}, status_code=404)
        if path == f"{below}{SOCKET}":
            return _told(request, self._passing.no_upgrade(scope), 426)
        said = self._passing.page_refusal(scope) if _is_page(request) else None
        return None if said is None else _told(request, said, 502)

    def _wrong_address(self, request: Request) -> Response | None:
        scope, below, path = request.scope, self._entrance.path, request.url.path
        if not self._is_ours(request.headers.get("host")):
            return _told(request, self._passing.not_our_name(scope, self._hosts()), 421)
        if said := self._passing.not_by_tls(scope):
            return _told(request, said, 403)
        if below and path == below:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{below}/{query}", 308)
        if not path.startswith(f"{below}/"):
            return _told(request, self._passing.not_our_path(scope), 404)
        return None

    def _answering(self, scope: Scope, send: Send) -> Send:
        """Answers on their way out: with the headers of every answer, and cookies for golive alone."""
        public = self._entrance.public
        host = _name(f"//{Headers(scope=scope).get('host')}")
        is_tls = public is not None and public.is_https and host == public.host
        extra = {"Strict-Transport-Security": ONLY_TLS} if is_tls and host not in LOOPBACK else {}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, self._own_cookie(value) if name == b"set-cookie" else value)
                    for name, value in message["headers"]
                ]
                headers = MutableHeaders(scope=message)
                for name, value in {**security_headers(), **extra}.items():
                    headers[name] = value
            await send(message)

        return sending

    def _own_cookie(self, cookie: bytes) -> bytes:
        """What Streamlit sets or takes back for all of a host is set for golive alone; over TLS only where
        browsers come by it.
        """
        public = self._entrance.public
        if public is None:
            return cookie
        scoped = _WHOLE_HOST.sub(f"; Path={public.path or '/'}".encode(), cookie)
        is_plain = public.is_https and b"; secure" not in scoped.lower()
        return scoped + b"; Secure" if is_plain else scoped

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        is_below = scope["path"].startswith(f"{self._entrance.path}/")
        is_ours = is_below and self._is_ours(headers.get("host"))
        if is_ours and self._is_own(headers.get("origin"), headers.get("host")):
            self._passing.let_socket(scope)
            await self._app(scope, receive, send)
            return
        self._passing.refused_socket(scope, self._hosts())
        # Streamlit itself would look up this machine's public address before it refuses.
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    def _is_ours(self, host: str | None) -> bool:
        return _name(f"//{host}") in LOOPBACK | frozenset(self._hosts()) if host else False

    def _is_own(self, origin: str | None, host: str | None) -> bool:
        # Streamlit would ask the network for its own address before it lets in any other.
        return bool(host) and origin in {f"http://{host}", f"https://{host}"}


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


def _told(request: Request, said: str, status: int) -> Response:
    """One sentence: as a page to who looks at one."""
    if _is_page(request):
        return HTMLResponse(plain_page.html(said), status, headers={"Cache-Control": "no-store"})
    return JSONResponse({"error": said}, status)


def _is_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _with_own_cookies(scope: Scope) -> Scope:
    """A browser names the cookie of the longest path first, and whoever reads them would take the last: that
    of another golive nearer to the top of the host.
    """
    brought = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    if brought.count(b"=") <= 1:
        return scope
    first: dict[bytes, bytes] = {}
    for each in brought.split(b";"):
        first.setdefault(each.split(b"=", 1)[0].strip(), each.strip())
    others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    return {**scope, "headers": [*others, (b"cookie", b"; ".join(first.values()))]}
