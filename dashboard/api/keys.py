"""The keys that the provider publishes: asked for when a new one is named, kept while it cannot be asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import jwt

from dashboard.api.tokens import KeysUnknownError, TokenError

AGAIN_S: Final = 10.0
"""A key that nobody knows is looked for at most so often: whoever invents names cannot make us ask."""

RENEWED_S: Final = 300.0
"""What was withdrawn is believed no longer than that, while the provider answers."""

KEPT_S: Final = 3_600.0
"""While it does not, the keys that are known go on for so long, and then nobody is believed."""

TIMEOUT_S: Final = 5.0
MOST_BYTES: Final = 1 << 18
LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class ProviderKeys:
    """Asks the provider's discovery document where its keys are, and keeps them. `clock` is monotonic."""

    issuer: str
    clock: Callable[[], float]
    _keys: dict[str, jwt.PyJWK] = field(init=False, default_factory=dict)
    _read_at: float | None = field(init=False, default=None)
    _asked_at: float | None = field(init=False, default=None)
    _one_at_a_time: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of this name. Raises `TokenError` for one that the provider does not publish, and
        `KeysUnknownError` where it has not been asked for too long.
        """
        async with self._one_at_a_time:
            if self._may_ask() and (kid not in self._keys or self._age() > RENEWED_S):
                await self._ask()
        if self._age() > KEPT_S:
            raise KeysUnknownError(f"the keys of {self.issuer} are not known, expected them to be published")
        if kid not in self._keys:
            raise TokenError(f"got a key that {self.issuer} does not publish, expected one of its own")
        return self._keys[kid]

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self.clock() - self._read_at

    def _may_ask(self) -> bool:
        return self._asked_at is None or self.clock() - self._asked_at >= AGAIN_S

    async def _ask(self) -> None:
        self._asked_at = self.clock()
        try:
            async with httpx.AsyncClient(
                timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
            ) as client:
                told = await _json(client, f"{self.issuer}/.well-known/openid-configuration")
                published = await _json(client, _keys_address(told, self.issuer))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            LOG.warning("the keys of %s cannot be read: %s", self.issuer, f"{error}" or type(error).__name__)
            return
        self._keys = {key.key_id: key for key in _read(published) if key.key_id}
        self._read_at = self._asked_at


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    answer = await client.get(url)
    answer.raise_for_status()
    if len(answer.content) > MOST_BYTES:
        raise ValueError(f"got {len(answer.content):,} bytes from {url}, expected less")
    told = answer.json()
    if not isinstance(told, dict):
        raise ValueError(f"got no object from {url}, expected one")  # noqa: TRY004 - what was told is wrong
    return told


def _keys_address(told: dict[str, Any], issuer: str) -> str:
    """Where the keys are, of the issuer that was meant: another one's document proves nothing."""
    if f"{told.get('issuer')}".rstrip("/") != issuer:
        raise ValueError(f"got the issuer {told.get('issuer')!r} there, expected {issuer}")
    address = f"{told.get('jwks_uri')}"
    if not address.startswith("https://") and not issuer.startswith("http://"):
        raise ValueError(f"got the keys at {address!r}, expected https://")
    return address


def _read(published: dict[str, Any]) -> list[jwt.PyJWK]:
    """Every key pair for signing that can be read; the others are of no use to us."""
    found = []
    listed = published.get("keys")
    for told in listed if isinstance(listed, list) else ():
        try:
            if told.get("use", "sig") == "sig" and told.get("kty") != "oct":
                found.append(jwt.PyJWK(told))
        except (jwt.PyJWTError, AttributeError):
            continue
    return found
