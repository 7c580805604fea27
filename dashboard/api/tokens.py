"""Bearer tokens: a JWT of the team's own provider, checked against the keys that it publishes.

Only its algorithm, its key, its issuer, its audience and its times count; what a token says of where its key
may be found is read by nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Of key pairs alone: a key that is published must never do for a secret that is shared."""

LONGEST: Final = 8_192
_REQUIRED: Final = ["exp", "iss", "aud", "sub"]


class TokenError(Exception):
    """The token is not to be believed; why is for the log, whoever asks is told no more than that."""


class KeysUnknownError(TokenError):
    """Whether it is to be believed cannot be told now: the provider's keys are not known."""


class PublicKeys(Protocol):
    """The keys that a provider publishes."""

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of this name. Raises `TokenError` where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever asks: `subject` is the provider's own name for it, `scopes` what it may ask for."""

    subject: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Checks tokens of one issuer for one audience."""

    issuer: str
    audience: str
    keys: PublicKeys

    async def caller(self, token: str) -> Caller:
        """Whoever this token is of. Raises `TokenError`."""
        if len(token) > LONGEST:
            raise TokenError(f"got a token of {len(token):,} characters, expected {LONGEST:,} at most")
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenError(f"got no token ({error}), expected a JWT") from error
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise TokenError(f"got the algorithm {algorithm!r}, expected one of {', '.join(ALGORITHMS)}")
        if not isinstance(kid, str):
            raise TokenError("got a token that names no key, expected its kid")
        key = await self.keys.key(kid)
        return _caller(self._claims(token, key))

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        if key.algorithm_name not in ALGORITHMS:
            raise TokenError(f"got a key for {key.algorithm_name}, expected one of {', '.join(ALGORITHMS)}")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=[self.issuer, f"{self.issuer}/"],
                audience=self.audience,
                leeway=0,
                options={"require": _REQUIRED, "strict_aud": False},
            )
            _refuse_twice(token)
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenError(f"got a token that is not to be believed ({error})") from error
        return claims


def _caller(claims: Mapping[str, Any]) -> Caller:
    told = claims.get("scope", claims.get("scp", ()))
    scopes: Sequence[Any] = told.split() if isinstance(told, str) else told if isinstance(told, list) else ()
    return Caller(subject=str(claims["sub"]), scopes=frozenset(one for one in scopes if isinstance(one, str)))


def _refuse_twice(token: str) -> None:
    """Of a claim that stands twice readers take one or the other; of a header just so."""
    header, payload, _ = token.split(".")
    for part in (header, payload):
        json.loads(jwt.utils.base64url_decode(part), object_pairs_hook=_once)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a claim stands in it twice")
    return found
