"""Webhooks on the wire: signed, refused when forged, retried until acknowledged, and honest about it."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
import stripe

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, wait_until


def _deliver(visitor: Visitor, payload: str, secret: str, *, at: int | None = None) -> httpx.Response:
    header = stripe.WebhookSignature.generate_signature_header(payload, secret, at or int(time.time()))
    return visitor.post(
        Place.PROVIDER_REGISTER, "/stripe/webhook", content=payload, headers={"Stripe-Signature": header}
    )


def _events_of(visitor: Visitor, intent: str, **params: Any) -> list[dict[str, Any]]:
    events = visitor.stripe("events", type="payment_intent.succeeded", limit=100, **params)["data"]
    return [one for one in events if one["data"]["object"]["id"] == intent]


@pytest.fixture
def secret(visitor: Visitor) -> str:
    return visitor.world.identity.stripe.endpoint_secret


PING = json.dumps({"id": "evt_ping", "type": "ping", "data": {"object": {}}})


def test_a_genuine_event_of_another_type_is_ignored_with_200(visitor: Visitor, secret: str) -> None:
    answer = _deliver(visitor, PING, secret)

    assert (200, "ignored") == (answer.status_code, answer.json()["result"])


@pytest.mark.parametrize(
    ("wrong_secret", "age_s"), [("whsec_forged", 0), (None, 301)], ids=["forged secret", "older than 300 s"]
)
def test_an_event_that_is_not_genuine_is_refused_and_logged_without_its_id(
    visitor: Visitor, secret: str, wrong_secret: str | None, age_s: int
) -> None:
    answer = _deliver(visitor, PING, wrong_secret or secret, at=int(time.time()) - age_s)

    assert answer.status_code == 400
    assert (visitor.receipts()[0]["result"], visitor.receipts()[0]["event_id"]) == ("bad_signature", None)


def test_an_event_without_signature_is_refused(visitor: Visitor) -> None:
    assert visitor.post(Place.PROVIDER_REGISTER, "/stripe/webhook", content=PING).status_code == 400


def test_a_failed_delivery_stays_undelivered_and_is_credited_once_when_retried(visitor: Visitor) -> None:
    with visitor.fault("webhook_500"):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: "500" in visitor.purchase(name)["webhook delivered"]["detail"])
        intent = visitor.purchase(name)["paid"]["detail"]
        wait_until(lambda: _events_of(visitor, intent, delivery_success="false") != [])

        assert _events_of(visitor, intent)[0]["pending_webhooks"] == 1
        assert _events_of(visitor, intent, delivery_success="true") == []

    wait_until(lambda: visitor.purchase(name)["credits visible"]["state"] == "done")
    assert _events_of(visitor, intent)[0]["pending_webhooks"] == 0
    assert _events_of(visitor, intent, delivery_success="false") == []
    assert visitor.ledger("transactions")["items"][0]["payment_intent"] == intent


@pytest.mark.parametrize("fault", ["endpoint_disabled", "endpoint_missing", "endpoint_wrong_events"])
def test_an_event_without_an_enabled_subscribed_endpoint_is_never_sent(visitor: Visitor, fault: str) -> None:
    with visitor.fault(fault):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: visitor.purchase(name)["event created"]["state"] == "done")
        intent = visitor.purchase(name)["paid"]["detail"]
        wait_until(lambda: _events_of(visitor, intent) != [])

        assert _events_of(visitor, intent)[0]["pending_webhooks"] == 0
        withheld = fault == "endpoint_disabled"
        assert (_events_of(visitor, intent, delivery_success="false") != []) == withheld
        assert "no enabled endpoint" in visitor.purchase(name)["webhook delivered"]["detail"]


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("webhook_slow", "timed out"),
        ("webhook_unreachable", "connection failed"),
        ("webhook_wrong_secret", "400"),
        ("ledger_write_503", "503"),
        ("endpoint_wrong_path", "404"),
    ],
)
def test_each_way_to_fail_a_delivery_is_seen_by_stripe(visitor: Visitor, fault: str, answer: str) -> None:
    with visitor.fault(fault):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: answer in visitor.purchase(name)["webhook delivered"]["detail"])

        assert visitor.purchase(name)["webhook delivered"]["state"] == "waiting"


def test_a_test_mode_purchase_is_seen_by_no_live_key(visitor: Visitor) -> None:
    with visitor.fault("student_pilot_key_test"):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: visitor.purchase(name)["paid"]["state"] == "done")
        intent = visitor.purchase(name)["paid"]["detail"]

        headers = visitor.bearer(visitor.environment["GOLIVE_STRIPE_KEY"])
        answer = visitor.get(Place.STRIPE, f"/v1/payment_intents/{intent}", headers=headers)
        assert (404, "resource_missing") == (answer.status_code, answer.json()["error"]["code"])
