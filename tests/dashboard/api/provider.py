"""A provider that publishes keys, over real HTTP on loopback, and the tokens that it or an attacker makes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

AUDIENCE = "golive"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair, the same in every test that names it so."""
    del name
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """The same on P-256."""
    del name
    return ec.generate_private_key(ec.SECP256R1())


def published(kid: str, key: PrivateKeyTypes, algorithm: str) -> dict[str, Any]:
    """The public half as the provider lists it."""
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": algorithm}


@dataclass(slots=True)
class Publisher:
    """What a provider publishes now, and how often it was asked for its keys."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    issuer: str | None = None
    asked: int = 0

    def answer(self, path: str) -> tuple[int, Mapping[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return self.status, {"issuer": self.issuer or self.url, "jwks_uri": f"{self.url}/jwks"}
        self.asked += 1
        return self.status, {"keys": self.keys}

    def token(
        self,
        *,
        key: Any = None,
        algorithm: str = "RS256",
        headers: Mapping[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        """A good token, but for what is changed."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "rollout-script",
            "iat": now,
            "exp": now + 60,
            "scope": "openid golive:board",
        }
        named = {"kid": "one", **(headers or {})}
        told = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(
            told,
            rsa_key("one") if key is None else key,
            algorithm=algorithm,
            headers={name: value for name, value in named.items() if value is not None},
        )


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A provider with one RSA key."""
    publisher = Publisher(keys=[published("one", rsa_key("one"), "RS256")])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(publisher.answer))
    publisher.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()


def _handler(answer: Callable[[str], tuple[int, Mapping[str, Any]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, told = answer(self.path)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
