"""The issuer of tokens: where it says it is, which keys it publishes, and whether its tokens verify.

The client secret goes to the discovery document's token endpoint on the same origin and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
import msgspec
from jwt.types import Options

from collectors.asking import Answer, Asker
from collectors.masked import Masked
from collectors.observation import Observation
from collectors.probe import OK, Question, document, label, shaped, status_error
from collectors.tokens import TokenSource as TokenSource  # noqa: PLC0414 - part of the API of this file
from collectors.tokens import discovery

LEEWAY_S = 5
_DATES_UNREAD: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


class KeySet(msgspec.Struct, frozen=True):
    """A JWKS: its keys are parsed one by one, and only the one that is needed."""

    keys: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryProbe(Question):
    """Asks what the issuer says about itself, and whether its keys can be had where we expect them."""

    discovery_url: str
    issuer: str
    jwks_url: str

    async def _look(self, asker: Asker) -> Observation:
        answer = await asker.ask("GET", self.discovery_url)
        found = discovery(answer)
        _, keys = await _key_set(asker, self.jwks_url)
        facts = {
            "issuer_matches": found.issuer == self.issuer,
            "jwks_matches": found.jwks_uri == self.jwks_url,
            "keys": len(keys.keys),
        }
        return self._seen(asker, answer, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProbe(Question):
    """Gets a new token as a service would and verifies it against the published keys."""

    tokens: TokenSource
    jwks_url: str
    issuer: str
    audience: str
    algorithms: tuple[str, ...]

    async def _look(self, asker: Asker) -> Observation:
        token = await self.tokens.fresh(asker)
        answer, keys = await _key_set(asker, self.jwks_url)
        header = _header(token)
        verified = self._verifies(token, header, keys, now=asker.clock())
        facts = {"verified": verified, "alg": label(header.get("alg"))}
        return self._seen(asker, answer, facts)

    def _verifies(self, token: Masked, header: dict[str, Any], keys: KeySet, *, now: datetime) -> bool:
        key = next((key for key in keys.keys if key.get("kid") == header.get("kid")), None)
        if key is None or "kid" not in header:
            return False
        try:
            claims = jwt.decode(
                token.reveal(),
                jwt.PyJWK.from_dict(key),
                algorithms=list(self.algorithms),
                audience=self.audience,
                issuer=self.issuer,
                options={"require": ["exp", "iat", "iss", "aud"], **_DATES_UNREAD},
            )
        except jwt.PyJWTError:
            return False
        return _is_current(claims, now.timestamp())


async def _key_set(asker: Asker, url: str) -> tuple[Answer, KeySet]:
    answer = await asker.ask("GET", url)
    if answer.status != OK:
        raise status_error(answer, "200 with the published keys")
    return answer, shaped(answer, document(answer), KeySet, "an object with a list of keys")


def _is_current(claims: dict[str, Any], now_s: float) -> bool:
    """By golive's own clock: the library goes by the host's, which may be set in the middle of a launch."""
    dates = [claims["iat"], claims.get("nbf", claims["iat"]), claims["exp"]]
    if not all(isinstance(date, int | float) and not isinstance(date, bool) for date in dates):
        return False
    issued, begins, ends = dates
    return bool(max(issued, begins) - LEEWAY_S <= now_s < ends + LEEWAY_S)


def _header(token: Masked) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token.reveal())
    except jwt.PyJWTError:
        return {}
