"""Why nobody was signed in: a sentence for the person, one line in the log, and no trace in either.

Streamlit's login tells the person nothing, or two words, and logs a stack trace. What it logs is the one
place where the reason is known, so that it is read there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from http.cookies import SimpleCookie
from json import JSONDecodeError
from typing import Final
from urllib.parse import parse_qs

import httpx
from authlib.common.errors import AuthlibBaseError  # its clients' own errors would load the clients
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from dashboard.signin import page
from dashboard.signin.ended import SignIn
from dashboard.signin.session import REHEARSAL_CLAIM, USER_COOKIE, read_claims

SIGN_IN, LOGIN, CALLBACK, LOGOUT = "/sign-in", "/auth/login", "/oauth2callback", "/auth/logout"
STREAMLITS_LOG: Final = "streamlit.web.server.starlette.starlette_auth_routes"
LONGEST: Final = 300
"""So much of what a provider says is logged."""
_OTHER_STATE = "mismatching_state"
LOG = logging.getLogger(__name__)


class Why(StrEnum):
    """What went wrong, as far as it makes a difference to the person."""

    UNANSWERED = "unanswered"
    UNBELIEVED = "unbelieved"
    REFUSED = "refused"
    STALE = "stale"


SENTENCES: Mapping[Why, str] = {
    Why.UNANSWERED: page.UNANSWERED,
    Why.UNBELIEVED: page.UNBELIEVED,
    Why.REFUSED: page.REFUSED,
    Why.STALE: page.STALE,
}
_LOGGED: Mapping[Why, str] = {
    Why.UNANSWERED: "got no usable answer from the identity provider ({said}), expected its documents, keys "
    "and tokens; see whether {issuer} can be reached from here",
    Why.UNBELIEVED: "got an answer of the identity provider that is not believed ({said}), expected a token "
    "of {issuer} for this golive, signed with a key that it publishes; mend it there",
    Why.REFUSED: "got a refusal of the identity provider ({said}), expected a sign-in; see its own log",
    Why.STALE: "got somebody back whose sign-in was not begun in this browser at {public_url} ({said}), "
    "expected one that was; they can begin again there",
}


@dataclass(slots=True)
class _Try:
    """One try to sign in, what the provider sent the browser back with, and why it failed, where that was
    logged.
    """

    sign_in: SignIn
    brought: frozenset[str]
    why: Why | None = None


_trying: ContextVar[_Try | None] = ContextVar("golive_signing_in", default=None)


class OneLine(logging.Filter):
    """Makes one sentence of what Streamlit's login logs while somebody tries to sign in."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, shorter."""
        trying = _trying.get()
        if trying is not None and record.levelno >= logging.WARNING:
            error = record.exc_info[1] if record.exc_info else None
            trying.why = _why(error, trying.brought)
            said = record.getMessage() if error is None else f"{type(error).__name__}: {error}"
            record.msg, record.args = "%s", (_line(trying.sign_in, trying.why, said),)
            record.exc_info = record.exc_text = record.stack_info = None
        return True


_ONE_LINE = OneLine()


def listen() -> None:
    """Hear what Streamlit's login logs; however often it is called, once."""
    logging.getLogger(STREAMLITS_LOG).addFilter(_ONE_LINE)


def telling(sign_in: SignIn, scope: Scope, send: Send) -> Send:
    """Answers of Streamlit's login on their way out: a failure becomes the page to sign in on, with a
    sentence. Cookies that such an answer takes away stay taken away.
    """
    brought = frozenset(parse_qs(scope["query_string"].decode("latin-1")))
    below = sign_in.provider.public.path
    is_back = scope["path"] == f"{below}{CALLBACK}" and bool(
        brought & {"code", "error"}
    )  # else from a sign-out there
    if scope["path"] != f"{below}{LOGIN}" and not is_back:
        return send
    trying = _Try(sign_in, brought)
    _trying.set(trying)
    is_replaced = False

    async def sending(message: Message) -> None:
        nonlocal is_replaced
        if message["type"] == "http.response.start":
            why = _failure(trying, message, is_back=is_back)
            is_replaced = why is not None
            if why is not None:
                await _send_page(why, f"{below}{SIGN_IN}", message, send)
        if not is_replaced:
            await send(message)

    return sending


def _failure(trying: _Try, answer: Message, *, is_back: bool) -> Why | None:
    """None where somebody is on the way to the provider, or has come back signed in."""
    if not is_back:
        return trying.why or Why.UNANSWERED if answer["status"] >= httpx.codes.BAD_REQUEST else None
    cookies = _cookies(answer)
    if not any(cookies.get(name) for name in cookies if name.startswith(USER_COOKIE)):
        return trying.why or Why.UNBELIEVED
    if trying.sign_in.session(cookies) is None:
        LOG.warning("%s", _line(trying.sign_in, Why.UNBELIEVED, _said_of(trying.sign_in, cookies)))
        return Why.UNBELIEVED
    return None


def _said_of(sign_in: SignIn, cookies: Mapping[str, str]) -> str:
    """Where somebody comes from who is not believed; never who it is."""
    claims, _ = read_claims(cookies, sign_in.provider)
    of_rehearsal = ", of a rehearsal" if REHEARSAL_CLAIM in claims else ""
    return f"the issuer {claims.get('iss')}{of_rehearsal}"


async def _send_page(why: Why, to: str, answer: Message, send: Send) -> None:
    body = page.sign_in_html(to, SENTENCES[why]).encode()
    kept = [(name, value) for name, value in answer["headers"] if name == b"set-cookie"]
    start: Message = {"type": "http.response.start", "status": 401, "headers": _taken_away(kept)}
    headers = MutableHeaders(scope=start)
    headers["content-type"], headers["content-length"] = "text/html; charset=utf-8", str(len(body))
    headers["cache-control"] = "no-store"
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _taken_away(cookies: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Of these, what ends a session: none is begun by a failure."""
    return [
        (name, value)
        for name, value in cookies
        if not value.startswith(USER_COOKIE.encode()) or b"max-age=0" in value.lower()
    ]


def _cookies(answer: Message) -> dict[str, str]:
    """The cookies that an answer sets, without those that it takes away."""
    found: dict[str, str] = {}
    for name, value in answer["headers"]:
        if name == b"set-cookie" and b"max-age=0" not in value.lower():
            found |= {key: one.value for key, one in SimpleCookie(value.decode("latin-1")).items()}
    return found


def _why(error: BaseException | None, brought: frozenset[str]) -> Why:
    """By what Authlib raises. Without an exception Streamlit has read a refusal, or knows of no try."""
    if error is None and "error" in brought:
        return Why.REFUSED
    if error is None or (isinstance(error, AuthlibBaseError) and error.error == _OTHER_STATE):
        return Why.STALE
    if isinstance(error, AuthlibBaseError):
        return Why.REFUSED
    if isinstance(error, httpx.HTTPError | JSONDecodeError):
        return Why.UNANSWERED
    return Why.UNBELIEVED


def _line(sign_in: SignIn, why: Why, said: str) -> str:
    provider = sign_in.provider
    told = " ".join(said.split())[:LONGEST]
    reason = _LOGGED[why].format(said=told, issuer=provider.issuer, public_url=provider.public)
    return f"nobody was signed in: {reason}"
