"""What golive keeps of money."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from collectors.money import STRIPE_KINDS, Charge, CheckoutSession, Metadata, token
from tests.collectors import stripe_objects as made

CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "created": 1_790_000_000,
    "livemode": True,
    "status": "succeeded",
    "amount": 999,
    "amount_captured": 999,
    "amount_refunded": 0,
    "currency": "usd",
    "paid": True,
    "captured": True,
    "receipt_url": "https://pay.rehearsal.example/receipts/bearer",
    "billing_details": {"email": "canary.buyer@rehearsal.example"},
}


def decoded(**changes: object) -> Charge:
    return msgspec.json.decode(msgspec.json.encode(CHARGE | changes), type=Charge)


def test_a_charge_is_kept_without_its_buyer_and_its_receipt() -> None:
    kept = repr(decoded())

    assert "canary" not in kept
    assert "receipts" not in kept


@pytest.mark.parametrize("amount", [9.99, "999", True, 2**60])
def test_an_amount_that_is_no_whole_number_of_cents_is_refused(amount: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(amount_captured=amount)


OBJECTS = (
    made.charge(1, 1_790_000_000, failure_code="card_declined"),
    made.intent(
        1,
        1_790_000_000,
        capture_method="automatic",
        cancellation_reason="abandoned",
        last_payment_error={"type": "card_error", "code": "card_declined", "decline_code": "lost_card"},
    ),
    made.session(1, 1_790_000_000),
    made.refund(1, 1_790_000_000, reason="duplicate", failure_reason="declined"),
    made.dispute(1, 1_790_000_000, reason="fraudulent"),
)


def _texts(told: object, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a text stands in an object."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from _texts(value, (*at, name))
    elif isinstance(told, str):
        yield at


def _planted(told: dict[str, Any], at: tuple[str, ...], text: str) -> dict[str, Any]:
    name, *rest = at
    return told | {name: _planted(told[name], tuple(rest), text) if rest else text}


@pytest.mark.parametrize("text", [made.EMAIL, made.NAME, made.PHONE])
@pytest.mark.parametrize("told", OBJECTS, ids=lambda told: told["object"])
def test_a_person_in_any_text_of_an_object_is_dropped_or_refuses_it(told: dict[str, Any], text: str) -> None:
    kind = STRIPE_KINDS[told["object"]]
    places = list(_texts(told))
    assert len(places) > 7
    for at in places:
        planted = msgspec.json.encode(_planted(told, at, text))
        with contextlib.suppress(msgspec.ValidationError):
            kept = repr(msgspec.json.decode(planted, type=kind))
            assert not [one for one in made.PLANTED if one in kept], at


def test_metadata_keeps_technical_identifiers_alone() -> None:
    kept = decoded(
        metadata={"correlation_id": "c-1", "order_id": "canary@x.example", "name": "Canary"}
    ).metadata

    assert kept == Metadata(correlation_id="c-1")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ord_12", True),
        ("0b1d6a52-8f1e-4f1c-9f6b-12345678abcd", True),
        ("+15550109999", False),
        ("call 5550109999", False),
        ("order-15550109999", False),
        ("a@b.example", False),
        ("x" * 81, False),
        ("", False),
    ],
)
def test_what_may_be_a_person_is_no_token(text: str, *, kept: bool) -> None:
    assert token(text) == (text if kept else None)


def test_a_session_without_payment_intent_is_kept() -> None:
    session = {
        "id": "cs_1",
        "object": "checkout.session",
        "created": 1,
        "livemode": True,
        "mode": "payment",
        "payment_status": "no_payment_required",
        "client_reference_id": "student@school.example",
    }

    kept = msgspec.convert(session, CheckoutSession)

    assert (kept.payment_intent, kept.client_reference_id) == (None, None)
