"""One purchase is put together from what was read of both sides, and what was not read is blind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from collectors.money import WebhookEndpoint
from collectors.money_window import MoneyList
from collectors.observation import Observation
from dashboard.launch.money.panel import PurchasePanel
from dashboard.launch.money.trace import Hop, HopState
from dashboard.purchases import Purchases, endpoints_of, subscribed
from dashboard.store.money_values import FailedRead
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import after, charge, entry, epoch, event, intent, session
from tests.dashboard.money_read import OURS, READ_AT, balances, endpoint, read, read_all, told_undelivered
from tests.dashboard.store.scene import Writing, answer, failure, opened, writing

CHARGE, EVENT, DELIVERY, CREDIT, BALANCE = range(5)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


def panel(writer: Writing, *, picked: str | None = None, seconds: float = READ_AT + 1) -> PurchasePanel:
    def clock() -> datetime:
        return after(seconds)

    purchases = Purchases(store=writer.store, plan=default_plan(), ours=OURS, clock=clock)
    return purchases.panel(writer.run, picked)


def hop(writer: Writing, number: int) -> Hop:
    return panel(writer).trace.hops[number]


def test_of_a_payment_that_nobody_has_read_nothing_is_kept(writer: Writing) -> None:
    assert () == panel(writer, picked="pi_nope").kept


def test_a_purchase_that_was_read_from_both_sides_is_done_in_five_hops(writer: Writing) -> None:
    read_all(writer)
    balances(writer, s5=0, s14=9_990)

    found = panel(writer)

    assert [HopState.DONE] * 5 == [each.state for each in found.trace.hops]
    assert ("pi_1", True, ()) == (found.picked, found.is_first, found.blind)


OTHER = {"id": "we_2", "url": "https://other.example/hook"}


@pytest.mark.parametrize(
    ("endpoints", "told", "expected"),
    [
        ((endpoint(),), None, 1),
        ((endpoint(enabled_events=["*"]),), None, 1),
        ((endpoint(url="https://shop.example/stripe/webhook?key=1"),), None, 1),
        ((endpoint(), endpoint(**OTHER)), None, 2),
        ((endpoint(), endpoint(id="we_2")), None, 2),
        ((endpoint(created=epoch(11)),), 11, 1),
        ((endpoint(created=epoch(12)),), 11, 0),
        ((endpoint(created=epoch(12)),), None, 1),
        ((endpoint(), endpoint(**OTHER, created=epoch(12))), 11, 1),
        ((), None, 0),
        ((endpoint(**OTHER),), None, 0),
        ((endpoint(url="https://shop.example/stripe/webhook/"),), None, 0),
        ((endpoint(url="http://shop.example/stripe/webhook"),), None, 0),
        ((endpoint(status="disabled"),), None, 0),
        ((endpoint(livemode=False),), None, 0),
        ((endpoint(enabled_events=["charge.succeeded"]),), None, 0),
        ((endpoint(enabled_events=[]),), None, 0),
        ((endpoint(status="disabled"), endpoint(**OTHER, enabled_events=["*"])), None, 0),
    ],
    ids=[
        *(
            "one",
            "every event",
            "with a query",
            "two",
            "ours twice",
            "of the event's second",
            "after the event",
        ),
        *("no event yet", "the other after the event", "none", "another's", "a trailing slash", "http"),
        *("disabled", "test mode", "another event", "no event at all", "ours disabled beside another's"),
    ],
)
def test_to_how_many_endpoints_an_event_was_to_go(
    endpoints: tuple[WebhookEndpoint, ...], told: int | None, expected: int, writer: Writing
) -> None:
    read(writer, MoneyList.WEBHOOK_ENDPOINTS, *endpoints)
    known = endpoints_of(writer.store, writer.store.money.reads())
    events = () if told is None else (event(created=epoch(told)), event(id="evt_2", type="charge.updated"))

    assert expected == subscribed(known, events, OURS)


def test_endpoints_that_were_never_read_are_not_none(writer: Writing) -> None:
    known = endpoints_of(writer.store, writer.store.money.reads())

    assert known is None
    assert subscribed(known, (), OURS) is None


def test_before_anything_was_read_every_side_is_blind_and_nothing_is_done(writer: Writing) -> None:
    found = panel(writer)

    assert HopState.UNKNOWN is found.trace.state
    assert 4 == len(found.blind)


def test_an_open_checkout_is_what_is_waited_for_before_a_payment_exists(writer: Writing) -> None:
    read(writer, MoneyList.PAYMENT_INTENTS)
    read(writer, MoneyList.CHARGES)
    read(
        writer,
        MoneyList.CHECKOUT_SESSIONS,
        session(status="open", payment_status="unpaid", payment_intent=None),
    )

    found = panel(writer).trace

    assert ("cs_1", HopState.WAITING) == (found.session, found.hops[CHARGE].state)


def test_an_undelivered_event_is_not_acknowledged(writer: Writing) -> None:
    read_all(writer, undelivered=told_undelivered("evt_1"))

    assert HopState.WAITING is hop(writer, DELIVERY).state


def test_an_event_that_left_the_undelivered_is_acknowledged_at_the_read_that_saw_it(writer: Writing) -> None:
    read_all(writer, undelivered=told_undelivered("evt_1"))
    read(writer, MoneyList.EVENTS, event(), seconds=18, undelivered=told_undelivered())

    found = hop(writer, DELIVERY)

    assert (HopState.DONE, after(18)) == (found.state, found.at)


@pytest.mark.parametrize(
    "changes", [{"status": "disabled"}, {"livemode": False}, {"enabled_events": ["charge.updated"]}]
)
def test_without_an_enabled_live_endpoint_for_the_event_delivery_is_not_applicable(
    changes: dict[str, Any], writer: Writing
) -> None:
    read_all(writer, endpoints=(endpoint(**changes),))

    assert "not applicable: no enabled live endpoint takes this event" == hop(writer, DELIVERY).said


def test_a_list_that_fails_leaves_its_side_blind_with_its_reason(writer: Writing) -> None:
    read_all(writer, entries=())
    writer.store.money.record(
        FailedRead(list=MoneyList.LEDGER, at=after(22), reason="server", detail="got HTTP 503, expected 200"),
        lease=writer.lease,
    )

    found = panel(writer, seconds=60)

    assert HopState.UNKNOWN is found.trace.hops[CREDIT].state
    assert any("got HTTP 503, expected 200" in sentence for sentence in found.blind)


def test_a_history_that_is_still_being_read_tells_nothing_of_what_is_missing(writer: Writing) -> None:
    read_all(writer, entries=())
    read(writer, MoneyList.LEDGER, caught_up=False)

    found = hop(writer, CREDIT)

    assert HopState.UNKNOWN is found.state
    assert "its history is still being read" in found.said


def test_the_balance_of_another_user_is_not_read_and_said_to_be_so(writer: Writing) -> None:
    read_all(writer, entries=(entry(user="u-2"),))
    balances(writer, s5=0, s14=9_990)

    found = hop(writer, BALANCE)

    assert HopState.UNKNOWN is found.state
    assert "golive reads the balance of the plan's user alone" in found.said


def test_a_balance_that_was_first_read_after_the_charge_proves_no_growth(writer: Writing) -> None:
    read_all(writer)
    balances(writer, s14=9_990)

    assert HopState.WAITING is hop(writer, BALANCE).state


def test_another_payment_can_be_picked_and_is_not_called_the_first(writer: Writing) -> None:
    read_all(writer)
    read(writer, MoneyList.PAYMENT_INTENTS, intent(id="pi_2", created=epoch(5)))

    found = panel(writer, picked="pi_2")

    assert ("pi_2", False) == (found.picked, found.is_first)
    assert ["pi_2", "pi_1"] == [choice.payment_intent for choice in found.choices]
    assert "9.99 USD · succeeded" == found.choices[0].said


def test_what_was_paid_before_this_run_is_not_its_first_dollar_and_its_balance_not_judged(
    writer: Writing,
) -> None:
    read_all(writer)
    writer = replace(writer, run=replace(writer.run, started_at=after(3_600)))

    own, older = panel(writer), panel(writer, picked="pi_1")

    said = "it was charged before this run, which reads the balance only from its start on"
    assert (None, HopState.WAITING) == (own.picked, own.trace.hops[CHARGE].state)
    assert HopState.DONE is older.trace.hops[CREDIT].state
    assert (HopState.UNKNOWN, True) == (
        older.trace.hops[BALANCE].state,
        said in older.trace.hops[BALANCE].said,
    )


def test_the_clocks_of_both_sides_are_shown_as_they_were_measured(writer: Writing) -> None:
    measured = Observation(
        probe="stripe.balance",
        source="stripe",
        environment=writer.run.environment,
        asked="GET http://127.0.0.1/v1/balance",
        observed_at=after(3),
        elapsed_ms=3,
        facts={"clock_skew_ms": -420},
    )
    writer.samples(measured)

    skews = panel(writer).skews

    assert [("Stripe", -420, after(3)), ("scholarship_api", None, None)] == [
        (each.whose, each.ms, each.measured_at) for each in skews
    ]


def test_an_endpoint_that_was_deleted_takes_nothing_any_more(writer: Writing) -> None:
    read_all(writer)
    read(writer, MoneyList.WEBHOOK_ENDPOINTS, is_whole=True)

    assert HopState.UNKNOWN is hop(writer, DELIVERY).state


@pytest.mark.parametrize(
    "changes", [{"url": "https://another.example/hook"}, {"created": epoch(12)}], ids=["another's", "younger"]
)
def test_an_endpoint_that_is_not_ours_or_younger_than_the_event_proves_no_delivery(
    changes: dict[str, Any], writer: Writing
) -> None:
    read_all(writer, endpoints=(endpoint(**changes),))

    assert HopState.UNKNOWN is hop(writer, DELIVERY).state


def test_before_the_endpoints_were_read_nothing_is_called_delivered(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge())
    read(writer, MoneyList.PAYMENT_INTENTS, intent())
    read(writer, MoneyList.EVENTS, event(), undelivered=())

    found = hop(writer, DELIVERY)

    assert (HopState.UNKNOWN, "cannot be seen: the webhook endpoints were not read yet") == (
        found.state,
        found.said,
    )


def test_another_payment_is_held_against_its_own_price(writer: Writing) -> None:
    read_all(writer)
    other = {"payment_intent": "pi_2", "amount": 1_998, "amount_captured": 1_998}
    read(writer, MoneyList.PAYMENT_INTENTS, intent(id="pi_2", created=epoch(5), amount=1_998))
    read(writer, MoneyList.CHARGES, charge(id="ch_2", **other))
    twice = entry(id="tx_2", payment_intent="pi_2", cents=1_998, credits=19_980)
    read(writer, MoneyList.LEDGER, entries=(twice,))

    hops = panel(writer, picked="pi_2").trace.hops

    assert [HopState.DONE, HopState.DONE] == [hops[CHARGE].state, hops[CREDIT].state]


# ------------------------------------------------------------ whose account


def accounts(writer: Writing, *told: str | None) -> None:
    """What Stripe said whose answers it gives, the newest last; None is a question that failed."""
    for second, account in enumerate(told, start=1):
        probe = "stripe.account"
        if account is None:
            writer.samples(failure(probe, second, source="stripe"))
        else:
            writer.samples(replace(answer(probe, second, source="stripe"), account=account))


def charged_by(writer: Writing) -> tuple[HopState, str]:
    ours = replace(OURS, account="acct_ours")
    purchases = Purchases(
        store=writer.store, plan=default_plan(), ours=ours, clock=lambda: after(READ_AT + 1)
    )
    found = purchases.panel(writer.run, None).trace.hops[CHARGE]
    return found.state, found.said


def test_a_charge_of_our_account_is_the_first_dollar(writer: Writing) -> None:
    read_all(writer)
    accounts(writer, "acct_ours", None)

    assert HopState.DONE is charged_by(writer)[0]


def test_a_charge_of_the_wrong_account_is_told_in_words(writer: Writing) -> None:
    read_all(writer)
    accounts(writer, "acct_theirs")

    assert (HopState.FAILED, "of the account acct_theirs, expected acct_ours") == charged_by(writer)


@pytest.mark.parametrize("told", [(), (None, None)])
def test_an_account_that_was_not_told_is_never_taken_for_ours(
    told: tuple[str | None, ...], writer: Writing
) -> None:
    read_all(writer)
    accounts(writer, *told)

    state, said = charged_by(writer)
    assert HopState.UNKNOWN is state
    assert "not known by which account, expected acct_ours" in said


def test_a_plan_that_names_no_account_takes_any(writer: Writing) -> None:
    read_all(writer)
    accounts(writer, "acct_theirs")

    assert HopState.DONE is hop(writer, CHARGE).state


def test_every_object_of_a_purchase_is_there_as_it_is_kept_with_its_hash(writer: Writing) -> None:
    read_all(writer)

    kept = panel(writer).kept

    assert {"checkout session", "payment intent", "charge", "event", "ledger row"} == {
        each.what for each in kept
    }
    for each in kept:
        told = json.loads(each.content)
        assert each.id == told["id"]
        assert rfc8785.dumps(told).decode() == each.content
        assert hashlib.sha256(each.content.encode()).hexdigest() == each.sha256
    assert sorted(kept, key=lambda each: each.first_seen_at) == list(kept)
    assert {"scholarship_api"} == {each.source for each in kept if each.what == "ledger row"}


CORRELATED = {"metadata": {"correlation_id": "order-17"}}


def test_a_payment_is_picked_by_its_checkout_and_by_the_id_of_the_shop(writer: Writing) -> None:
    read_all(writer)
    read(writer, MoneyList.PAYMENT_INTENTS, intent(**CORRELATED))

    found = [panel(writer, picked=name) for name in ("pi_1", "cs_1", "order-17")]

    assert [("pi_1", True, ())] * 3 == [(each.picked, each.is_first, each.others) for each in found]
    assert found[0].trace == found[1].trace == found[2].trace


def test_a_buyer_who_paid_twice_for_one_purchase_has_another_payment(writer: Writing) -> None:
    read_all(writer)
    twice = intent(id="pi_2", created=epoch(5), **CORRELATED)
    read(writer, MoneyList.PAYMENT_INTENTS, intent(**CORRELATED), twice)

    found = panel(writer, picked="order-17")

    assert ("pi_1", ("pi_2",)) == (found.picked, found.others)


def test_a_checkout_that_nobody_has_paid_is_traced_and_waits(writer: Writing) -> None:
    read_all(writer)
    unpaid = {"status": "open", "payment_status": "unpaid", "payment_intent": None}
    read(writer, MoneyList.CHECKOUT_SESSIONS, session(id="cs_2", **unpaid, **CORRELATED))

    for name in ("cs_2", "order-17"):
        found = panel(writer, picked=name)

        assert (None, "cs_2", False) == (found.trace.payment_intent, found.trace.session, found.is_first)
        assert HopState.WAITING is found.trace.hops[CHARGE].state
        assert ["cs_2"] == [each.id for each in found.kept]


@pytest.mark.parametrize("name", ["cs_nope", "order-4711", "ch_1", "tx_1", "%"])
def test_of_a_name_that_nothing_goes_by_nothing_is_kept(writer: Writing, name: str) -> None:
    read_all(writer)

    found = panel(writer, picked=name)

    assert ((), None, None) == (found.kept, found.trace.payment_intent, found.trace.session)
