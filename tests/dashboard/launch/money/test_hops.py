"""The two-hop truth table, cell by cell."""

from __future__ import annotations

import pytest

from dashboard.launch.board import CheckResult
from dashboard.launch.money.hops import Credit, Delivery, cell, cells

PASS, FAIL, INSUFFICIENT, UNKNOWN = (
    CheckResult.PASS,
    CheckResult.FAIL,
    CheckResult.INSUFFICIENT,
    CheckResult.ERROR,
)
D, C = Delivery, Credit
TABLE = [
    (D.DELIVERED, C.ONE, "credited", PASS, PASS),
    (D.DELIVERED, C.AWAITED, "crediting", INSUFFICIENT, INSUFFICIENT),
    (D.DELIVERED, C.MISSING, "200 but lost", FAIL, FAIL),
    (D.DELIVERED, C.REFUNDED, "refunded, never credited", FAIL, PASS),
    (D.PENDING, C.REFUNDED, "refunded, never credited", FAIL, PASS),
    (D.FAILED, C.REFUNDED, "refunded, never credited", FAIL, PASS),
    (D.UNKNOWN, C.REFUNDED, "refunded, never credited", UNKNOWN, PASS),
    (D.NO_EVENT, C.REFUNDED, "refunded, never credited", FAIL, PASS),
    (D.NOT_APPLICABLE, C.REFUNDED, "refunded, never credited", UNKNOWN, PASS),
    (D.PENDING, C.ONE, "credited by another path", INSUFFICIENT, PASS),
    (D.FAILED, C.ONE, "credited by another path", FAIL, PASS),
    (D.PENDING, C.AWAITED, "in flight", INSUFFICIENT, INSUFFICIENT),
    (D.FAILED, C.AWAITED, "in flight", INSUFFICIENT, INSUFFICIENT),
    (D.PENDING, C.MISSING, "undelivered", FAIL, FAIL),
    (D.FAILED, C.MISSING, "undelivered", FAIL, FAIL),
    (D.UNKNOWN, C.ONE, "money right, delivery blind", UNKNOWN, PASS),
    (D.UNKNOWN, C.AWAITED, "delivery blind, no credit yet", UNKNOWN, INSUFFICIENT),
    (D.UNKNOWN, C.MISSING, "delivery blind, no credit yet", UNKNOWN, FAIL),
    (D.DELIVERED, C.WRONG, "double or wrong credit", PASS, FAIL),
    (D.PENDING, C.WRONG, "double or wrong credit", INSUFFICIENT, FAIL),
    (D.FAILED, C.WRONG, "double or wrong credit", FAIL, FAIL),
    (D.UNKNOWN, C.WRONG, "double or wrong credit", UNKNOWN, FAIL),
    (D.DELIVERED, C.UNREADABLE, "ledger blind", UNKNOWN, UNKNOWN),
    (D.PENDING, C.UNREADABLE, "ledger blind", UNKNOWN, UNKNOWN),
    (D.FAILED, C.UNREADABLE, "ledger blind", FAIL, UNKNOWN),
    (D.UNKNOWN, C.UNREADABLE, "ledger blind", UNKNOWN, UNKNOWN),
    (D.NO_EVENT, C.ONE, "event never generated or not subscribed", FAIL, PASS),
    (D.NO_EVENT, C.MISSING, "event never generated or not subscribed", FAIL, FAIL),
    (D.NOT_APPLICABLE, C.ONE, "not applicable", UNKNOWN, PASS),
    (D.NOT_APPLICABLE, C.MISSING, "not applicable", UNKNOWN, FAIL),
]


@pytest.mark.parametrize(("delivery", "credit", "name", "webhook", "money"), TABLE)
def test_a_cell_of_the_table_has_its_name_and_both_results(
    delivery: Delivery, credit: Credit, name: str, webhook: CheckResult, money: CheckResult
) -> None:
    found = cell(delivery, credit)

    assert (name, webhook, money) == (found.name, found.webhook, found.money)


def test_money_passes_in_no_cell_but_with_exactly_one_right_credit_or_all_of_it_back() -> None:
    passing = {credit for delivery in D for credit in C if cell(delivery, credit).money is PASS}

    assert {C.ONE, C.REFUNDED} == passing


def test_a_webhook_passes_in_no_cell_but_where_it_was_delivered_and_something_was_credited() -> None:
    passing = {(delivery, credit) for delivery in D for credit in C if cell(delivery, credit).webhook is PASS}

    assert {(D.DELIVERED, C.ONE), (D.DELIVERED, C.WRONG)} == passing


def test_every_name_of_the_table_is_listed_once() -> None:
    names = [each.name for each in cells()]

    assert sorted({row[2] for row in TABLE}) == sorted(names)
