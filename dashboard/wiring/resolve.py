"""Fills in what a plan leaves to the environment, and refuses to start with a part of it missing."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import msgspec

from collectors.masked import Masked
from collectors.observation import Environment
from collectors.stripe_key import refuse_key
from dashboard.launch.plan import Plan, Secret, Text
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.plan_values import FromEnvironment
from dashboard.settings import REHEARSAL_URL
from evidence.redaction import find_secret

STRIPE_API = "https://api.stripe.com"
_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,60}")
_SEAL = "# As it was resolved:"


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

    def account(self) -> str | None:
        """The Stripe account of the launch; None where the plan names none."""
        account = self.plan.stripe.account
        return None if account is None else self.text(account)

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
    faults = unusable(resolver)
    if faults:
        raise UnresolvedError("\n".join(f"{key}: {fault}" for key, fault in faults.items()))
    return resolver


def unusable(resolver: Resolver) -> Mapping[str, str]:
    """What is set and cannot be used, by its key in the plan, each with a sentence."""
    addresses = {f"services.{name}.base_url": resolver.base_url(name) for name in resolver.plan.services}
    addresses |= {
        "stripe.api_base": resolver.stripe_base(),
        "issuer.jwks_url": resolver.text(resolver.plan.issuer.jwks_url),
    }
    faults = {key: fault for key, url in addresses.items() if (fault := _fault_of(url))}
    account = resolver.account()
    if account is not None and not _ACCOUNT.fullmatch(account):
        faults["stripe.account"] = "got no account id, expected acct_…; copy it from Stripe's settings"
    return faults


def refused_key(resolver: Resolver) -> str | None:
    """Why the key of Stripe is never sent to this address; None where it may be."""
    return refuse_key(resolver.secret(resolver.plan.stripe.key), resolver.stripe_base())


def refuse_key_kind(resolver: Resolver) -> None:
    """Say at the start what would be said of every question: that this key is never sent to this address."""
    refusal = refused_key(resolver)
    if refusal is not None:
        raise UnresolvedError(f"{resolver.plan.stripe.key.env}: {refusal}")


def refuse_live_rehearsal(resolver: Resolver) -> None:
    """A rehearsal world beside the real Stripe would write its play into the live store."""
    if REHEARSAL_URL in resolver.environ and resolver.environment() is Environment.LIVE:
        raise UnresolvedError(
            "got a rehearsal over a plan that asks the real Stripe, expected one that takes STRIPE_API_BASE; "
            'write api_base = { env = "STRIPE_API_BASE", default = "https://api.stripe.com" } into the plan'
        )


def sealed(loaded: LoadedPlan, environ: Mapping[str, str]) -> LoadedPlan:
    """The plan together with what the environment made of it: that is what a run is of.

    The addresses are appended to the text as comments, so that the same file over other hosts is another run
    and whoever replays it reads what was asked. Secrets are named in the plan and not among them.
    """
    named = [value for _, value in _named(loaded.plan, "") if isinstance(value, FromEnvironment)]
    texts = {value.env: environ.get(value.env) or value.default or "" for value in named}
    lines = [f"# {name} = {json.dumps(_storable(text))}" for name, text in sorted(texts.items())]
    text = "\n".join([loaded.text.rstrip("\n"), "", _SEAL, *lines, ""])
    return replace(loaded, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())


def recorded(loaded: LoadedPlan) -> Mapping[str, str]:
    """What the environment made of a sealed plan, but for what is never stored: where it was asked."""
    found: dict[str, str] = {}
    for line in loaded.text.partition(_SEAL)[2].splitlines():
        name, is_told, value = line.removeprefix("# ").partition(" = ")
        text = json.loads(value) if is_told else ""
        if text and not text.startswith("sha256:"):
            found[name] = text
    return found


def named_in(plan: Plan) -> Iterator[tuple[str, str, bool]]:
    """Every environment variable the plan names: (key in the plan, name, has a default)."""
    for key, value in _named(plan, ""):
        yield key, value.env, isinstance(value, FromEnvironment) and value.default is not None


def _storable(text: str) -> str:
    """The text itself, or its hash where it is something that is never stored (a user named by an e-mail)."""
    return text if find_secret(text) is None else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def secret_names(plan: Plan) -> frozenset[str]:
    """The environment variables that hold secrets."""
    return frozenset(value.env for _, value in _named(plan, "") if isinstance(value, Secret))


def _named(value: object, key: str) -> Iterator[tuple[str, FromEnvironment | Secret]]:
    if isinstance(value, (FromEnvironment, Secret)):
        yield key, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _named(getattr(value, name), f"{key}.{name}".lstrip("."))
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
