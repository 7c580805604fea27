"""One purchase through five hops, as an operator reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dashboard.launch.money.purchase import AsOf, Purchase, Side
from dashboard.launch.money.trace import Hop, HopState, Trace, trace
from tests.dashboard.launch.money.bought import (
    EXPECTED,
    after,
    bought,
    charge,
    entry,
    epoch,
    event,
    read_upto,
    refund,
    session,
)

CHARGE, EVENT, DELIVERY, CREDIT, BALANCE = range(5)


def traced(purchase: Purchase, seconds: float = 20) -> Trace:
    return trace(purchase, EXPECTED, after(seconds))


def hop(number: int, *, seconds: float = 20, **changes: Any) -> Hop:
    return traced(bought(**changes), seconds).hops[number]


def test_a_good_purchase_is_done_in_five_hops_with_a_latency_each() -> None:
    found = traced(bought())

    assert [HopState.DONE] * 5 == [each.state for each in found.hops]
    assert [10, 1, 2, 3, 4] == [each.latency and each.latency.total_seconds() for each in found.hops]
    assert (timedelta(seconds=14), timedelta(seconds=4)) == (found.total, found.system)


def test_what_golive_only_sees_at_a_read_is_an_upper_bound() -> None:
    bounds = [each.is_upper_bound for each in traced(bought()).hops]

    assert [False, False, True, False, True] == bounds


def test_nothing_is_done_before_anything_was_read() -> None:
    found = traced(Purchase())

    assert HopState.DONE not in {each.state for each in found.hops}
    assert HopState.UNKNOWN is found.state
    assert "cannot be seen: nothing was read of the payments yet" == found.hops[0].said


def test_an_open_checkout_waits_for_its_charge_and_the_rest_waits_for_it() -> None:
    found = traced(
        bought(
            session=session(status="open", payment_status="unpaid", payment_intent=None),
            intent=None,
            charges=(),
            events=(),
            entries=(),
            balance=None,
        )
    )

    assert [HopState.WAITING] * 5 == [each.state for each in found.hops]
    assert "the checkout is open and not paid" == found.hops[CHARGE].said
    assert "waits for the charge" == found.hops[CREDIT].said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"charges": (charge(livemode=False),)}, "a test-mode charge, expected livemode: no money moved"),
        ({"charges": (charge(amount_captured=998),)}, "got 9.98 USD, expected 9.99 USD"),
        ({"charges": (charge(currency="eur"),)}, "got EUR, expected USD: nothing is converted"),
        (
            {"charges": (charge(captured=False, amount_captured=0),)},
            "authorized and not captured: no money moved yet",
        ),
        ({"charges": (charge(amount_refunded=100),)}, "1.00 USD of it refunded"),
        (
            {"charges": (charge(disputed=True),)},
            "disputed: the buyer's bank contests the charge",
        ),
        ({"account": "acct_theirs"}, "of the account acct_theirs, expected acct_ours"),
        (
            {
                "charges": (),
                "session": session(payment_status="no_payment_required", payment_intent=None),
                "intent": None,
            },
            "nothing was due: a coupon of 100 % makes no charge, so this is not a dollar",
        ),
        (
            {"charges": (), "session": session(status="expired", payment_status="unpaid")},
            "the checkout expired unpaid",
        ),
        (
            {
                "charges": (charge(amount_captured=899),),
                "session": session(total_details={"amount_discount": 100}),
            },
            "got 8.99 USD, expected 9.99 USD: 1.00 USD were taken off by a discount",
        ),
    ],
)
def test_what_is_not_the_first_dollar_is_told_apart_in_words(changes: dict[str, Any], said: str) -> None:
    found = hop(CHARGE, **changes)

    assert (HopState.FAILED, said) == (found.state, found.said)


def test_a_charge_of_an_account_that_could_not_be_asked_is_not_known_to_be_ours() -> None:
    found = hop(CHARGE, account=None)

    assert HopState.UNKNOWN is found.state
    assert "not known by which account, expected acct_ours" in found.said


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((entry(), entry(id="tx_2")), "credited 2 times, 19,980 credits in all, expected once"),
        ((entry(cents=998),), "got 9.98 USD, expected 9.99 USD"),
        ((entry(credits=999),), "got 999 credits, expected 9,990"),
        ((entry(currency="eur"),), "got EUR, expected USD: nothing is converted"),
    ],
)
def test_a_wrong_credit_is_told_apart_in_words(entries: tuple[Any, ...], said: str) -> None:
    found = hop(CREDIT, entries=entries)

    assert (HopState.FAILED, said) == (found.state, found.said)


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(70, HopState.WAITING), (71, HopState.LATE), (610, HopState.LATE), (611, HopState.FAILED)],
)
def test_a_credit_that_does_not_come_is_late_after_its_deadline_and_lost_after_the_grace(
    seconds: int, state: HopState
) -> None:
    found = hop(CREDIT, seconds=seconds, entries=(), as_of=read_upto(seconds))

    assert state is found.state


@pytest.mark.parametrize(("age", "state"), [(30, HopState.WAITING), (31, HopState.UNKNOWN)])
def test_a_missing_credit_is_unknown_once_the_ledger_was_not_read_of_late(age: int, state: HopState) -> None:
    found = hop(CREDIT, seconds=20 + age, entries=())

    assert state is found.state


def test_a_blind_ledger_says_why_and_since_when() -> None:
    reads = read_upto(60) | {
        Side.LEDGER: AsOf(at=after(20), read_at=after(20), why="got HTTP 503, expected 200")
    }

    found = hop(CREDIT, seconds=60, entries=(), as_of=reads)

    assert (
        "cannot be seen: nothing was read of the ledger since 12:00:20 UTC (got HTTP 503, expected 200)"
        == found.said
    )


def test_what_was_seen_done_stays_done_when_its_side_goes_blind() -> None:
    found = traced(bought(), seconds=4_000)

    assert HopState.DONE is found.state


def test_an_event_that_stripe_lists_as_undelivered_is_not_acknowledged() -> None:
    found = hop(DELIVERY, undelivered=frozenset({"evt_1"}))

    assert (HopState.WAITING, "Stripe lists it as not acknowledged") == (found.state, found.said)


def test_an_event_that_nobody_subscribed_to_is_unknown_and_never_green() -> None:
    found = hop(DELIVERY, subscribed=0)

    assert HopState.UNKNOWN is found.state
    assert "not applicable: no enabled live endpoint takes this event" == found.said


def test_with_two_endpoints_the_sentence_says_that_all_acknowledged() -> None:
    found = hop(DELIVERY, subscribed=2)

    assert "acknowledged by all 2 endpoints, at the latest when it was read" == found.said


def test_failed_tries_before_the_charge_are_a_note_and_no_failure() -> None:
    failed = charge(id="ch_0", status="failed", paid=False, captured=False, created=1)

    found = traced(bought(charges=(failed, charge())))

    assert HopState.DONE is found.state
    assert ("1 try to pay failed before, which is normal",) == found.notes


def test_a_payment_that_is_taken_twice_is_not_done_and_names_both_charges() -> None:
    twice = (charge(), charge(id="ch_2", created=epoch(20)))

    found = hop(CHARGE, charges=twice)

    said = "charged 2 times, 19.98 USD taken and kept, expected once: give all but one of ch_1 and ch_2 back"
    assert (HopState.FAILED, said, ("ch_1", "ch_2")) == (found.state, found.said, found.ids)


@pytest.mark.parametrize("which", ["ch_1", "ch_2"])
def test_once_one_of_two_charges_was_given_back_the_other_is_the_dollar(which: str) -> None:
    gone = {"amount_refunded": 999}
    twice = (
        charge(**(gone if which == "ch_1" else {})),
        charge(id="ch_2", created=epoch(20), **(gone if which == "ch_2" else {})),
    )

    found = traced(bought(charges=twice, refunds=(refund(charge=which),)))

    assert HopState.DONE is found.hops[CHARGE].state
    assert ("charged 1 time more than once, and given back",) == found.notes


def test_the_events_of_a_failed_try_are_not_the_event_of_the_payment() -> None:
    failed = event(id="evt_0", type="payment_intent.payment_failed")

    found = hop(EVENT, events=(failed,))

    assert HopState.WAITING is found.state


def test_the_hop_that_everything_waits_for_is_the_first_that_is_not_done() -> None:
    found = traced(bought(entries=(), balance=None))

    assert "Ledger credit" == found.stands_at.title


def test_the_worst_hop_is_the_state_of_the_whole() -> None:
    late = replace(bought(entries=(), balance=None), as_of=read_upto(71))

    assert HopState.LATE is traced(late, 71).state
