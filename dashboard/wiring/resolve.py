"""Fills in what a plan leaves to the environment, and refuses to start with a part of it missing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.launch.plan import FromEnvironment, Plan, Secret, Text

STRIPE_API = "https://api.stripe.com"


class UnresolvedError(Exception):
    """The environment lacks something that the plan names, or an address cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """A plan beside the environment that completes it."""

    plan: Plan
    environ: Mapping[str, str] = field(repr=False)

    def text(self, value: Text) -> str:
        """The text itself, wherever the plan keeps it."""
        if isinstance(value, str):
            return value
        return self.environ.get(value.env) or value.default or ""

    def secret(self, value: Secret) -> Masked:
        """A secret on its way to the part that needs it."""
        return Masked(self.environ.get(value.env, ""))

    def base_url(self, service: str) -> str:
        """A service's base address without a trailing slash."""
        return self.text(self.plan.services[service].base_url).rstrip("/")

    def url(self, service: str, path: str) -> str:
        """A service's address of a path; `{user}` stands for the ledger's user."""
        return self.base_url(service) + path.replace("{user}", self.text(self.plan.ledger.user))

    def stripe_base(self) -> str:
        """Where Stripe's API is asked."""
        return self.text(self.plan.stripe.api_base).rstrip("/")

    def environment(self) -> Environment:
        """Live only where the real Stripe is asked: anything else can prove nothing about live money."""
        return Environment.LIVE if self.stripe_base() == STRIPE_API else Environment.REHEARSAL


def resolve(plan: Plan, environ: Mapping[str, str]) -> Resolver:
    """Check that every name is set and every address usable. Raises `UnresolvedError` naming all faults."""
    missing = [
        f"{name} is not set, {key} needs it"
        for key, name, optional in named_in(plan)
        if not optional and not environ.get(name)
    ]
    if missing:
        raise UnresolvedError(
            "\n".join([*missing, "set each of them, or write what is no secret into the plan"])
        )
    resolver = Resolver(plan=plan, environ=environ)
    addresses = {f"services.{name}.base_url": resolver.base_url(name) for name in plan.services}
    addresses |= {
        "stripe.api_base": resolver.stripe_base(),
        "issuer.jwks_url": resolver.text(plan.issuer.jwks_url),
    }
    unusable = [f"{key}: {fault}" for key, url in addresses.items() if (fault := _fault_of(url))]
    if unusable:
        raise UnresolvedError("\n".join(unusable))
    return resolver


def named_in(plan: Plan) -> Iterator[tuple[str, str, bool]]:
    """Every environment variable the plan names: (key in the plan, name, has a default)."""
    yield from _named(plan, "")


def _named(value: object, key: str) -> Iterator[tuple[str, str, bool]]:
    if isinstance(value, FromEnvironment):
        yield key, value.env, value.default is not None
    elif isinstance(value, Secret):
        yield key, value.env, False
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _named(getattr(value, field), f"{key}.{field}".lstrip("."))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _named(inner, f"{key}.{name}")
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _named(inner, f"{key}[{index}]")


def _fault_of(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
        return None
    if parts.scheme == "http":
        return f'got plain http to "{parts.hostname}", expected https outside loopback; mend the address'
    return "got no web address, expected https://host; mend the address"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
