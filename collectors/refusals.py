"""Whether a protected endpoint refuses everybody without a good token. Asked with bad tokens only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import jwt

from collectors.asking import Asker
from collectors.gatekeeping import reactions, slowest
from collectors.observation import Observation
from collectors.probe import Question, answers

# The example key of RFC 7515 appendix A.3. The whole world knows it, so no issuer may trust it; using it
# saves making a key, and a token signed with it can be recognised in a service's log.
STRANGERS_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
STRANGER = "https://unknown-issuer.invalid"
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalsProbe(Question):
    """Asks with no token, garbage, a stranger's token and an unsigned one; counts who was let in."""

    url: str
    method: str
    issuer: str
    audience: str

    async def _look(self, asker: Asker) -> Observation:
        tokens = self._bad_tokens(asker.clock())
        asks = [
            partial(asker.ask, self.method, self.url, headers=_bearer(token)) for token in tokens.values()
        ]
        seen = reactions(list(tokens), await answers(asks))
        facts = {
            "asked": len(seen.clear),
            "accepted": len(seen.let_in),
            "accepted_kinds": ",".join(sorted(seen.let_in)) or None,
        }
        return self._seen(asker, slowest(tuple(seen.let_in.values()) or seen.clear), facts)

    def _bad_tokens(self, now: datetime) -> dict[str, str | None]:
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "golive",
            "iat": now,
            "exp": now + LIFETIME,
        }
        stranger = jwt.PyJWK.from_dict(STRANGERS_KEY, algorithm="ES256")
        foreign = jwt.encode(claims | {"iss": STRANGER}, stranger.key, "ES256", headers={"kid": "stranger"})
        return {
            "no_token": None,
            "garbage": "golive-garbage",
            "wrong_issuer": foreign,
            "alg_none": jwt.encode(claims, "", algorithm="none"),
        }


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}
