"""The gate: where people sign in, nothing but the way to sign in is there for who has not.

Pure ASGI, because Starlette's own base class does not see WebSockets. A socket is closed as soon as its
person signs out, wherever that was, and so is what is still being sent; in the browser where they press, as
soon as it is on its way to the provider.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token

from dashboard.passing import client_of
from dashboard.signin import failing, page
from dashboard.signin.ended import SignIn
from dashboard.signin.failing import CALLBACK, LOGIN, LOGOUT, SIGN_IN
from dashboard.signin.limits import Limits
from dashboard.signin.session import TOKENS_COOKIE, Session

WAYS_IN = frozenset({SIGN_IN, CALLBACK, LOGIN, LOGOUT})
OWN_GUARD = ("/healthz", "/api/v1/", "/metrics", "/_stcore/health")
"""What tells nothing, and what looks itself at who asks."""

NEXT_COOKIE = "golive_next"
_NEXT_FOR_S = 600
_LOOK_S = 0.5
_FOUND = 302
_POLICY_VIOLATION = 1008
LOG = logging.getLogger(__name__)
_CLOSE: Message = {"type": "websocket.close", "code": _POLICY_VIOLATION}


class Gate:
    """The middleware. `sign_in` is None where nobody signs in: then everybody passes. `below` is the path
    that stands before all of golive's.
    """

    def __init__(self, app: ASGIApp, *, sign_in: Callable[[], SignIn | None], below: str = "") -> None:
        self._app = app
        self._sign_in = sign_in
        self._below = below
        self._limits = Limits()
        self._stays = _Stays()
        failing.listen()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sign_in = self._sign_in()
        if sign_in is None or scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        session = sign_in.session(cookies_of(scope))
        if scope["type"] == "websocket":
            if session is None:
                await receive()
                await send(_CLOSE)
            else:
                await self._while_signed_in(sign_in, session, scope, receive, send)
            return
        sending = _guarded(scope, send, self._below)
        path = _within(scope["path"], self._below)
        if path == LOGOUT:
            sign_in.has_gone(cookies_of(scope))
        if path in WAYS_IN and not self._limits.allow(client_of(scope)):
            answer: Response = JSONResponse({"error": page.TOO_MANY}, 429, headers={"Retry-After": "60"})
        elif path == SIGN_IN:
            answer = _to_provider(self._below)
        elif path in WAYS_IN or path.startswith(OWN_GUARD):
            await self._app(scope, receive, failing.telling(sign_in, scope, sending))
            return
        elif session is not None:
            await self._while_signed_in(sign_in, session, scope, receive, sending)
            return
        else:
            answer = _closed(Request(scope), self._below)
        await answer(scope, receive, sending)

    async def _while_signed_in(
        self, sign_in: SignIn, session: Session, scope: Scope, receive: Receive, send: Send
    ) -> None:
        sending = _Sending(send)
        with self._stays.of(sign_in, session) as stay:
            await self._app(scope, _until(stay, scope["type"], receive, sending), sending)
            if stay.is_over:
                await sending.end_stream()


class _Stay:
    """One request or socket of somebody, for as long as they are signed in."""

    def __init__(self) -> None:
        self.is_over = False
        self._waits: set[asyncio.Timeout] = set()

    def end(self) -> None:
        """Whatever is waited for in it does not come any more."""
        self.is_over = True
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(0)  # long ago, by the clock of any loop

    async def message(self, receive: Receive) -> Message | None:
        """What comes in next, None once it is over. A wait that can be cut short is much less work than a
        second task for each message, and there is one for each redraw of each viewer.
        """
        if self.is_over:
            return None
        try:
            async with asyncio.timeout(None) as wait:
                self._waits.add(wait)
                try:
                    return await receive()
                finally:
                    self._waits.discard(wait)
        except TimeoutError:
            return None


class _Stays:
    """Everybody's, looked at all in one go: who has signed out, wherever that was, has no stay any more."""

    def __init__(self) -> None:
        self._here: dict[_Stay, tuple[SignIn, Session]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, sign_in: SignIn, session: Session) -> Iterator[_Stay]:
        """A stay that ends with the session."""
        stay = _Stay()
        self._here[stay] = (sign_in, session)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield stay
        finally:
            del self._here[stay]

    async def _look(self) -> None:
        try:
            while self._here:
                for stay, (sign_in, session) in list(self._here.items()):
                    if not stay.is_over and sign_in.is_cut_off(session):
                        stay.end()
                await asyncio.sleep(_LOOK_S)
        except Exception:
            LOG.exception("who has signed out cannot be told")
        finally:
            for stay in self._here:  # where nobody looks any more, nobody stays
                stay.end()


