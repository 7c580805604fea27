"""What is owed, hour by hour and day by day, and how old is what does not match."""

from __future__ import annotations

import pytest

from dashboard.finance.values import Spender
from dashboard.reconciliation.classes import Class
from tests.dashboard.finance.scene import Desk
from tests.dashboard.launch.money.bought import after, epoch


def test_what_is_owed_is_sold_less_used_and_other_kinds_stand_apart(desk: Desk) -> None:
    desk.read_on()
    desk.credited(1)
    desk.credited(2, kind="debit", credits=-40, user="u-1", payment_intent=None)
    desk.credited(3, kind="debit", credits=-50, user="u-2", payment_intent=None)
    desk.credited(4, kind="grant", credits=500, payment_intent=None)

    found = desk.panel()

    assert found.liability is not None
    owed = found.liability
    assert (9_990, 90, 500, 9_900) == (owed.purchased, owed.used, owed.other, owed.net)
    assert [
        Spender(user="u-2", used=50, purchased=0),
        Spender(user="u-1", used=40, purchased=9_990),
    ] == list(found.spenders)
    desk.read_on(1)
    desk.credited(5, kind="debit", credits=-20, user="u-1", payment_intent=None)
    assert [60, 50] == [spender.used for spender in desk.panel().spenders]


def test_what_a_refund_took_back_is_not_spent_and_is_owed_no_more(desk: Desk) -> None:
    desk.read_on()
    desk.credited(1)
    desk.credited(2)
    desk.credited(3, kind="refund", credits=-9_990, user="u-1", payment_intent="pi_1")
    desk.credited(4, kind="debit", credits=-40, user="u-2", payment_intent=None)

    found = desk.panel()

    owed = found.liability
    assert owed is not None
    assert (19_980, 40, 9_990, 0, 9_950) == (
        owed.purchased,
        owed.used,
        owed.taken_back,
        owed.other,
        owed.net,
    )
    assert [Spender(user="u-2", used=40, purchased=9_990)] == list(found.spenders)
    assert 9_950 == found.hours[-1].liability


def test_a_debit_by_the_correlation_id_of_a_charge_is_taken_back_once_the_charge_is_known(desk: Desk) -> None:
    desk.read_on()
    by_correlation = {"payment_intent": None, "correlation_id": "c-1", "user": "u-1"}
    desk.credited(1, kind="refund", credits=-3_000, **by_correlation)
    desk.credited(2, kind="debit", credits=-40, user="u-1", payment_intent=None)
    before = desk.panel()
    desk.read_on(1)
    desk.paid(1, metadata={"correlation_id": "c-1"})
    then = desk.panel()

    assert [Spender(user="u-1", used=3_040, purchased=0)] == list(before.spenders)
    assert [Spender(user="u-1", used=40, taken_back=3_000, purchased=0)] == list(then.spenders)


def test_an_hour_ends_where_the_next_begins_and_an_empty_one_is_there(desk: Desk) -> None:
    desk.now = 4 * 3_600
    desk.read_on()
    desk.paid(1, created=epoch(3_599))
    desk.paid(2, created=epoch(3_600))
    desk.credited(1, created=after(3_599))
    desk.credited(2, kind="debit", credits=-10, created=after(7_200))

    found = desk.panel()

    assert [after(3_600 * hour) for hour in range(5)] == [bucket.start for bucket in found.hours]
    assert [1, 1, 0, 0, 0] == [bucket.payments for bucket in found.hours]
    assert [9_990, 9_990, 9_980, 9_980, 9_980] == [bucket.liability for bucket in found.hours]
    assert [-12 * 3_600] == [(bucket.start - after(0)).total_seconds() for bucket in found.days]


def test_no_more_than_the_newest_hours_and_days_with_what_was_owed_before(desk: Desk) -> None:
    desk.paid(1)
    desk.credited(1)
    desk.now = 70 * 86_400
    desk.read_on()

    found = desk.panel()

    assert (48, 60) == (len(found.hours), len(found.days))
    assert {9_990} == {bucket.liability for bucket in (*found.hours, *found.days)}


@pytest.mark.parametrize(
    ("age", "band"), [(599, 0), (600, 1), (3_599, 1), (3_600, 2), (86_400, 3), (259_200, 4)]
)
def test_what_is_not_matched_is_counted_by_its_age(desk: Desk, age: int, band: int) -> None:
    desk.now = 300_000
    desk.read_on()
    desk.paid(1, created=epoch(300_000 - age))

    found = desk.panel()

    assert [int(number == band) for number in range(5)] == [each.count for each in found.ages]
    assert {Class.STRIPE_ONLY} == {each.found for each in found.ages}
