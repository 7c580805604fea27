"""Who asks: which mode a key sees, whether it may write, and which scopes a restricted key has."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.identity import StripeKeys
from rehearsal.knobs import Knobs
from rehearsal.stripe_double.errors import StripeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A known key. `denied` are the scopes that a restricted key lacks."""

    masked: str
    livemode: bool
    restricted: bool
    denied: frozenset[str]


def identify(authorization: str, *, keys: StripeKeys, knobs: Knobs) -> Caller:
    """The caller behind an Authorization header; an unknown or revoked key is refused with 401."""
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise StripeError(401, "You did not provide an API key in the Authorization header.")
    if key == keys.golive and knobs.golive_key_revoked:
        raise StripeError(401, f"Expired API Key provided: {_mask(key)}", code="api_key_expired")
    modes = {
        keys.golive: not knobs.golive_key_test,
        keys.provider_live: True,
        keys.pilot_live: True,
        keys.provider_test: False,
        keys.pilot_test: False,
    }
    if key not in modes:
        raise StripeError(401, f"Invalid API Key provided: {_mask(key)}")
    restricted = key == keys.golive
    denied = frozenset(knobs.golive_scopes_denied) if restricted else frozenset[str]()
    return Caller(masked=_mask(key), livemode=modes[key], restricted=restricted, denied=denied)


def require_scope(caller: Caller, scope: str, *, account: str) -> None:
    """Refuse a restricted key that lacks `scope`, in Stripe's own words."""
    if scope in caller.denied:
        raise StripeError(
            403,
            f"The provided key '{caller.masked}' does not have the required permissions for this endpoint on "
            f"account '{account}'. Having the '{scope}' permission would allow this request to continue.",
        )


def refuse_write(caller: Caller, *, account: str) -> None:
    """Refuse any write with a restricted key: ours has read scopes only."""
    if caller.restricted:
        raise StripeError(
            403,
            f"The provided key '{caller.masked}' does not have the required permissions for this endpoint on "
            f"account '{account}'. Having the 'rak_checkout_session_write' permission would allow this "
            "request to continue.",
        )


def _mask(key: str) -> str:
    kept = key[:8] if key.startswith(("rk_", "sk_", "pk_")) else ""
    return f"{kept}{'*' * 12}{key[-4:]}"