class _Sending:
    """What is sent, and whether an answer of no stated length was begun and is not ended."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_open_stream = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._is_open_stream = "content-length" not in Headers(raw=message["headers"])
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_open_stream = False
        await self._send(message)

    async def end_stream(self) -> None:
        """A server calls an answer that nobody ended a fault of ours."""
        if self._is_open_stream:
            await self({"type": "http.response.body", "body": b"", "more_body": False})


def cookies_of(scope: Scope) -> Mapping[str, str]:
    """The cookies of a request or of a socket."""
    return cookie_parser(Headers(scope=scope).get("cookie", ""))


def _until(stay: _Stay, kind: str, receive: Receive, send: Send) -> Receive:
    """What comes in, until the session has ended: then it is as if the browser had gone."""

    async def receiving() -> Message:
        message = await stay.message(receive)
        if message is not None:
            return message
        if kind == "http":
            return {"type": "http.disconnect"}
        await send(_CLOSE)
        return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}

    return receiving


def _within(path: str, below: str) -> str:
    """The path below golive's own; what is beside that is no way in, and has no guard of its own."""
    return path.removeprefix(below) if path.startswith(f"{below}/") else ""


def _to_provider(below: str) -> Response:
    """To Streamlit's own login, which goes on to the provider."""
    return RedirectResponse(f"{below}{LOGIN}?provider={quote(encode_provider_token('default'))}", 302)


def _closed(request: Request, below: str) -> Response:
    """A page to sign in on for who looks at one; a plain refusal for everything else."""
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if not is_page:
        return JSONResponse({"error": page.NEEDED}, 401)
    answer = HTMLResponse(page.sign_in_html(f"{below}{SIGN_IN}"), 401, headers={"Cache-Control": "no-store"})
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    answer.set_cookie(NEXT_COOKIE, quote(path), max_age=_NEXT_FOR_S, httponly=True, samesite="lax")
    return answer


def _guarded(scope: Scope, send: Send, below: str) -> Send:
    """Answers on their way out: back to where somebody wanted to go, and no token kept."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value)
                for name, value in message["headers"]
                if name != b"set-cookie" or not _is_token(value)
            ]
            wanted = cookies_of(scope).get(NEXT_COOKIE)
            is_back = scope["path"] == f"{below}{CALLBACK}" and message["status"] == _FOUND
            if is_back and wanted is not None:
                headers = MutableHeaders(scope=message)
                headers["location"] = _own_path(unquote(wanted), below)
                headers.append("set-cookie", f"{NEXT_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=lax")
        await send(message)

    return sending


def _is_token(cookie: bytes) -> bool:
    """The provider's tokens: golive asks it nothing in anybody's name, so nobody needs to carry them."""
    (name,) = SimpleCookie(cookie.decode("latin-1")) or ("",)
    return name.startswith(TOKENS_COOKIE) and b"max-age=0" not in cookie.lower()


def _own_path(wanted: str, below: str) -> str:
    """A path of ours; anything that leads elsewhere leads to the board."""
    is_own = wanted.startswith(f"{below}/") and not wanted.startswith(("//", "/\\")) and "\n" not in wanted
    return wanted if is_own and ".." not in wanted.partition("?")[0].split("/") else f"{below}/"
