"""Who may ask the addresses of golive that are no pages: this machine, whoever has signed in, or a token.

The default is deny. Where people sign in, to come from this machine proves nothing: so does everybody behind
a proxy that stands on it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.api.tokens import KeysUnknownError, TokenError, Tokens
from dashboard.signin.ended import SignIn
from dashboard.signin.limits import Limits
from dashboard.signin.provider import SignInError

BOARD = "golive:board"
"""The scope of a token that may read the board."""

METRICS = "golive:metrics"
"""That of one that may read the metrics."""

A_MINUTE = 600
NOT_SIGNED_IN = 401
NEEDED = "Sign in, or bring a bearer token of the identity provider."
NOT_BELIEVED = "The token is not accepted."
NOT_NOW = "The token cannot be checked now: the identity provider's keys are not known."
NO_ROLE = "You are signed in, and have no role of this launch."
TOO_MANY = "Too many requests from your address; wait a minute."
ONLY_HERE = "The board is given to this machine only."
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="golive"'}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Guard:
    """`sign_in` is None where nobody signs in, `tokens` where no token is believed."""

    sign_in: SignIn | None = None
    tokens: Tokens | None = None
    _limits: Limits = field(init=False, default_factory=lambda: Limits(a_minute=A_MINUTE))

    async def refusal(self, request: Request, scope: str) -> Response | None:
        """None where whoever asks may read this; else what they are told, and no more than that."""
        if not self._limits.allow(request.client.host if request.client else ""):
            return JSONResponse({"error": TOO_MANY}, 429, headers={"Retry-After": "60"})
        if self.sign_in is None:
            return None if is_local(request) else JSONResponse({"error": ONLY_HERE}, 403)
        refusal = self.refusal_of_cookies(request.cookies)
        if refusal is None or refusal.status_code != NOT_SIGNED_IN:
            return refusal
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or self.tokens is None:
            return refusal
        return await _refusal_of_token(self.tokens, token.strip(), scope)

    def refusal_of_cookies(self, cookies: Mapping[str, str]) -> Response | None:
        """None for whoever has signed in and has a role of this launch, and where nobody signs in."""
        if self.sign_in is None:
            return None
        session = self.sign_in.session(cookies)
        if session is None:
            return JSONResponse({"error": NEEDED}, NOT_SIGNED_IN, headers=_CHALLENGE)
        try:
            has_role = bool(self.sign_in.given(session).roles)
        except SignInError as error:
            LOG.warning("roles cannot be looked up: %s", error)
            has_role = False
        return None if has_role else JSONResponse({"error": NO_ROLE}, 403)


async def _refusal_of_token(tokens: Tokens, token: str, scope: str) -> Response | None:
    try:
        caller = await tokens.caller(token)
    except KeysUnknownError as error:
        LOG.warning("a token cannot be checked: %s", error)
        return JSONResponse({"error": NOT_NOW}, 503, headers={"Retry-After": "10"})
    except TokenError as error:
        LOG.warning("a token is refused: %s", error)
        return JSONResponse({"error": NOT_BELIEVED}, 401, headers=_CHALLENGE)
    if scope in caller.scopes:
        return None
    return JSONResponse({"error": f"The token lacks the scope {scope}."}, 403)


def is_local(request: Request) -> bool:
    """A proxy on this machine speaks for others, and says so in a header."""
    forwarded = any(name in request.headers for name in _FORWARDED)
    return request.client is not None and not forwarded and ip_address(request.client.host).is_loopback
