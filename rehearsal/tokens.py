"""Tokens among the services: getting one by client credentials, and refusing whoever has no good one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

AUDIENCE = "scholarship_api"
ALGORITHMS = ("RS256", "ES256")

_KEYS_FRESH_S = 2.0
_KEYS_USABLE_S = 600.0
_RENEW_BEFORE_S = 60.0


class RefusedError(Exception):
    """The caller is refused, with the status and the code of the answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"refused with {status} {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose tokens a service believes, and which of its checks a fault has taken away."""

    jwks_url: str
    issuer: str
    accept_alg_none: bool = False


class Guard:
    """Checks bearer tokens against the issuer's published keys, fetched over HTTP and kept for a moment."""

    def __init__(self, http: httpx.AsyncClient, trust: Callable[[], Trust]) -> None:
        self._http = http
        self._trust = trust
        self._keys: dict[str, jwt.PyJWK] = {}
        self._from = ""
        self._fetched = float("-inf")

    async def check(self, headers: Mapping[str, str], *, scope: str) -> None:
        """Let a good token that has `scope` pass; anything else is refused."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise RefusedError(401, "token_missing")
        trust = self._trust()
        try:
            header = jwt.get_unverified_header(token)
            if trust.accept_alg_none and header.get("alg") == "none":
                return
            key = await self._key(str(header.get("kid", "")), trust)
            claims = self._decode(token, trust, key=key)
        except jwt.PyJWTError as error:
            raise RefusedError(401, "token_invalid") from error
        if scope not in str(claims.get("scope", "")).split():
            raise RefusedError(403, "scope_missing")

    @staticmethod
    def _decode(token: str, trust: Trust, *, key: jwt.PyJWK) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=AUDIENCE,
            issuer=trust.issuer,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        return claims

    async def _key(self, kid: str, trust: Trust) -> jwt.PyJWK:
        age = time.monotonic() - self._fetched
        # A key that is not known yet may just have been rotated in.
        if age > _KEYS_FRESH_S or trust.jwks_url != self._from or kid not in self._keys:
            await self._fetch(trust.jwks_url, usable=age < _KEYS_USABLE_S and trust.jwks_url == self._from)
        if kid not in self._keys:
            raise RefusedError(401, "key_unknown")
        return self._keys[kid]

    async def _fetch(self, url: str, *, usable: bool) -> None:
        """Fetch the keys; while the issuer cannot be asked, keys fetched before stay usable for a while."""
        try:
            answer = await self._http.get(url)
            answer.raise_for_status()
            found = jwt.PyJWKSet.from_dict(answer.json())
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            if usable:
                return
            raise RefusedError(503, "keys_unavailable") from error
        self._keys = {str(key.key_id): key for key in found.keys}
        self._from = url
        self._fetched = time.monotonic()


class TokenSource:
    """A service's own token, by client credentials, renewed a minute before it ends."""

    def __init__(self, http: httpx.AsyncClient, *, issuer_url: str, client: str, secret: str) -> None:
        self._http = http
        self._url = f"{issuer_url}/oauth/token"
        self._client = client
        self._secret = secret
        self._token = ""
        self._until = float("-inf")

    async def headers(self) -> dict[str, str]:
        """The Authorization header; raises httpx.HTTPError where the issuer gives no token."""
        if time.monotonic() >= self._until:
            answer = await self._http.post(
                self._url,
                data={"grant_type": "client_credentials", "audience": AUDIENCE},
                auth=(self._client, self._secret),
            )
            answer.raise_for_status()
            granted = answer.json()
            self._token = granted["access_token"]
            self._until = time.monotonic() + granted["expires_in"] - _RENEW_BEFORE_S
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Get a new token next time: the last one was refused."""
        self._until = float("-inf")
