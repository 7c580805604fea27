"""What makes a world itself across restarts: its seed, ports, secrets and keys, in one private file.

Keys and secrets are random; the seed only decides ids and jitter.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rehearsal.places import Place

_FILE = "identity.json"


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key pair of the issuer. It stays published until `published_until` (Unix seconds; 0: for good)."""

    kid: str
    pem: str
    published_until: int = 0

    def private(self) -> rsa.RSAPrivateKey:
        """The key itself. Keep it: reading it checks its numbers, which takes a tenth of a second."""
        private = serialization.load_pem_private_key(self.pem.encode(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError(
                f"Got a {type(private).__name__} in {self.kid}, expected RSA; remove identity.json."
            )
        return private

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


class StripeKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Every Stripe credential of the world, the live one and its test twin."""

    golive: str
    provider_live: str
    provider_test: str
    pilot_live: str
    pilot_test: str
    publishable_live: str
    publishable_test: str
    endpoint_secret: str
    endpoint_secret_test: str

    def __repr__(self) -> str:
        return "StripeKeys(…)"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What the services know and nobody else may."""

    control_token: str
    notify_secret: str
    notify_retired: tuple[str, str]
    clients: dict[str, str]

    def __repr__(self) -> str:
        return "Credentials(…)"


class Identity(msgspec.Struct, kw_only=True):
    """The whole of it. `save` after a change."""

    seed: int
    credentials: Credentials
    stripe: StripeKeys
    signing_keys: list[SigningKey]
    unpublished_key: SigningKey
    ports: dict[Place, int] = {}
    releases: dict[Place, int] = {}
    sign_in_secret: str = ""
    """golive's own, where people sign in; made when somebody first does."""

    def __repr__(self) -> str:
        return f"Identity(seed={self.seed}, …)"


def load_or_create(state_dir: Path, *, seed: int) -> Identity:
    """The identity kept in `state_dir` with the seed it was made with, or a fresh one."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = state_dir / _FILE
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Identity)
    identity = _create(seed)
    save(identity, state_dir=state_dir)
    return identity


def save(identity: Identity, *, state_dir: Path) -> None:
    """Write the identity so that a kill leaves either the old file or the new one."""
    path = state_dir / _FILE
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(identity))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def new_signing_key() -> SigningKey:
    """A fresh RSA key pair."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(kid=f"key-{secrets.token_hex(6)}", pem=pem.decode())


def _create(seed: int) -> Identity:
    clients = ("golive", "provider_register", "student_pilot")
    return Identity(
        seed=seed,
        credentials=Credentials(
            control_token=secrets.token_urlsafe(24),
            notify_secret=secrets.token_urlsafe(32),
            notify_retired=(secrets.token_urlsafe(32), secrets.token_urlsafe(32)),
            clients={client: secrets.token_urlsafe(32) for client in clients},
        ),
        stripe=_stripe_keys(),
        signing_keys=[new_signing_key()],
        unpublished_key=new_signing_key(),
    )


def _stripe_keys() -> StripeKeys:
    def key(prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"

    return StripeKeys(
        golive=key("rk_live_rehearsal"),
        provider_live=key("sk_live_rehearsal"),
        provider_test=key("sk_test_rehearsal"),
        pilot_live=key("sk_live_rehearsal"),
        pilot_test=key("sk_test_rehearsal"),
        publishable_live=key("pk_live_rehearsal"),
        publishable_test=key("pk_test_rehearsal"),
        endpoint_secret=f"whsec_{secrets.token_urlsafe(24)}",
        endpoint_secret_test=f"whsec_{secrets.token_urlsafe(24)}",
    )
