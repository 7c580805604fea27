"""What can be turned in the world: one typed value whose defaults are a healthy launch.

The services read it at every request, so a fault is a different behaviour on the wire, never a different
answer about it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rehearsal.places import Place

_StripePath = Annotated[str, Meta(pattern=r"^[a-z_]+(/[a-z_]+)?$")]


class PathFault(StrEnum):
    """How one path of the Stripe API goes wrong, list and single objects alike."""

    GLOBAL_RATE = "429 global-rate"
    GLOBAL_CONCURRENCY = "429 global-concurrency"
    ENDPOINT_RATE = "429 endpoint-rate"
    ENDPOINT_CONCURRENCY = "429 endpoint-concurrency"
    RESOURCE_SPECIFIC = "429 resource-specific"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    REVOKED = "401"
    REVOKED_BETWEEN_PAGES = "401 after the first page"
    SLOW = "slow"
    RESET = "reset"
    HTML = "html"
    CUT_JSON = "cut json"
    UNKNOWN_ENUM = "unknown enum"
    UNKNOWN_FIELD = "unknown field"
    MORE_WITHOUT_DATA = "has_more without data"


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
    id_token_unsigned: bool = False

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
    ledger_credits_twice: bool = False
    ledger_orphan_rows: bool = False
    ledger_overdraws: bool = False
    spending_denied: bool = False
    usage_rounded_down: bool = False
    refunds_not_debited: bool = False

    # Stripe keys
    publishable_key_test: bool = False
    provider_key_test: bool = False
    student_pilot_key_test: bool = False
    golive_key_test: bool = False
    golive_key_revoked: bool = False
    golive_scopes_denied: tuple[str, ...] = ()

    # the Stripe API
    stripe_status: int = 0
    stripe_paths: dict[_StripePath, PathFault] = {}
    account_restricted: bool = False
    listed_late_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    test_objects_leak: bool = False

    # how a payment goes, and what it leaves at Stripe
    card_declines: Annotated[int, Meta(ge=0, le=5)] = 0
    captured_cents: Annotated[int, Meta(ge=0, le=998)] = 0
    full_coupon: bool = False
    charge_unlinked: bool = False
    charged_twice: bool = False
    test_twin: bool = False
    fee_delay_s: Annotated[int, Meta(ge=0)] = 0
    net_off_by_cents: int = 0

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
    events_never_made: tuple[str, ...] = ()
    deliveries_doubled: bool = False
    deliveries_reordered: bool = False
    pending_zero_after_final: bool = False

    # what provider_register makes of a genuine event
    credit_lost: bool = False
    credit_then_status: int = 0
    credited_cents: int = 0
    credited_credits: int = 0
    credited_currency: str = ""


HEALTHY = Knobs()


def merged(changes: list[dict[str, Any]]) -> Knobs:
    """The knobs with all changes applied: lists and tables are joined, else the later one counts."""
    together: dict[str, Any] = {}
    for change in changes:
        for name, value in change.items():
            together[name] = _joined(together[name], value) if name in together else value
    return msgspec.convert(together, Knobs)


def _joined(earlier: Any, later: Any) -> Any:
    if isinstance(earlier, list) and isinstance(later, list):
        return [*earlier, *later]
    if isinstance(earlier, dict) and isinstance(later, dict):
        return {**earlier, **later}
    return later
