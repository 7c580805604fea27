"""The two shares of a window and the payments behind each cell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dashboard.launch.board import CheckResult
from dashboard.launch.money.hops import Delivery
from dashboard.launch.money.interval import Interval
from dashboard.launch.money.purchase import AsOf, Side
from dashboard.launch.money.truth import Told, tell, truth
from tests.dashboard.launch.money.bought import (
    EXPECTED,
    after,
    bought,
    charge,
    entry,
    epoch,
    event,
    intent,
    read_upto,
    refund,
)

LATER = 10 + 601


def told(seconds: int = LATER, **changes: Any) -> Told:
    changes = {"as_of": read_upto(seconds)} | changes
    found = tell(bought(**changes), EXPECTED, after(seconds))
    assert found is not None
    return found


def many(good: int, *bad: Told) -> list[Told]:
    return [
        *(
            told(
                intent=intent(id=f"pi_{number}"),
                charges=(charge(payment_intent=f"pi_{number}"),),
                entries=(entry(payment_intent=f"pi_{number}"),),
            )
            for number in range(good)
        ),
        *bad,
    ]


def now() -> datetime:
    return after(10 + 700)


def test_a_delivered_and_credited_payment_is_credited() -> None:
    assert "credited" == told().cell.name


def test_a_webhook_that_answered_200_and_credited_nothing_is_named_lost_after_the_grace() -> None:
    assert "200 but lost" == told(entries=()).cell.name


def test_the_same_inside_the_grace_is_crediting() -> None:
    assert "crediting" == told(seconds=600, entries=()).cell.name


def test_a_payment_whose_event_never_came_says_so_after_the_grace() -> None:
    assert "event never generated or not subscribed" == told(events=(), acknowledged={}).cell.name


def test_an_undelivered_event_without_credit_is_undelivered_after_the_grace() -> None:
    lost = told(seconds=LATER + 1, entries=(), acknowledged={}, undelivered=frozenset({"evt_1"}))

    assert "undelivered" == lost.cell.name


@pytest.mark.parametrize(
    ("seconds", "delivery"),
    [
        (40, Delivery.PENDING),
        (611, Delivery.PENDING),
        (660 + 12, Delivery.FAILED),
        (4 * 86_400, Delivery.FAILED),
    ],
)
def test_an_undelivered_event_that_was_credited_is_pending_or_failed_by_its_age(
    seconds: int, delivery: Delivery
) -> None:
    found = told(seconds=seconds, acknowledged={}, undelivered=frozenset({"evt_1"}))

    assert (delivery, CheckResult.PASS) == (found.delivery, found.cell.money)


def test_a_ledger_that_was_not_read_is_blind_and_not_empty() -> None:
    blind = read_upto(LATER) | {Side.LEDGER: AsOf(why="got HTTP 503")}

    assert "ledger blind" == told(entries=(), as_of=blind).cell.name


def test_an_event_that_no_read_saw_acknowledged_leaves_the_delivery_blind() -> None:
    assert "money right, delivery blind" == told(acknowledged={}).cell.name


def test_a_payment_that_was_refunded_in_full_and_never_credited_owes_nothing() -> None:
    found = told(entries=(), refunds=(refund(amount=600), refund(id="re_2", amount=399)))

    assert ("refunded, never credited", CheckResult.FAIL, CheckResult.PASS) == (
        found.cell.name,
        found.cell.webhook,
        found.cell.money,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "pending"},
        {"status": "failed"},
        {"status": None},
        {"amount": 998},
        {"currency": "eur"},
        {"charge": "ch_other"},
    ],
    ids=str,
)
def test_what_did_not_give_all_of_it_back_settles_nothing(changes: dict[str, Any]) -> None:
    assert "200 but lost" == told(entries=(), refunds=(refund(**changes),)).cell.name


def test_a_refund_that_was_not_read_settles_nothing_whatever_the_charge_says() -> None:
    back = charge(amount_refunded=999, refunded=True)

    assert "200 but lost" == told(entries=(), charges=(back,)).cell.name


def test_a_credit_may_come_inside_the_grace_although_the_money_went_back() -> None:
    assert "crediting" == told(seconds=600, entries=(), refunds=(refund(),)).cell.name


def test_a_payment_that_was_credited_is_credited_whatever_went_back() -> None:
    assert "credited" == told(refunds=(refund(),)).cell.name


def test_a_debit_without_a_credit_leaves_the_credit_owed() -> None:
    took = entry(kind="refund", credits=-9_990)

    assert "200 but lost" == told(entries=(took,), refunds=(refund(),)).cell.name


def test_a_charge_in_another_currency_can_only_go_back() -> None:
    paid = charge(currency="eur")

    assert "double or wrong credit" == told(entries=(), charges=(paid,)).cell.name
    back = told(entries=(), charges=(paid,), refunds=(refund(currency="eur"),))
    assert "refunded, never credited" == back.cell.name


def test_a_payment_that_was_taken_twice_is_not_refunded_by_one_of_the_two() -> None:
    twice = (charge(), charge(id="ch_2", created=epoch(11)))
    once, both = (refund(),), (refund(), refund(id="re_2", charge="ch_2"))

    assert "200 but lost" == told(entries=(), charges=twice, refunds=once).cell.name
    assert "refunded, never credited" == told(entries=(), charges=twice, refunds=both).cell.name


def test_a_ledger_that_was_not_read_does_not_say_that_nothing_was_credited() -> None:
    blind = read_upto(LATER) | {Side.LEDGER: AsOf(why="got HTTP 503")}

    assert "ledger blind" == told(entries=(), refunds=(refund(),), as_of=blind).cell.name


def test_a_checkout_without_a_charge_is_no_payment() -> None:
    assert tell(bought(charges=()), EXPECTED, now()) is None


def test_both_shares_count_each_for_itself() -> None:
    lost = told(entries=())

    found = truth(many(9, lost), window_s=3_600, endpoints=1, now=now(), settled_s=600)

    assert (10, 10, Interval(low=722, high=1000)) == (found.hop_1.k, found.hop_1.n, found.hop_1.interval)
    assert (9, 10) == (found.end_to_end.k, found.end_to_end.n)
    assert ("pi_1",) == tuple(each.payment_intent for each in found.of("200 but lost"))


def test_with_two_endpoints_a_failure_is_a_bound() -> None:
    failed = told(acknowledged={}, undelivered=frozenset({"evt_1"}), subscribed=2)

    found = truth(many(9, failed), window_s=3_600, endpoints=2, now=now(), settled_s=600)

    assert (9, 10, 10) == (found.hop_1.least_k, found.hop_1.k, found.hop_1.n)


@pytest.mark.parametrize(
    ("endpoints", "why"),
    [
        (0, "not applicable: no enabled live endpoint takes the event"),
        (None, "not known: the webhook endpoints could not be read"),
    ],
)
def test_without_an_endpoint_there_is_no_share(endpoints: int | None, why: str) -> None:
    found = truth(many(3), window_s=3_600, endpoints=endpoints, now=now(), settled_s=600)

    assert (None, why) == (found.hop_1.k, found.hop_1.why)


def test_an_empty_window_has_no_share() -> None:
    found = truth([], window_s=3_600, endpoints=1, now=now(), settled_s=600)

    assert (None, "not applicable: no payment in the window") == (found.end_to_end.k, found.end_to_end.why)


def test_one_payment_that_cannot_be_seen_makes_the_share_unknown() -> None:
    blind = told(acknowledged={})

    found = truth(many(9, blind), window_s=3_600, endpoints=1, now=now(), settled_s=600)

    assert (None, "not known: of 1 it cannot be seen") == (found.hop_1.k, found.hop_1.why)


@pytest.mark.parametrize(("seconds", "counted"), [(609, 0), (610, 0), (611, 1), (4210, 1), (4211, 0)])
def test_the_window_is_half_open_and_leaves_out_what_is_young(seconds: int, counted: int) -> None:
    found = truth([told()], window_s=3_600, endpoints=1, now=after(seconds), settled_s=600)

    assert counted == len(found.told)


def test_the_events_of_another_type_do_not_make_a_delivery() -> None:
    assert "event never generated or not subscribed" == told(events=(event(type="charge.updated"),)).cell.name
