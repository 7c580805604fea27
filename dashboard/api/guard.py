"""Who may ask the addresses of golive that are no pages: this machine, whoever has signed in, or a token.

The default is deny, and what somebody may see is what the one table of `dashboard.access` says of them. Where
people sign in, to come from this machine proves nothing: so does everybody behind a proxy that stands on it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard import access
from dashboard.access import SCOPES, Identity, Person, Scope, allows, denied
from dashboard.api.tokens import KeysUnknownError, TokenError, Tokens
from dashboard.launch.plan import Role
from dashboard.passing import client_of
from dashboard.signin.ended import SignIn
from dashboard.signin.limits import Limits
from dashboard.signin.provider import SignInError

A_MINUTE = 600
NOT_SIGNED_IN = 401
NEEDED = "Sign in, or bring a bearer token of the identity provider."
NOT_BELIEVED = "The token is not accepted."
NOT_NOW = "The token cannot be checked now: the identity provider's keys are not known."
NO_ROLE = "You are signed in, and have no role of this launch."
ROLES_UNREAD = "Who has which role cannot be read now."
TOO_MANY = "Too many requests from your address; wait a minute."
ONLY_HERE = "Nobody signs in here, so that golive answers its own machine alone."
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="golive"'}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Guard:
    """`sign_in` is None where nobody signs in, `tokens` where no token is believed.

    Each address says the roles of the plan that is followed, and the scopes of which one is enough. Who may
    ask comes out as a person, of whom the control room asks once more what they may see; who may not is told
    why not, and no more than that.
    """

    sign_in: SignIn | None = None
    tokens: Tokens | None = None
    _limits: Limits = field(init=False, default_factory=lambda: Limits(a_minute=A_MINUTE))

    async def admit(self, request: Request, roles: Mapping[str, Role], *scopes: Scope) -> Person | Response:
        """Whoever asks: this machine where nobody signs in, else by their session or their token."""
        if not self._limits.allow(client_of(request.scope)):
            return JSONResponse({"error": TOO_MANY}, 429, headers={"Retry-After": "60"})
        if self.sign_in is None and not is_local(request):
            return JSONResponse({"error": ONLY_HERE}, 403)
        admitted = self.admit_session(request.cookies, roles, *scopes)
        if isinstance(admitted, Person) or admitted.status_code != NOT_SIGNED_IN:
            return admitted
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or self.tokens is None:
            return admitted
        return await _admit_token(self.tokens, token.strip(), scopes)

    def admit_session(
        self, cookies: Mapping[str, str], roles: Mapping[str, Role], *scopes: Scope
    ) -> Person | Response:
        """Whoever has signed in, in the first of their roles that may see it; anybody where nobody does."""
        if self.sign_in is None:
            return _allowed([access.script(Identity.ASSERTED)], scopes)
        session = self.sign_in.session(cookies)
        if session is None:
            return JSONResponse({"error": NEEDED}, NOT_SIGNED_IN, headers=_CHALLENGE)
        try:
            given = self.sign_in.given(session).roles
        except SignInError:  # the roster said why in the log
            return JSONResponse({"error": ROLES_UNREAD}, 503, headers={"Retry-After": "10"})
        own = [access.signed_in(role, roles[role], session.pseudonym) for role in given if role in roles]
        return _allowed(own, scopes) if own else JSONResponse({"error": NO_ROLE}, 403)


async def _admit_token(tokens: Tokens, token: str, scopes: Sequence[Scope]) -> Person | Response:
    try:
        caller = await tokens.caller(token)
    except KeysUnknownError as error:
        LOG.warning("a token cannot be checked: %s", error)
        return JSONResponse({"error": NOT_NOW}, 503, headers={"Retry-After": "10"})
    except TokenError as error:
        LOG.warning("a token is refused: %s", error)
        return JSONResponse({"error": NOT_BELIEVED}, NOT_SIGNED_IN, headers=_CHALLENGE)
    held = [scope for scope in scopes if scope in caller.scopes]
    if not held:
        return JSONResponse({"error": f"The token lacks the scope {' or '.join(scopes)}."}, 403)
    return _allowed([access.script(Identity.LOGIN)], held)


def _allowed(people: Sequence[Person], scopes: Sequence[Scope]) -> Person | Response:
    """The first of these, who are all one, whom the table lets see what one of the scopes stands for."""
    actions = [SCOPES[scope] for scope in scopes]
    may = (person for person in people if any(allows(person.kind, action) for action in actions))
    found = next(may, None)
    return found or JSONResponse({"error": denied(people[0], actions[0])}, 403)


def is_local(request: Request) -> bool:
    """A proxy on this machine speaks for others, and says so in a header."""
    forwarded = any(name in request.headers for name in _FORWARDED)
    return request.client is not None and not forwarded and ip_address(request.client.host).is_loopback
