"""Stripe's objects, in the shape of API version 2026-10-28.endive.

They carry planted personal data under the `CANARY_` names, so that a leak further on can be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.stripe_double.effects import Object, Told
from rehearsal.stripe_double.resources import ACCOUNT, API_VERSION

CANARY_EMAIL = "canary.buyer@rehearsal.example"
CANARY_NAME = "Canary Buyer"
CANARY_PHONE = "+15550109999"
CANARY_RECEIPT_URL = "https://pay.rehearsal.example/receipts/canary-bearer-link"

_SESSION_LIFETIME_S = 86_400
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
_CARD = {"brand": "visa", "exp_month": 12, "exp_year": 2034, "last4": "4242"}
_FEE = {"percent": 29, "per": 1000, "fixed": 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a Checkout Session was asked for."""

    amount: int
    currency: str
    success_url: str
    client_reference_id: str | None
    metadata: Mapping[str, str]
    payment_metadata: Mapping[str, str]


def session(name: str, order: Order, *, created: int, livemode: bool, base: str) -> Object:
    """An open Checkout Session; its payment intent is null until it is paid."""
    return {
        "id": name,
        "object": "checkout.session",
        "amount_subtotal": order.amount,
        "amount_total": order.amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "client_reference_id": order.client_reference_id,
        "created": created,
        "currency": order.currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(_TEXTS),
        "customer": None,
        "customer_details": None,
        "customer_email": None,
        "expires_at": created + _SESSION_LIFETIME_S,
        "livemode": livemode,
        "metadata": dict(order.metadata),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": order.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base}/c/pay/{name}",
    }


def paid_session(unpaid: Object, intent: str) -> Object:
    """The session after its payment."""
    address = {
        "city": None,
        "country": "US",
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    }
    buyer = {"email": CANARY_EMAIL, "name": CANARY_NAME, "phone": CANARY_PHONE, "tax_exempt": "none"}
    details = {**buyer, "address": address, "tax_ids": []}
    paid = {"payment_intent": intent, "payment_status": "paid", "status": "complete", "url": None}
    return {**unpaid, **paid, "customer_details": details}


def free_session(unpaid: Object) -> Object:
    """The session of somebody with a coupon over the whole price: complete, and nothing was charged."""
    details = {**unpaid["total_details"], "amount_discount": unpaid["amount_subtotal"]}
    done = {"payment_status": "no_payment_required", "status": "complete", "url": None}
    return {**unpaid, **done, "amount_total": 0, "total_details": details}


def payment_intent(
    name: str, paid: Object, metadata: Object, *, created: int, captured: int | None = None
) -> Object:
    """The succeeded payment of a session; only `captured` is taken where that is less."""
    received = paid["amount_total"] if captured is None else captured
    return {
        "id": name,
        "object": "payment_intent",
        "amount": paid["amount_total"],
        "amount_capturable": 0,
        "amount_received": received,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async" if captured is None else "manual",
        "client_secret": f"{name}_secret_canary",
        "confirmation_method": "automatic",
        "created": created,
        "currency": paid["currency"],
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": paid["livemode"],
        "metadata": metadata,
        "next_action": None,
        "payment_method_types": ["card"],
        "receipt_email": CANARY_EMAIL,
        "status": "succeeded",
    }


def charge(name: str, intent: Object, *, created: int) -> Object:
    """The captured charge of a payment; its balance transaction comes later."""
    amount = intent["amount"]
    return {
        "id": name,
        "object": "charge",
        "amount": amount,
        "amount_captured": intent["amount_received"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"email": CANARY_EMAIL, "name": CANARY_NAME, "phone": CANARY_PHONE},
        "captured": True,
        "created": created,
        "currency": intent["currency"],
        "customer": None,
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": intent["livemode"],
        "metadata": intent["metadata"],
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method_details": {"card": dict(_CARD), "type": "card"},
        "receipt_email": CANARY_EMAIL,
        "receipt_url": CANARY_RECEIPT_URL,
        "refunded": False,
        "status": "succeeded",
    }


def failed_charge(name: str, intent: Object, *, created: int) -> Object:
    """A try that the buyer's bank declined."""
    failed = {"status": "failed", "paid": False, "captured": False, "amount_captured": 0}
    outcome = {
        "network_status": "declined_by_network",
        "reason": "generic_decline",
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    said = {"failure_code": "card_declined", "failure_message": "Your card was declined.", "outcome": outcome}
    return {**charge(name, intent, created=created), **failed, **said}


def declined_intent(intent: Object, failed: Object) -> Object:
    """The payment after a try that failed, waiting for another card."""
    error = {"code": "card_declined", "decline_code": "generic_decline", "type": "card_error"}
    return {
        **intent,
        "amount_received": 0,
        "last_payment_error": {**error, "message": "Your card was declined."},
        "latest_charge": failed["id"],
        "status": "requires_payment_method",
    }


def balance_transaction(name: str, source: Object, *, created: int) -> Object:
    """What the charge brings after Stripe's fee: 2.9 % and 30, of 999 it is 59."""
    amount = source["amount_captured"]
    fee = (amount * _FEE["percent"] + _FEE["per"] // 2) // _FEE["per"] + _FEE["fixed"]
    return {
        "id": name,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created + 2 * 86_400,
        "balance_type": "payments",
        "created": created,
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}
        ],
        "net": amount - fee,
        "reporting_category": "charge",
        "source": source["id"],
        "status": "pending",
        "type": "charge",
    }


def event(name: str, told: Told) -> Object:
    """Something that happened; `pending_webhooks` is filled in whenever it is shown."""
    return {
        "id": name,
        "object": "event",
        "api_version": API_VERSION,
        "created": int(told.at),
        "data": {"object": told.about},
        "livemode": told.livemode,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": told.kind,
    }


def endpoint(name: str, url: str, *, created: int, api_version: str) -> Object:
    """The webhook endpoint as the payments lead made it."""
    return {
        "id": name,
        "object": "webhook_endpoint",
        "api_version": api_version,
        "application": None,
        "created": created,
        "description": "provider_register",
        "enabled_events": ["payment_intent.succeeded", "payment_intent.payment_failed"],
        "livemode": True,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }


def balance(*, livemode: bool, available: int, pending: int) -> Object:
    """The balance: the proof of a key's mode."""
    return {
        "object": "balance",
        "available": [{"amount": available, "currency": "usd", "source_types": {"card": available}}],
        "livemode": livemode,
        "pending": [{"amount": pending, "currency": "usd", "source_types": {"card": pending}}],
    }


def account(*, restricted: bool) -> Object:
    """The account, able to charge and pay out unless Stripe holds it back."""
    due = ["external_account"] if restricted else []
    status = "inactive" if restricted else "active"
    return {
        "id": ACCOUNT,
        "object": "account",
        "business_type": "company",
        "capabilities": {"card_payments": status, "transfers": status},
        "charges_enabled": not restricted,
        "country": "US",
        "created": 1_700_000_000,
        "default_currency": "usd",
        "details_submitted": True,
        "email": CANARY_EMAIL,
        "metadata": {},
        "payouts_enabled": not restricted,
        "requirements": {
            "alternatives": [],
            "current_deadline": None,
            "currently_due": due,
            "disabled_reason": "requirements.past_due" if restricted else None,
            "errors": [],
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [],
        },
        "type": "standard",
    }
