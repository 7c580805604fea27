"""Refunds, disputes and the movements of money they cause, in the shape of API version 2026-10-28.endive."""

from __future__ import annotations

from rehearsal.stripe_double.effects import Object

_DISPUTE_FEE = 1500
_ANSWER_WITHIN_S = 14 * 86_400


def refund(name: str, charge: Object, amount: int, *, created: int, status: str) -> Object:
    """Money on its way back to the buyer."""
    return {
        "id": name,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(name: str, charge: Object, *, created: int, status: str) -> Object:
    """A charge that the buyer's bank contests; its movements of money are filled in where there are any."""
    return {
        "id": name,
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + _ANSWER_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": status.startswith("warning_"),
        "livemode": charge["livemode"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": status,
    }


def refunded(name: str, back: Object, *, created: int) -> Object:
    """What a refund takes from the balance."""
    return _movement(name, back, -back["amount"], created=created, kind="refund", category="refund")


def refund_failed(name: str, back: Object, *, created: int) -> Object:
    """What comes back to the balance because the refund could not be paid out."""
    category = "refund_failure"
    return _movement(name, back, back["amount"], created=created, kind=category, category=category)


def withdrawn(name: str, contested: Object, *, created: int) -> Object:
    """What a dispute takes from the balance, with Stripe's fee for it."""
    taken = _movement(
        name, contested, -contested["amount"], created=created, kind="adjustment", category="dispute"
    )
    detail = {"amount": _DISPUTE_FEE, "application": None, "currency": "usd", "type": "stripe_fee"}
    return {
        **taken,
        "fee": _DISPUTE_FEE,
        "fee_details": [detail],
        "net": taken["amount"] - _DISPUTE_FEE,
    }


def reinstated(name: str, contested: Object, *, created: int) -> Object:
    """What a dispute that is won gives back; the fee is kept."""
    amount, category = contested["amount"], "dispute_reversal"
    return _movement(name, contested, amount, created=created, kind="adjustment", category=category)


def _movement(name: str, source: Object, amount: int, *, created: int, kind: str, category: str) -> Object:
    return {
        "id": name,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created,
        "balance_type": "payments",
        "created": created,
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": category,
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
