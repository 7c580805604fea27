"""What can be read: each resource with its path, the scope it needs and the parameters it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCOUNT = "acct_rehearsal0000001"
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One list under /v1. `filters` are the parameters it takes beside paging; `expandable` the fields that
    can be shown as the object they name, each with the kind of that object.
    """

    kind: str
    path: str
    scope: str
    filters: frozenset[str] = field(default_factory=frozenset)
    expandable: Mapping[str, str] = field(default_factory=dict)


def _resource(kind: str, path: str, scope: str, filters: str = "", **expandable: str) -> Resource:
    return Resource(
        kind=kind, path=path, scope=scope, filters=frozenset(filters.split()), expandable=expandable
    )


RESOURCES: tuple[Resource, ...] = (
    _resource(
        "charge",
        "charges",
        "rak_charge_read",
        "created customer payment_intent transfer_group",
        balance_transaction="balance_transaction",
        payment_intent="payment_intent",
    ),
    _resource(
        "payment_intent",
        "payment_intents",
        "rak_payment_intent_read",
        "created customer customer_account",
        latest_charge="charge",
    ),
    _resource(
        "checkout.session",
        "checkout/sessions",
        "rak_checkout_session_read",
        "created customer customer_account payment_intent payment_link status subscription customer_details",
        payment_intent="payment_intent",
    ),
    _resource("event", "events", "rak_event_read", "created delivery_success type types"),
    _resource("webhook_endpoint", "webhook_endpoints", "rak_webhook_read"),
    _resource(
        "balance_transaction",
        "balance_transactions",
        "rak_balance_transaction_source_read",
        "created currency payout source type",
    ),
    _resource(
        "refund",
        "refunds",
        "rak_charge_read",
        "created charge payment_intent",
        balance_transaction="balance_transaction",
        charge="charge",
        payment_intent="payment_intent",
    ),
    _resource(
        "dispute",
        "disputes",
        "rak_dispute_read",
        "created charge payment_intent",
        charge="charge",
        payment_intent="payment_intent",
    ),
)
