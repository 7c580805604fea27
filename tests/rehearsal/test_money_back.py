"""Money going back: refunds and disputes at Stripe, what they do to the balance, and what the ledger says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.visitor import Visitor, wait_until


def _charge(visitor: Visitor, intent: str) -> Any:
    wait_until(lambda: bool(visitor.stripe("charges", payment_intent=intent)["data"]))
    return visitor.stripe("charges", payment_intent=intent)["data"][0]


def _listed(visitor: Visitor, path: str, wanted: int = 1, **filters: Any) -> list[Any]:
    """The objects of a list once it has as many as are wanted."""
    wait_until(lambda: len(visitor.stripe(path, **filters)["data"]) >= wanted)
    return list(visitor.stripe(path, **filters)["data"])


def _moved(visitor: Visitor, source: str, wanted: int = 1) -> list[tuple[Any, ...]]:
    found = _listed(visitor, "balance_transactions", wanted, source=source)
    return sorted((one["type"], one["reporting_category"], one["amount"], one["net"]) for one in found)


def _told(visitor: Visitor, name: str, *kinds: str) -> bool:
    def there() -> set[str]:
        events = visitor.stripe("events", limit=100)["data"]
        return {one["type"] for one in events if one["data"]["object"]["id"] == name}

    wait_until(lambda: set(kinds) <= there())
    return there() == set(kinds)


def test_a_refund_takes_the_money_and_the_credits_back(visitor: Visitor) -> None:
    intent = visitor.buy()

    refund = visitor.control("POST", f"/purchases/{intent}/refund")

    assert ("succeeded", 999) == (refund["status"], refund["amount"])
    charge = _charge(visitor, intent)
    assert (999, True) == (charge["amount_refunded"], charge["refunded"])
    assert [refund["id"]] == [one["id"] for one in _listed(visitor, "refunds", charge=charge["id"])]
    assert [("refund", "refund", -999, -999)] == _moved(visitor, refund["id"])
    row = visitor.all_entries()[0]
    assert ("refund", -9990, -999, intent) == tuple(
        row[name] for name in ("kind", "credits", "usd_cents", "payment_intent")
    )
    assert _told(visitor, refund["id"], "refund.created")


def test_a_payment_can_take_its_money_twice(visitor: Visitor) -> None:
    with visitor.fault("charged_twice"):
        intent = visitor.buy()
    wait_until(lambda: len(visitor.stripe("charges", payment_intent=intent)["data"]) == 2)

    charges = visitor.stripe("charges", payment_intent=intent)["data"]
    assert [(True, "succeeded", 999)] * 2 == [
        (one["captured"], one["status"], one["amount_captured"]) for one in charges
    ]
    assert 1 == sum(row["payment_intent"] == intent for row in visitor.all_entries())


def test_a_part_can_be_refunded_and_never_more_than_what_is_left(visitor: Visitor) -> None:
    intent = visitor.buy()
    visitor.control("POST", f"/purchases/{intent}/refund", {"amount": 400})

    too_much = visitor.ask_control("POST", f"/purchases/{intent}/refund", {"amount": 600})

    charge = _charge(visitor, intent)
    assert (409, 400, False) == (too_much.status_code, charge["amount_refunded"], charge["refunded"])
    assert visitor.all_entries()[0]["credits"] == -4000


def test_a_refund_without_debit_leaves_the_credits(visitor: Visitor) -> None:
    first, second = visitor.buy(), visitor.buy()
    before = visitor.all_entries()

    visitor.control("POST", f"/purchases/{first}/refund", {"debited": False})
    with visitor.turned(refunds_not_debited=True):
        visitor.control("POST", f"/purchases/{second}/refund")

    assert before == visitor.all_entries()


def test_a_failed_refund_returns_to_the_balance_as_refund_failure(visitor: Visitor) -> None:
    intent = visitor.buy()

    before = visitor.all_entries()
    refund = visitor.control("POST", f"/purchases/{intent}/refund", {"status": "failed"})

    assert before == visitor.all_entries()
    assert ("failed", "expired_or_canceled_card") == (refund["status"], refund["failure_reason"])
    assert [
        ("refund", "refund", -999, -999),
        ("refund_failure", "refund_failure", 999, 999),
    ] == _moved(visitor, refund["id"], 2)
    assert (0, False) == tuple(_charge(visitor, intent)[name] for name in ("amount_refunded", "refunded"))
    assert _told(visitor, refund["id"], "refund.created", "refund.failed")


def test_a_pending_refund_ends_once(visitor: Visitor) -> None:
    intent = visitor.buy()
    refund = visitor.control("POST", f"/purchases/{intent}/refund", {"status": "pending"})

    settled = visitor.control("POST", f"/refunds/{refund['id']}", {"status": "succeeded"})
    again = visitor.ask_control("POST", f"/refunds/{refund['id']}", {"status": "succeeded"})

    assert ("pending", "succeeded", 409) == (refund["status"], settled["status"], again.status_code)


def test_a_refund_that_succeeded_can_fail_once(visitor: Visitor) -> None:
    intent = visitor.buy()
    refund = visitor.control("POST", f"/purchases/{intent}/refund")

    failed = visitor.control("POST", f"/refunds/{refund['id']}", {"status": "failed"})
    again = visitor.ask_control("POST", f"/refunds/{refund['id']}", {"status": "failed"})

    assert ("succeeded", "failed", 409) == (refund["status"], failed["status"], again.status_code)
    assert [("refund", -999), ("refund_failure", 999)] == [
        (category, amount) for _, category, amount, _ in _moved(visitor, refund["id"], 2)
    ]
    assert (0, False) == tuple(_charge(visitor, intent)[name] for name in ("amount_refunded", "refunded"))


@pytest.mark.parametrize(
    ("status", "moved"),
    [
        ("needs_response", [("adjustment", "dispute", -999, -2499)]),
        ("lost", [("adjustment", "dispute", -999, -2499)]),
        (
            "won",
            [("adjustment", "dispute", -999, -2499), ("adjustment", "dispute_reversal", 999, 999)],
        ),
    ],
)
def test_a_dispute_moves_money_as_far_as_it_goes(
    visitor: Visitor, status: str, moved: list[tuple[Any, ...]]
) -> None:
    intent = visitor.buy()

    dispute = visitor.control("POST", f"/purchases/{intent}/dispute", {"status": status})

    assert (status, 999) == (dispute["status"], dispute["amount"])
    assert len(moved) == len(dispute["balance_transactions"])
    assert _charge(visitor, intent)["disputed"] is True
    assert moved == _moved(visitor, dispute["id"], len(moved))
    assert [dispute["id"]] == [one["id"] for one in _listed(visitor, "disputes", payment_intent=intent)]


def test_a_warning_moves_no_money_and_a_dispute_goes_on_to_its_end(visitor: Visitor) -> None:
    warned, disputed = visitor.buy(), visitor.buy()

    warning = visitor.control("POST", f"/purchases/{warned}/dispute", {"status": "warning_needs_response"})
    begun = visitor.control("POST", f"/purchases/{disputed}/dispute")
    lost = visitor.control("POST", f"/disputes/{begun['id']}", {"status": "lost"})
    again = visitor.ask_control("POST", f"/disputes/{begun['id']}", {"status": "won"})

    assert [] == warning["balance_transactions"]
    assert ("needs_response", "lost", 409) == (begun["status"], lost["status"], again.status_code)
    kinds = ("created", "funds_withdrawn", "closed")
    assert _told(visitor, begun["id"], *(f"charge.dispute.{kind}" for kind in kinds))


def test_an_act_on_what_is_not_there_is_refused_by_name(visitor: Visitor) -> None:
    answers = [
        visitor.ask_control("POST", "/purchases/pi_nobody/refund"),
        visitor.ask_control("POST", "/refunds/re_nobody", {"status": "failed"}),
        visitor.ask_control("POST", "/disputes/du_nobody"),
        visitor.ask_control("POST", "/purchases/pi_nobody/refund", {"reason": "x"}),
    ]

    assert [404, 404, 404, 422] == [answer.status_code for answer in answers]
    assert "pi_nobody" in answers[0].json()["error"]["message"]
