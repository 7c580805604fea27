"""Lists: windows of time, filters, expansion, lateness, and what a payment leaves in each of its ways."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from rehearsal.knobs import Knobs
from rehearsal.pace import Pace
from rehearsal.places import Place
from rehearsal.stripe_double import listing, objects
from rehearsal.stripe_double.books import Books, document
from rehearsal.stripe_double.effects import Object
from rehearsal.stripe_double.errors import StripeError
from rehearsal.stripe_double.resources import RESOURCES
from tests.rehearsal.visitor import Visitor, served, wait_until

RESOURCE = {resource.kind: resource for resource in RESOURCES}
CHARGES = RESOURCE["charge"]
START = 1_700_000_000


def _books(tmp_path: Path, knobs: Knobs | None = None) -> Books:
    return Books(tmp_path / "books", seed=1, pace=Pace(), knobs=lambda: knobs or Knobs())


def _charge(number: int, *, created: int, livemode: bool = True) -> Object:
    intent = {"id": f"pi_{number}", "amount": 999, "amount_received": 999, "currency": "usd", "metadata": {}}
    made = objects.charge(f"ch_{number}", {**intent, "livemode": livemode}, created=created)
    return {**made, "_transaction": None, "_settled_at": 0.0}


def _page(books: Books, *pairs: tuple[str, str], livemode: bool = True) -> tuple[list[str], bool]:
    found, more = books.page(CHARGES, listing.read(CHARGES, list(pairs)), livemode=livemode)
    return [one["id"] for one in found], more


def _filled(tmp_path: Path, count: int, *, per_second: int) -> Books:
    """Books with charges in an order of insertion that is not that of time."""
    books = _books(tmp_path)
    charges = [_charge(number, created=START + number // per_second) for number in range(count)]
    random.Random(1).shuffle(charges)
    books.keep_all(document(one, livemode=True, listed_at=0.0) for one in charges)
    return books


def test_pages_of_100_through_one_second_have_no_gap_and_no_repeat(tmp_path: Path) -> None:
    books = _filled(tmp_path, 301, per_second=150)
    seen: list[str] = []
    more = True
    while more:
        cursor = [("starting_after", seen[-1])] if seen else []
        page, more = _page(books, ("limit", "100"), *cursor)
        seen += page

    assert {f"ch_{number}" for number in range(301)} == set(seen)
    assert 301 == len(seen)
    assert "ch_300" == seen[0]
    back, _ = _page(books, ("limit", "100"), ("ending_before", seen[200]))
    assert seen[100:200] == back


@pytest.mark.parametrize(
    ("window", "numbers"),
    [
        ([("created", START + 2)], {2}),
        ([("created[gt]", START + 2), ("created[lt]", START + 5)], {3, 4}),
        ([("created[gte]", START + 2), ("created[lte]", START + 5)], {2, 3, 4, 5}),
        ([("created[gt]", START + 9)], set()),
    ],
)
def test_a_window_has_the_edges_it_was_asked_for(
    tmp_path: Path, window: list[tuple[str, int]], numbers: set[int]
) -> None:
    books = _filled(tmp_path, 10, per_second=1)

    page, more = _page(books, *((name, str(value)) for name, value in window))

    assert ({f"ch_{number}" for number in numbers}, False) == (set(page), more)


def test_a_cursor_outside_the_window_is_taken_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    books = _filled(tmp_path, 10, per_second=1)

    page, _ = _page(books, ("starting_after", "ch_8"), ("created[lte]", str(START + 3)))

    assert ["ch_3", "ch_2", "ch_1", "ch_0"] == page
    with pytest.raises(StripeError, match="No such object: 'ch_99'"):
        _page(books, ("starting_after", "ch_99"))


def test_an_object_is_listed_a_moment_after_it_was_made(tmp_path: Path) -> None:
    books = _books(tmp_path)
    before = time.time()
    for number in range(200):
        books.keep(_charge(number, created=START))

    late = [kept["listed_at"] - before for kept in books._shelf.of_kind("charge")]
    assert 0.2 <= min(late)
    assert max(late) <= 2.0 + time.time() - before


def test_what_is_not_listed_yet_is_there_by_id_alone(tmp_path: Path) -> None:
    books = _books(tmp_path)
    books.keep(_charge(1, created=START), listed_at=time.time() + 1000)
    books.keep(_charge(2, created=START), listed_at=time.time() - 1)

    assert (["ch_2"], False) == _page(books)
    assert books.one("charge", "ch_1", livemode=True) is not None


def test_stragglers_come_only_when_they_are_asked_for(tmp_path: Path) -> None:
    books = _books(tmp_path, Knobs(listed_late_percent=3))
    before = time.time()
    for number in range(1000):
        books.keep(_charge(number, created=START))

    late = [kept["listed_at"] - before for kept in books._shelf.of_kind("charge")]
    stragglers = [seconds for seconds in late if seconds >= 5]
    assert 10 <= len(stragglers) <= 60
    assert max(stragglers) <= 90 + time.time() - before


def test_test_objects_are_for_test_keys_unless_they_leak(tmp_path: Path) -> None:
    live, test = (
        document(_charge(number, created=START, livemode=mode), livemode=mode, listed_at=0.0)
        for number, mode in ((1, True), (2, False))
    )
    sound, leaking = _books(tmp_path), _books(tmp_path, Knobs(test_objects_leak=True))
    sound.keep_all([live, test])

    assert ["ch_1"] == _page(sound)[0]
    assert ["ch_2"] == _page(sound, livemode=False)[0]
    assert {"ch_1", "ch_2"} == set(_page(leaking)[0])


@pytest.mark.parametrize(
    ("kind", "pairs", "param"),
    [
        ("charge", [("expand[]", "data.customer")], "expand"),
        ("charge", [("expand[]", "balance_transaction")], "expand"),
        ("charge", [("charge", "ch_1")], "charge"),
        ("refund", [("status", "failed")], "status"),
        ("charge", [("created[from]", "1")], "created[from]"),
        ("charge", [("created[gte]", "yesterday")], "created[gte]"),
        ("charge", [("starting_after", "ch_1"), ("ending_before", "ch_2")], "starting_after"),
    ],
)
def test_what_stripe_does_not_take_is_refused_by_name(
    kind: str, pairs: list[tuple[str, str]], param: str
) -> None:
    with pytest.raises(StripeError) as caught:
        listing.read(RESOURCE[kind], pairs)

    assert (400, param) == (caught.value.status, caught.value.envelope()["error"]["param"])


def _bought(visitor: Visitor, *, charges: int = 1, **wish: Any) -> tuple[str, list[Any]]:
    """A purchase that was paid as wished, and its charges."""
    name = visitor.control("POST", "/purchases", wish)["id"]
    wait_until(lambda: bool(visitor.purchase(name)["paid"]["detail"]))
    intent = str(visitor.purchase(name)["paid"]["detail"])
    wait_until(lambda: len(visitor.stripe("charges", payment_intent=intent)["data"]) == charges)
    return intent, visitor.stripe("charges", payment_intent=intent)["data"]


def test_the_fee_arrives_with_charge_updated_and_can_be_shown_inside_the_charge(visitor: Visitor) -> None:
    intent, (charge,) = _bought(visitor)

    wait_until(lambda: visitor.stripe(f"charges/{charge['id']}")["balance_transaction"] is not None)
    wait_until(lambda: charge["id"] in _about(visitor, "charge.updated"))

    expand = {"expand[]": "data.balance_transaction"}
    (shown,) = visitor.stripe("charges", payment_intent=intent, **expand)["data"]
    fee = shown["balance_transaction"]
    assert (940, charge["id"]) == (fee["net"], fee["source"])
    (event,) = [
        one
        for one in visitor.stripe("events", type="charge.updated", limit=100)["data"]
        if one["data"]["object"]["id"] == charge["id"]
    ]
    assert fee["id"] == event["data"]["object"]["balance_transaction"]
    assert charge["created"] < event["created"]


def _about(visitor: Visitor, kind: str) -> list[str]:
    return [one["data"]["object"]["id"] for one in visitor.stripe("events", type=kind, limit=100)["data"]]


def test_a_fee_can_be_later_and_its_net_wrong(visitor: Visitor) -> None:
    with visitor.turned(net_off_by_cents=-3):
        _, (wrong,) = _bought(visitor)
    with visitor.turned(fee_delay_s=3600):
        _, (pending,) = _bought(visitor)

    wait_until(lambda: bool(visitor.stripe("balance_transactions", source=wrong["id"])["data"]))
    (fee,) = visitor.stripe("balance_transactions", source=wrong["id"])["data"]
    assert (999, 59, 937) == (fee["amount"], fee["fee"], fee["net"])
    assert visitor.stripe(f"charges/{pending['id']}")["balance_transaction"] is None


def test_tries_that_fail_leave_failed_charges_before_the_good_one(visitor: Visitor) -> None:
    intent, charges = _bought(visitor, charges=3, declines=2)

    good = visitor.stripe(f"payment_intents/{intent}")["latest_charge"]
    assert [("failed", 0, False)] * 2 == [
        (one["status"], one["amount_captured"], one["paid"]) for one in charges if one["id"] != good
    ]
    wait_until(lambda: _about(visitor, "payment_intent.payment_failed").count(intent) == 2)


def test_of_a_partial_capture_less_is_taken_than_was_asked(visitor: Visitor) -> None:
    intent, (charge,) = _bought(visitor, captured=500)

    assert (999, 500) == (charge["amount"], charge["amount_captured"])
    assert 500 == visitor.stripe(f"payment_intents/{intent}")["amount_received"]


def test_a_coupon_over_the_whole_price_leaves_a_complete_session_and_no_payment(visitor: Visitor) -> None:
    name = visitor.control("POST", "/purchases", {"full_coupon": True})["id"]
    wait_until(lambda: visitor.purchase(name)["paid"]["state"] == "failed")

    def free() -> list[Any]:
        sessions = visitor.stripe("checkout/sessions", limit=100, status="complete")["data"]
        return [one for one in sessions if one["payment_status"] == "no_payment_required"]

    wait_until(lambda: bool(free()))
    (session,) = free()
    assert (0, None) == (session["amount_total"], session["payment_intent"])
    assert 999 == session["total_details"]["amount_discount"]


def test_an_unlinked_charge_names_no_payment(visitor: Visitor) -> None:
    with visitor.turned(charge_unlinked=True):
        _, (charge,) = _bought(visitor)

    def unlinked() -> list[Any]:
        found = visitor.stripe("charges", limit=100)["data"]
        return [one for one in found if one["payment_intent"] is None]

    wait_until(lambda: bool(unlinked()))
    assert charge["amount_captured"] == unlinked()[0]["amount_captured"]


def test_a_test_twin_is_seen_by_a_test_key_alone_until_it_leaks(visitor: Visitor) -> None:
    test = visitor.bearer(visitor.world.identity.stripe.pilot_test)

    with visitor.turned(test_twin=True):
        _, (charge,) = _bought(visitor)

    def twins() -> list[Any]:
        """Those of this purchase: another of this world may still have been on its way."""
        listed = visitor.get(Place.STRIPE, "/v1/charges", headers=test).json()["data"]
        return [one for one in listed if one["metadata"] == charge["metadata"]]

    wait_until(lambda: bool(twins()))

    assert [(999, False)] == [(one["amount"], one["livemode"]) for one in twins()]
    assert all(one["livemode"] for one in visitor.stripe("charges", limit=100)["data"])
    with visitor.turned(test_objects_leak=True):
        assert not all(one["livemode"] for one in visitor.stripe("charges", limit=100)["data"])


def test_an_event_that_is_never_made_is_neither_delivered_nor_listed(visitor: Visitor) -> None:
    with visitor.turned(events_never_made=["payment_intent.succeeded"]):
        intent, (charge,) = _bought(visitor)
    wait_until(lambda: charge["id"] in _about(visitor, "charge.succeeded"))

    assert intent not in _about(visitor, "payment_intent.succeeded")
    assert [] == [row for row in visitor.all_entries() if row["payment_intent"] == intent]


def test_a_delivery_can_come_twice_and_on_demand_again(visitor: Visitor) -> None:
    def results(intent: str) -> list[str]:
        return [one["result"] for one in visitor.receipts() if one["payment_intent"] == intent]

    with visitor.turned(deliveries_doubled=True):
        intent, _ = _bought(visitor)
        wait_until(lambda: len(results(intent)) == 2)
    again = visitor.control("POST", f"/purchases/{intent}/redeliver")
    wait_until(lambda: len(results(intent)) == 3)

    assert {"deliveries": 1} == again
    assert ["duplicate", "duplicate", "credited"] == results(intent)


def test_out_of_order_the_failed_try_arrives_after_the_success(visitor: Visitor) -> None:
    def kinds(intent: str) -> list[str]:
        return [one["type"] for one in visitor.receipts() if one["payment_intent"] == intent]

    with visitor.turned(deliveries_reordered=True):
        intent, _ = _bought(visitor, charges=2, declines=1)
    wait_until(lambda: len(kinds(intent)) == 2)

    assert ["payment_intent.payment_failed", "payment_intent.succeeded"] == kinds(intent)


def test_after_the_last_try_pending_can_be_zero_though_nothing_was_delivered(tmp_path: Path) -> None:
    with served(tmp_path, speed=1_000_000) as visitor:

        def failing() -> list[Any]:
            return list(visitor.stripe("events", delivery_success="false")["data"])

        with visitor.fault("webhook_500"):
            name = visitor.control("POST", "/purchases")["id"]
            wait_until(lambda: "attempt 18" in visitor.purchase(name)["webhook delivered"]["detail"])
            wait_until(lambda: bool(failing()))
        with visitor.turned(pending_zero_after_final=True):
            zero = failing()

        assert [0, 1] == [zero[0]["pending_webhooks"], failing()[0]["pending_webhooks"]]
