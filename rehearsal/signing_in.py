"""scholar_auth as a provider that people sign in with: OpenID Connect's code flow with PKCE, for one client.

It proves nothing about anybody, and says so on its page and in every token.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from rehearsal import sign_in_page
from rehearsal.people import Person, cast

CLIENT: Final = "golive-dashboard"
AUTHORIZE, USERINFO = "/oauth/authorize", "/oauth/userinfo"
GRANT: Final = "authorization_code"
ROLES: Final = "roles"
MARK: Final = "golive_environment"
"""The claim with which a rehearsal says of itself, in every ID token, that it is one."""

_CALLBACK = "/oauth2callback"
_CODE_FOR_S = 60
_TOKEN_FOR_S = 300
_VERIFIER = range(43, 129)
"""RFC 7636, 4.1: so long is a code verifier."""
_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWish:
    """Where people sign in: the address of golive without a slash at its end, and the plan's roles, id by
    title.
    """

    public_url: str
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    person: Person
    redirect_uri: str
    challenge: str
    nonce: str
    scopes: tuple[str, ...]
    until: float


class ExchangeError(Exception):
    """The code is not exchanged; the message is the error code of RFC 6749."""


@dataclass(slots=True)
class SigningIn:
    """The handlers, and what is under way. `clock` tells seconds since 1970 as scholar_auth has them."""

    wish: SignInWish
    issuer: str
    secret: str = field(repr=False)
    clock: Callable[[], float]
    _codes: dict[str, _Code] = field(init=False, repr=False, default_factory=dict)
    _shown: dict[str, tuple[float, dict[str, Any]]] = field(init=False, repr=False, default_factory=dict)

    @property
    def people(self) -> Mapping[str, Person]:
        """The cast by subject."""
        return cast(self.wish.roles)

    @property
    def redirect_uri(self) -> str:
        """The one address that people are sent back to."""
        return f"{self.wish.public_url}{_CALLBACK}"

    def routes(self) -> list[Route]:
        """What browsers and golive ask beside the token endpoint."""
        return [
            Route(AUTHORIZE, self._authorize, methods=["GET"]),
            Route(AUTHORIZE, self._picked, methods=["POST"]),
            Route(USERINFO, self._userinfo, methods=["GET", "POST"]),
        ]

    def discovery(self) -> dict[str, Any]:
        """What the discovery document says besides."""
        return {
            "authorization_endpoint": f"{self.issuer}{AUTHORIZE}",
            "userinfo_endpoint": f"{self.issuer}{USERINFO}",
            "grant_types_supported": ["client_credentials", GRANT],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email"],
            "claims_supported": ["sub", "name", "email", "email_verified", ROLES, MARK],
        }

    def exchange(self, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The claims of the ID token for the code of this form, and the answer without it. A code is good
        once, for a minute, for the address and the verifier that it was asked for with. Raises
        `ExchangeError`.
        """
        code = self._codes.pop(form.get("code", ""), None)
        is_good = (
            code is not None
            and self.clock() < code.until
            and form.get("redirect_uri") == code.redirect_uri
            and _challenge_of(form.get("code_verifier", "")) == code.challenge
        )
        if code is None or not is_good:
            raise ExchangeError("invalid_grant")
        now, access = int(self.clock()), secrets.token_urlsafe(32)
        told = _told(code.person, code.scopes)
        self._shown = {name: kept for name, kept in self._shown.items() if now < kept[0]}
        self._shown[access] = (now + _TOKEN_FOR_S, told)
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + _TOKEN_FOR_S, "auth_time": now}
        claims |= {"nonce": code.nonce} if code.nonce else {}
        scope = " ".join(code.scopes)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": _TOKEN_FOR_S, "scope": scope}
        return claims | told, answer

    async def _authorize(self, request: Request) -> Response:
        asked = _asked(dict(request.query_params))
        return self._refused(asked) or sign_in_page.pick(
            self.people.values(), asked=asked, client=CLIENT, origin=_origin(self.redirect_uri)
        )

    async def _picked(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        asked = _asked(form)
        refused = self._refused(asked)
        if refused is not None:
            return refused
        who = form.get(sign_in_page.WHO, "")
        if who == sign_in_page.CANCEL:
            return self._back(asked, error="access_denied", error_description="whoever was asked did not")
        person = self.people.get(who)
        if person is None:
            return sign_in_page.refusal("Got nobody of the cast; go back and pick one of them.")
        now, code = self.clock(), secrets.token_urlsafe(32)
        self._codes = {name: kept for name, kept in self._codes.items() if now < kept.until}
        self._codes[code] = _Code(
            person=person,
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce", ""),
            scopes=tuple(asked["scope"].split()),
            until=now + _CODE_FOR_S,
        )
        return self._back(asked, code=code)

    def _refused(self, asked: Mapping[str, str]) -> Response | None:
        """Nobody is sent to an address that is not golive's, not even with an error."""
        if asked.get("client_id") != CLIENT:
            return sign_in_page.refusal(f"Got another client_id, expected {CLIENT}; begin at golive.")
        if asked.get("redirect_uri") != self.redirect_uri:
            return sign_in_page.refusal(
                f"Got another redirect_uri, expected {self.redirect_uri}; open {self.wish.public_url}."
            )
        if asked.get("response_type") != "code":
            return self._back(asked, error="unsupported_response_type")
        if "openid" not in asked.get("scope", "").split():
            return self._back(asked, error="invalid_scope", error_description="openid is missing")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return self._back(asked, error="invalid_request", error_description="PKCE with S256 is missing")
        return None

    def _back(self, asked: Mapping[str, str], **told: str) -> Response:
        state = {"state": asked["state"]} if "state" in asked else {}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(told | state)}", 303)

    async def _userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        until, told = self._shown.get(token, (0.0, {}))
        if scheme.lower() != "bearer" or self.clock() >= until:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, 401, headers=challenge)
        return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _told(person: Person, scopes: tuple[str, ...]) -> dict[str, Any]:
    """What is told of a person: no more than was asked for."""
    told: dict[str, Any] = {"sub": person.subject, MARK: "rehearsal"}
    if person.roles is not None:
        told[ROLES] = list(person.roles)
    if "profile" in scopes:
        told["name"] = person.name
    if "email" in scopes:
        told |= {"email": person.email, "email_verified": True}
    return told


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in _ASKED if name in given}


def _challenge_of(verifier: str) -> str:
    if len(verifier) not in _VERIFIER:
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
