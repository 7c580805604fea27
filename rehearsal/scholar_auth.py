"""scholar_auth: the issuer. Discovery, published keys, and tokens by client credentials.

Where the rehearsal was asked to, people sign in with it, too.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.answers import ready
from rehearsal.identity import Identity, SigningKey
from rehearsal.places import Addresses, Place
from rehearsal.serving import hang_up
from rehearsal.signing_in import CLIENT, GRANT, ExchangeError, SigningIn
from rehearsal.switchboard import Switchboard
from rehearsal.tokens import AUDIENCE

SCOPES: Mapping[str, tuple[str, ...]] = {
    "golive": ("ledger:read", "receipts:read", "ledger:probe"),
    "provider_register": ("ledger:write", "notify"),
    "student_pilot": ("ledger:read",),
}
AUDIENCES = (AUDIENCE, "auto_com_center")

_LIFETIME_S = 300
_FORMER_ISSUER = "https://scholar-auth-staging.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    private: rsa.RSAPrivateKey = field(repr=False)
    published: dict[str, Any]


class ScholarAuth:
    """The issuer's handlers."""

    def __init__(
        self,
        *,
        identity: Identity,
        switchboard: Switchboard,
        addresses: Addresses,
        signing_in: SigningIn | None = None,
    ) -> None:
        self._identity = identity
        self._switchboard = switchboard
        self._addresses = addresses
        self._issuer = addresses[Place.SCHOLAR_AUTH]
        self._signing_in = signing_in
        self._keys: dict[str, _Key] = {}

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/readyz", self._ready),
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks.json", _Jwks(self)),
                Route("/oauth/token", self._token, methods=["POST"]),
                *([] if self._signing_in is None else self._signing_in.routes()),
            ]
        )

    def jwks(self) -> dict[str, Any]:
        """The keys that verify tokens now; a retired key stays for a while."""
        now = time.time()
        keys = self._identity.signing_keys
        valid = [key for key in keys if key.published_until == 0 or key.published_until > now]
        return {"keys": [self._read(key).published for key in valid]}

    @property
    def unreachable(self) -> bool:
        """Whether the key set hangs up on its callers."""
        return self._switchboard.knobs.jwks_closed

    def _read(self, key: SigningKey) -> _Key:
        if key.kid not in self._keys:
            private = key.private()
            public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
            published = {**public, "kid": key.kid, "use": "sig", "alg": "RS256"}
            self._keys[key.kid] = _Key(private=private, published=published)
        return self._keys[key.kid]

    async def _ready(self, _request: Request) -> Response:
        return ready(Place.SCHOLAR_AUTH, identity=self._identity, knobs=self._switchboard.knobs, more={})

    async def _discovery(self, _request: Request) -> Response:
        wrong = self._switchboard.knobs.discovery_issuer_wrong
        return JSONResponse(
            {
                "issuer": _FORMER_ISSUER if wrong else self._issuer,
                "jwks_uri": self._addresses.jwks,
                "token_endpoint": f"{self._issuer}/oauth/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                **({} if self._signing_in is None else self._signing_in.discovery()),
            }
        )

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        client, secret = _credentials(request, form)
        if self._signing_in is not None and form.get("grant_type") == GRANT:
            return self._signed_in(self._signing_in, form, client=client, secret=secret)
        expected = self._identity.credentials.clients.get(client)
        if expected is None or not secrets.compare_digest(expected.encode(), secret.encode()):
            return _error("invalid_client", 401)
        if form.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type", 400)
        scopes = form["scope"].split() if form.get("scope") else list(SCOPES[client])
        if not set(scopes) <= set(SCOPES[client]):
            return _error("invalid_scope", 400)
        audience = form.get("audience", AUDIENCE)
        if audience not in AUDIENCES:
            return _error("invalid_target", 400)
        return self._granted(client, audience, " ".join(scopes))

    def _granted(self, client: str, audience: str, scope: str) -> Response:
        now = int(time.time())
        claims = {"iss": self._issuer, "aud": audience, "sub": client, "iat": now, "exp": now + _LIFETIME_S}
        claims |= {"jti": secrets.token_hex(8), "scope": scope}
        body = {"token_type": "Bearer", "expires_in": _LIFETIME_S, "scope": scope}
        return _token_answer({"access_token": self._signed(claims), **body})

    def _signed_in(
        self, signing_in: SigningIn, form: Mapping[str, str], *, client: str, secret: str
    ) -> Response:
        if client != CLIENT or not secrets.compare_digest(signing_in.secret.encode(), secret.encode()):
            return _error("invalid_client", 401)
        try:
            claims, answer = signing_in.exchange(form)
        except ExchangeError as error:
            return _error(str(error), 400)
        if self._switchboard.knobs.id_token_unsigned:
            return _token_answer({**answer, "id_token": jwt.encode(claims, "", algorithm="none")})
        return _token_answer({**answer, "id_token": self._signed(claims)})

    def _signed(self, claims: dict[str, Any]) -> str:
        unpublished = self._switchboard.knobs.signing_key_unpublished
        key = self._identity.unpublished_key if unpublished else self._identity.signing_keys[-1]
        return jwt.encode(claims, self._read(key).private, algorithm="RS256", headers={"kid": key.kid})


class _Jwks:
    """The key set as an ASGI application, because a fault makes it hang up."""

    def __init__(self, issuer: ScholarAuth) -> None:
        self._issuer = issuer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._issuer.unreachable:
            await hang_up(scope, receive)
        else:
            await JSONResponse(self._issuer.jwks())(scope, receive, send)


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _token_answer(body: Mapping[str, Any]) -> Response:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _error(code: str, status: int) -> Response:
    return JSONResponse({"error": code}, status)
