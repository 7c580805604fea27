"""An issuer of tokens on the loopback source: discovery, keys, client credentials and real signatures."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from collectors.asking import Masked
from collectors.tokens import TokenSource
from tests.collectors.loopback import Loopback, Reply, Request, as_json

CLIENT, SECRET = "golive", "canary-client-secret"
AUDIENCE = "scholarship_api"


@dataclass
class Issuing:
    """`claims`, `discovery` and `published` can be bent by a test before it asks."""

    source: Loopback
    lifetime_s: int = 300
    kid: str = "key-1"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    issued: int = 0

    def __post_init__(self) -> None:
        public: dict[str, Any] = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        self.published = {"keys": [public | {"kid": self.kid, "alg": "ES256", "use": "sig"}]}
        self.discovery = {
            "issuer": self.source.base,
            "jwks_uri": self.jwks_url,
            "token_endpoint": self.source.url("/oauth/token"),
        }
        self.source.on("/discovery", lambda _: as_json(self.discovery))
        self.source.on("/jwks.json", lambda _: as_json(self.published))
        self.source.on("/oauth/token", self._issue)

    @property
    def discovery_url(self) -> str:
        return self.source.url("/discovery")

    @property
    def jwks_url(self) -> str:
        return self.source.url("/jwks.json")

    def tokens(self, secret: str = SECRET) -> TokenSource:
        return TokenSource(
            discovery_url=self.discovery_url,
            client_id=CLIENT,
            client_secret=Masked(secret),
            audience=AUDIENCE,
            scope="ledger:read",
        )

    def _issue(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if _credentials(request, form) != (CLIENT, SECRET):
            return as_json({"error": "invalid_client"}, status=401)
        self.issued += 1
        now = datetime.now(UTC)
        claims = {
            "iss": self.source.base,
            "aud": form.get("audience"),
            "sub": CLIENT,
            "iat": now,
            "exp": now + timedelta(seconds=self.lifetime_s),
            "jti": f"canary-token-{self.issued}",
        } | self.claims
        token = jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": self.kid})
        return as_json({"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime_s})


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    header = request.headers.get("authorization", "")
    if header.startswith("Basic "):
        client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return client, secret
    return form.get("client_id", ""), form.get("client_secret", "")
