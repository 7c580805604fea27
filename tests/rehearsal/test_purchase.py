"""One purchase through the whole world: every hop, exactly one credit, whatever is delivered again."""

from __future__ import annotations

from typing import Any

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, wait_until

BESIDE_THE_ANSWER = {"webhook delivered", "receipt sent"}


def _rows(visitor: Visitor, intent: str) -> list[dict[str, Any]]:
    return [row for row in visitor.ledger("transactions")["items"] if row["payment_intent"] == intent]


def test_a_healthy_purchase_goes_through_every_hop_in_order(visitor: Visitor) -> None:
    name = visitor.control("POST", "/purchases")["id"]
    wait_until(lambda: visitor.purchase(name)["credits visible"]["state"] == "done")
    wait_until(lambda: visitor.purchase(name)["receipt sent"]["state"] == "done")

    hops = visitor.purchase(name)
    assert list(hops) == [
        "checkout started",
        "paid",
        "event created",
        "webhook delivered",
        "ledger credited",
        "receipt sent",
        "credits visible",
    ]
    stamps = [hop["at"] for name, hop in hops.items() if name not in BESIDE_THE_ANSWER]
    assert stamps == sorted(stamps)


def test_a_purchase_credits_9990_for_999_cents_exactly_once(visitor: Visitor) -> None:
    before = visitor.ledger("balance")["credits"]

    intent = visitor.buy()

    assert visitor.ledger("balance")["credits"] == before + 9990
    (row,) = _rows(visitor, intent)
    assert (row["kind"], row["credits"], row["usd_cents"], row["currency"]) == ("purchase", 9990, 999, "usd")


def test_a_redelivered_event_is_a_duplicate_and_credits_nothing(visitor: Visitor) -> None:
    intent = visitor.buy()
    balance = visitor.ledger("balance")["credits"]

    visitor.control("POST", "/redeliver")
    wait_until(
        lambda: any(r["result"] == "duplicate" and r["payment_intent"] == intent for r in visitor.receipts())
    )

    assert visitor.ledger("balance")["credits"] == balance
    assert len(_rows(visitor, intent)) == 1


def test_a_refused_notification_does_not_undo_the_credit(visitor: Visitor) -> None:
    with visitor.fault("notify_secret_refused"):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: visitor.purchase(name)["credits visible"]["state"] == "done")

        hops = visitor.purchase(name)
        assert hops["webhook delivered"]["state"] == "done"
        assert hops["receipt sent"]["state"] == "failed"


def test_the_credits_of_another_purchase_are_not_those_of_one_that_was_never_credited(
    visitor: Visitor,
) -> None:
    with visitor.fault("webhook_200_lost"):
        lost = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: visitor.purchase(lost)["webhook delivered"]["state"] == "done")

    visitor.buy()
    later = visitor.control("POST", "/purchases")["id"]
    wait_until(lambda: visitor.purchase(later)["credits visible"]["state"] == "done")

    assert visitor.purchase(lost)["credits visible"]["state"] != "done"


def test_a_checkout_that_fails_fails_every_hop_and_says_why(visitor: Visitor) -> None:
    with visitor.fault("student_pilot_down"):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: visitor.purchase(name)["checkout started"]["state"] == "failed")

        hops = visitor.purchase(name)
        assert "student_pilot did not answer" in hops["checkout started"]["detail"]
        assert {hop["state"] for hop in hops.values()} == {"failed"}


def test_the_session_carries_what_joins_payment_and_ledger(visitor: Visitor) -> None:
    intent = visitor.buy()

    wait_until(lambda: bool(visitor.stripe("checkout/sessions", payment_intent=intent)["data"]))

    (session,) = visitor.stripe("checkout/sessions", payment_intent=intent)["data"]
    payment = visitor.stripe(f"payment_intents/{intent}")
    (row,) = _rows(visitor, intent)
    assert session["metadata"]["correlation_id"] == row["correlation_id"]
    assert payment["metadata"] == session["metadata"]
    assert session["metadata"]["credits"] == "9990"


def test_the_receipt_notification_names_the_payment(visitor: Visitor) -> None:
    intent = visitor.buy()

    headers = visitor.bearer(visitor.token())
    deliveries = visitor.get(Place.AUTO_COM_CENTER, "/ops/deliveries", headers=headers).json()["items"]
    (told,) = (one for one in deliveries if one["payment_intent"] == intent)
    (row,) = _rows(visitor, intent)
    assert ("purchase_receipt", "accepted") == (told["template"], told["status"])
    assert told["correlation_id"] == row["correlation_id"]
