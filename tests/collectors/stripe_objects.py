"""Objects as Stripe answers them, with personal data planted wherever Stripe has a place for some."""

from __future__ import annotations

from typing import Any

EMAIL = "canary.buyer@rehearsal.example"
NAME = "Canary Buyer"
PHONE = "+15550109999"
RECEIPT = "https://pay.rehearsal.example/receipts/canary-bearer-link"
PLANTED = (EMAIL, NAME, PHONE, "canary", "Canary", "5550109999")

BUYER = {
    "billing_details": {"email": EMAIL, "name": NAME, "phone": PHONE, "address": {"line1": f"{NAME} 1"}},
    "description": f"for {NAME}",
    "receipt_email": EMAIL,
    "statement_descriptor": NAME,
}
METADATA = {"correlation_id": "c-1", "order_id": EMAIL, "sku": NAME, "account_id": PHONE, "note": NAME}

Object = dict[str, Any]


def charge(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"ch_3{number:015d}",
        "object": "charge",
        "created": created,
        "livemode": True,
        "status": "succeeded",
        "amount": 999,
        "amount_captured": 999,
        "amount_refunded": 0,
        "currency": "usd",
        "paid": True,
        "captured": True,
        "payment_intent": f"pi_3{number:015d}",
        "balance_transaction": f"txn_3{number:015d}",
        "failure_code": None,
        "failure_message": f"{NAME} has no money",
        "outcome": {"type": "authorized", "network_status": "approved_by_network", "seller_message": NAME},
        "metadata": METADATA,
        "receipt_url": RECEIPT,
    }
    return BUYER | plain | changes


def intent(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"pi_3{number:015d}",
        "object": "payment_intent",
        "created": created,
        "livemode": True,
        "status": "succeeded",
        "amount": 999,
        "amount_received": 999,
        "currency": "usd",
        "latest_charge": f"ch_3{number:015d}",
        "client_secret": f"pi_3{number:015d}_secret_canary",
        "metadata": METADATA,
    }
    return BUYER | plain | changes


def session(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"cs_live_a{number:015d}",
        "object": "checkout.session",
        "created": created,
        "livemode": True,
        "mode": "payment",
        "payment_status": "paid",
        "status": "complete",
        "currency": "usd",
        "amount_total": 999,
        "payment_intent": f"pi_3{number:015d}",
        "client_reference_id": EMAIL,
        "customer_details": BUYER["billing_details"],
        "metadata": METADATA,
        "url": "https://checkout.rehearsal.example/canary",
    }
    return BUYER | plain | changes


def transaction(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"txn_3{number:015d}",
        "object": "balance_transaction",
        "created": created,
        "amount": 999,
        "fee": 59,
        "net": 940,
        "currency": "usd",
        "type": "charge",
        "reporting_category": "charge",
        "status": "pending",
        "available_on": created + 172_800,
        "source": f"ch_3{number:015d}",
        "description": NAME,
    }
    return plain | changes


def event(number: int, created: int, kind: str = "payment_intent.succeeded", **changes: Any) -> Object:
    plain = {
        "id": f"evt_3{number:015d}",
        "object": "event",
        "created": created,
        "livemode": True,
        "type": kind,
        "pending_webhooks": 0,
        "api_version": "2026-10-28.endive",
        "data": {"object": intent(number, created), "previous_attributes": {"email": EMAIL}},
        "request": {"id": "req_1", "idempotency_key": EMAIL},
    }
    return plain | changes


def refund(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"re_3{number:015d}",
        "object": "refund",
        "created": created,
        "amount": 999,
        "currency": "usd",
        "status": "succeeded",
        "charge": f"ch_3{number:015d}",
        "payment_intent": f"pi_3{number:015d}",
        "reason": NAME,
        "instructions_email": EMAIL,
    }
    return plain | changes


def dispute(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"dp_3{number:015d}",
        "object": "dispute",
        "created": created,
        "livemode": True,
        "amount": 999,
        "currency": "usd",
        "status": "needs_response",
        "charge": f"ch_3{number:015d}",
        "payment_intent": None,
        "reason": "fraudulent",
        "evidence": {"customer_email_address": EMAIL, "customer_name": NAME},
    }
    return plain | changes


def endpoint(number: int, created: int, **changes: Any) -> Object:
    plain = {
        "id": f"we_3{number:015d}",
        "object": "webhook_endpoint",
        "created": created,
        "livemode": True,
        "status": "enabled",
        "url": "https://canary:canary@provider.example/stripe/webhook?key=canary",
        "enabled_events": ["*"],
        "api_version": "2026-10-28.endive",
        "description": NAME,
        "metadata": METADATA,
    }
    return plain | changes
