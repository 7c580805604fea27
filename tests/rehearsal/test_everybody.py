"""The ledger of everybody: all rows in one list, what was denied, and each way a credit can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, wait_until

CREDIT = ("purchase", 9990, 999, "usd")


def _rows(visitor: Visitor, intent: str) -> list[tuple[Any, ...]]:
    found = [row for row in visitor.all_entries() if row["payment_intent"] == intent]
    return [(row["kind"], row["credits"], row["usd_cents"], row["currency"]) for row in found]


def _delivered(visitor: Visitor, **wish: Any) -> str:
    """A purchase whose webhook was answered; its payment intent."""
    name = visitor.control("POST", "/purchases", wish)["id"]
    wait_until(lambda: visitor.purchase(name)["webhook delivered"]["detail"].startswith("attempt"))
    return str(visitor.purchase(name)["paid"]["detail"])


def test_every_users_rows_are_in_one_list_newest_first_with_the_user(visitor: Visitor) -> None:
    for user in ("somebody", "somebody-else"):
        visitor.control("POST", f"/users/{user}/spend", {"credits": 7})

    rows = visitor.all_entries()

    assert ["somebody-else", "somebody"] == [row["user"] for row in rows[:2]]
    assert ("debit", -7, None) == tuple(rows[0][name] for name in ("kind", "credits", "payment_intent"))
    assert sorted((row["created_at"] for row in rows), reverse=True) == [row["created_at"] for row in rows]


def test_everybodys_rows_have_the_shape_of_a_users_own_and_the_user(visitor: Visitor) -> None:
    visitor.buy()

    (own, *_), (one, *_) = visitor.ledger("transactions")["items"], visitor.all_entries()

    assert {**own, "user": visitor.environment["GOLIVE_LEDGER_USER"]} == one


def test_everybodys_rows_page_without_gap_or_repeat(visitor: Visitor) -> None:
    for _ in range(3):
        visitor.control("POST", "/users/pager/spend", {"credits": 1})
    headers = visitor.bearer(visitor.token())

    def page(query: str) -> Any:
        return visitor.get(Place.SCHOLARSHIP_API, f"/api/v1/transactions?{query}", headers=headers)

    first = page("limit=1").json()
    second = page(f"limit=2&cursor={first['next_cursor']}").json()
    assert visitor.all_entries()[:3] == [*first["items"], *second["items"]]
    assert [422, 422, 422] == [page(f).status_code for f in ("limit=0", "limit=101", "cursor=999999999")]


def test_a_row_that_comes_between_two_pages_shifts_nothing(visitor: Visitor) -> None:
    for _ in range(2):
        visitor.control("POST", "/users/early/spend", {"credits": 1})
    headers = visitor.bearer(visitor.token())
    whole = visitor.all_entries()
    url = "/api/v1/transactions?limit=1"
    first = visitor.get(Place.SCHOLARSHIP_API, url, headers=headers).json()

    visitor.control("POST", "/users/late/spend", {"credits": 1})

    cursor = first["next_cursor"]
    second = visitor.get(Place.SCHOLARSHIP_API, f"{url}&cursor={cursor}", headers=headers).json()
    assert whole[:2] == [*first["items"], *second["items"]]


def test_a_user_who_may_not_spend_is_in_the_denials_and_not_in_the_ledger(visitor: Visitor) -> None:
    before = visitor.all_entries()

    with visitor.turned(spending_denied=True):
        denied = visitor.control("POST", "/users/paying/spend", {"credits": 5})
    visitor.control("POST", "/users/other/deny", {"reason": "too_many_requests"})

    denials = visitor.all_entries("denials")
    assert denied == denials[1]
    assert {"id", "user", "created_at", "reason"} == set(denied)
    assert [("other", "too_many_requests"), ("paying", "rate_limited")] == [
        (one["user"], one["reason"]) for one in denials[:2]
    ]
    assert before == visitor.all_entries()


def test_the_sample_costs_three_credits_and_under_its_fault_two(visitor: Visitor) -> None:
    right = visitor.control("POST", "/usage")
    with visitor.fault("usage_rounded_down"):
        wrong = visitor.control("POST", "/usage")

    assert [("debit", -3), ("debit", -2)] == [(one["kind"], one["credits"]) for one in (right, wrong)]
    user = visitor.environment["GOLIVE_LEDGER_USER"]
    assert [user, user] == [one["user"] for one in (right, wrong)]
    for one in (right, wrong):
        name = one["correlation_id"].removeprefix("usage_nano_1000_1000_")
        assert name.isalpha(), "a digit could be taken for a telephone number's, and the row not be found"


def test_another_usage_is_none_of_the_sample(visitor: Visitor) -> None:
    wish = {"user": "somebody", "model": "nano", "input": 10_000, "output": 0}
    used = visitor.control("POST", "/usage", wish)

    assert ("somebody", -5) == (used["user"], used["credits"])
    assert used["correlation_id"].startswith("usage_nano_10000_0_")
    assert 422 == visitor.ask_control("POST", "/usage", {"model": "maxi"}).status_code


def test_a_buyer_can_be_let_below_zero(visitor: Visitor) -> None:
    with visitor.fault("balance_below_zero"):
        name = visitor.control("POST", "/purchases", {"user": "overdrawn"})["id"]
        wait_until(lambda: visitor.all_entries()[0]["user"] == "overdrawn")

    wait_until(lambda: visitor.purchase(name)["webhook delivered"]["state"] == "done")
    assert [-9991, 9990] == [row["credits"] for row in visitor.all_entries()[:2]]


@pytest.mark.parametrize(
    ("knobs", "rows"),
    [
        ({"credit_lost": True}, []),
        ({"ledger_credits_twice": True}, [CREDIT, CREDIT]),
        ({"credited_cents": 998}, [("purchase", 9990, 998, "usd")]),
        ({"credited_credits": 999}, [("purchase", 999, 999, "usd")]),
        ({"credited_currency": "eur"}, [("purchase", 9990, 999, "eur")]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_each_wrong_credit_is_acknowledged_with_200_and_seen_in_the_ledger_alone(
    visitor: Visitor, knobs: dict[str, Any], rows: list[tuple[Any, ...]]
) -> None:
    with visitor.turned(**knobs):
        intent = _delivered(visitor)

    assert rows == _rows(visitor, intent)
    assert "credited" == next(one["result"] for one in visitor.receipts() if one["payment_intent"] == intent)


def test_an_orphan_row_names_a_payment_that_stripe_does_not_have(visitor: Visitor) -> None:
    with visitor.turned(ledger_orphan_rows=True):
        intent = _delivered(visitor)

    orphan, good = visitor.all_entries()[:2]
    headers = visitor.bearer(visitor.environment["GOLIVE_STRIPE_KEY"])
    answer = visitor.get(Place.STRIPE, f"/v1/payment_intents/{orphan['payment_intent']}", headers=headers)
    assert (intent, 404) == (good["payment_intent"], answer.status_code)


def test_a_credit_can_be_there_though_the_webhook_is_never_acknowledged(visitor: Visitor) -> None:
    with visitor.turned(credit_then_status=500):
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: "attempt 2: 500" in visitor.purchase(name)["webhook delivered"]["detail"])

        intent = visitor.purchase(name)["paid"]["detail"]
        assert [CREDIT] == _rows(visitor, intent)
        assert visitor.purchase(name)["webhook delivered"]["state"] != "done"

    wait_until(lambda: visitor.purchase(name)["webhook delivered"]["state"] == "done")
    assert [CREDIT] == _rows(visitor, intent)


def test_a_knob_that_there_is_not_is_refused_and_turns_nothing(visitor: Visitor) -> None:
    wrong: list[object] = [{"no_such": 1}, {"captured_cents": 5000}, []]
    answers = [visitor.ask_control("PUT", "/knobs", body) for body in wrong]

    assert [422, 422, 422] == [answer.status_code for answer in answers]
    assert CREDIT in _rows(visitor, visitor.buy())
