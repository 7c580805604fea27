"""What can be turned in the world: one typed value whose defaults are a healthy launch.

The services read it at every request, so a fault is a different behaviour on the wire, never a different
answer about it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.places import Place


class Knobs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every deviation from health. A tuple names the places that deviate; zero and empty mean healthy."""

    # any place
    down: tuple[Place, ...] = ()
    not_ready: tuple[Place, ...] = ()
    html_ready: tuple[Place, ...] = ()
    new_build: tuple[Place, ...] = ()
    clock_off: tuple[Place, ...] = ()
    blind: bool = False

    # tokens
    jwks_closed: bool = False
    discovery_issuer_wrong: bool = False
    signing_key_unpublished: bool = False
    ledger_open: bool = False
    receipts_open: bool = False
    alg_none_accepted: tuple[Place, ...] = ()

    # browsers
    cors_any_origin: tuple[Place, ...] = ()
    cors_own_refused: tuple[Place, ...] = ()

    # notification
    retired_secret_accepted: bool = False
    provider_notify_secret_wrong: bool = False
    current_secret_refused: bool = False
    envelope_malformed: bool = False
    notification_delay_ms: int = 0

    # addresses
    provider_auto_com_center_url: str = ""
    provider_jwks_url: str = ""
    student_pilot_ledger_url: str = ""
    ledger_issuer: str = ""

    # ledger
    ledger_read_status: int = 0
    ledger_write_status: int = 0
    ledger_delay_ms: int = 0
    ledger_shape_wrong: bool = False
    ledger_refuses_tokens: bool = False

    # Stripe keys
    publishable_key_test: bool = False
    provider_key_test: bool = False
    student_pilot_key_test: bool = False
    golive_key_test: bool = False
    golive_key_revoked: bool = False
    golive_scopes_denied: tuple[str, ...] = ()

    # the Stripe API
    stripe_status: int = 0
    account_restricted: bool = False

    # the webhook endpoint and its deliveries
    endpoint_missing: bool = False
    endpoint_disabled: bool = False
    endpoint_test_mode: bool = False
    endpoint_path: str = ""
    endpoint_events: tuple[str, ...] = ()
    endpoint_version_missing: bool = False
    webhook_status: int = 0
    webhook_delay_ms: int = 0
    webhook_closed: bool = False
    webhook_secret_wrong: bool = False


HEALTHY = Knobs()


def merged(changes: list[dict[str, Any]]) -> Knobs:
    """The knobs with all changes applied: lists are joined, of two single values the later one counts."""
    together: dict[str, Any] = {}
    for change in changes:
        for name, value in change.items():
            both = isinstance(value, list) and name in together
            together[name] = [*together[name], *value] if both else value
    return msgspec.convert(together, Knobs)
