"""A crowd: asked for, alike for the same seed, fabricated into the past or buying through the real path."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal.fabrication import Fabricator, Past, Stage
from rehearsal.mix import FABRICATED_ONLY, InvalidMixError, Mix, Way, default_mix
from tests.rehearsal.visitor import Visitor, served, wait_until

NOW = 1_800_000_000.0
DAY = 86_400


def _past(way: Way, *, seed: int = 1, age_s: float = DAY) -> Past:
    stage = Stage(now=NOW, shop="http://shop", api="http://api", endpoint="we_1")
    return Fabricator(random.Random(seed), stage).purchase(way, at=NOW - age_s, user="stu_1")


def _of(past: Past, kind: str) -> list[Any]:
    return [kept["object"] for kept in past.documents if kept["object"]["object"] == kind]


def _credits(past: Past) -> list[tuple[Any, ...]]:
    return [(row.entry.kind, row.entry.credits, row.entry.usd_cents, row.entry.currency) for row in past.rows]


GOOD = ("purchase", 9990, 999, "usd")


def test_a_plain_purchase_leaves_what_the_real_path_leaves_and_one_credit() -> None:
    past = _past(Way.PLAIN)

    (session,), (intent,), (charge,) = (
        _of(past, kind) for kind in ("checkout.session", "payment_intent", "charge")
    )
    (fee,), (event,) = _of(past, "balance_transaction"), _of(past, "event")
    assert (intent["id"], charge["id"]) == (session["payment_intent"], intent["latest_charge"])
    assert ("paid", 940, charge["_transaction"]) == (session["payment_status"], fee["net"], fee["id"])
    assert intent["id"] == event["data"]["object"]["id"] == past.rows[0].entry.payment_intent
    assert [GOOD] == _credits(past)
    assert session["created"] < charge["created"] == int(NOW - DAY)


@pytest.mark.parametrize(
    ("way", "credited"),
    [
        (Way.LOST_CREDIT, []),
        (Way.UNDELIVERED, []),
        (Way.NEVER_TOLD, []),
        (Way.COUPON, []),
        (Way.DOUBLE_CREDIT, [GOOD, GOOD]),
        (Way.WRONG_CENTS, [("purchase", 9990, 998, "usd")]),
        (Way.WRONG_CREDITS, [("purchase", 999, 999, "usd")]),
        (Way.WRONG_CURRENCY, [("purchase", 9990, 999, "eur")]),
        (Way.PARTIAL, [("purchase", 9990, 500, "usd")]),
        (Way.REFUNDED, [GOOD, ("refund", -9990, -999, "usd")]),
        (Way.REFUND_NOT_DEBITED, [GOOD]),
        (Way.REFUND_FAILED, [GOOD]),
        (Way.DISPUTE_WON, [GOOD]),
    ],
)
def test_each_way_has_its_rows_in_the_ledger(way: Way, credited: list[tuple[Any, ...]]) -> None:
    assert credited == _credits(_past(way))


@pytest.mark.parametrize(
    ("way", "kind", "statuses"),
    [
        (Way.REFUNDED, "refund", ["succeeded"]),
        (Way.REFUND_PENDING, "refund", ["pending"]),
        (Way.REFUND_FAILED, "refund", ["failed"]),
        (Way.DISPUTED, "dispute", ["needs_response"]),
        (Way.DISPUTE_WON, "dispute", ["won"]),
        (Way.WARNED, "dispute", ["warning_needs_response"]),
        (Way.DECLINED, "charge", ["failed", "succeeded"]),
        (Way.UNLINKED, "charge", ["succeeded", "succeeded"]),
        (Way.COUPON, "charge", []),
        (Way.ORPHAN, "charge", []),
    ],
)
def test_each_way_has_its_objects_at_stripe(way: Way, kind: str, statuses: list[str]) -> None:
    assert statuses == [one["status"] for one in _of(_past(way), kind)]


def test_a_twin_is_made_in_test_mode_and_no_event_older_than_30_days_is_made() -> None:
    twins = [kept for kept in _past(Way.TEST_TWIN).documents if not kept["livemode"]]

    assert {"checkout.session", "payment_intent", "charge", "balance_transaction", "event"} == {
        kept["object"]["object"] for kept in twins
    }
    assert [] == _of(_past(Way.PLAIN, age_s=31 * DAY), "event") == _of(_past(Way.NEVER_TOLD), "event")


def test_an_undelivered_event_is_given_up_and_a_denial_names_the_user() -> None:
    (event,) = [kept for kept in _past(Way.UNDELIVERED).documents if kept["deliveries"]]
    (denial,) = _past(Way.DENIED).denials

    assert (None, None) == tuple(event["deliveries"][0][name] for name in ("next_at", "delivered_at"))
    assert ("stu_1", "rate_limited") == (denial.user, denial.reason)


def test_the_same_seed_makes_the_same_past_and_another_another() -> None:
    assert _past(Way.DISPUTE_WON, seed=4).rows == _past(Way.DISPUTE_WON, seed=4).rows
    assert _past(Way.DISPUTE_WON, seed=4).rows != _past(Way.DISPUTE_WON, seed=5).rows


def test_a_past_ends_now() -> None:
    (row,) = _past(Way.PLAIN, age_s=0).rows

    assert NOW == datetime.fromisoformat(row.entry.created_at).timestamp()


def test_a_mix_gives_each_way_its_share_and_the_rest_is_plain() -> None:
    found = Counter(Mix({Way.REFUNDED: 0.25, Way.DISPUTED: 0.25}).ways(10_000, random.Random(1)))

    assert {Way.REFUNDED, Way.DISPUTED, Way.PLAIN} == set(found)
    assert 2300 < found[Way.REFUNDED] < 2700
    assert 4700 < found[Way.PLAIN] < 5300
    with pytest.raises(InvalidMixError, match="more than 1"):
        Mix({Way.REFUNDED: 0.75, Way.DISPUTED: 0.75})


def test_a_crowd_at_a_rate_has_no_way_that_takes_a_fault() -> None:
    assert not FABRICATED_ONLY & set(default_mix(fabricated=False).shares)
    with pytest.raises(InvalidMixError, match="lost_credit"):
        Mix({Way.LOST_CREDIT: 0.1}).refuse_fabricated()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A world with 300 purchases of the last ten days, of which a third are wrong."""
    with served(tmp_path_factory.mktemp("crowded")) as visitor:
        _come(visitor, count=300, seed=3, days=10, mix={"lost_credit": 0.1, "refunded": 0.1, "denied": 0.1})
        yield visitor


def _come(visitor: Visitor, **wish: Any) -> Any:
    visitor.control("POST", "/crowd", wish)
    wait_until(lambda: visitor.control("GET", "/crowd")["crowds"][0]["over"])
    return visitor.control("GET", "/crowd")["crowds"][0]


def _all(visitor: Visitor, path: str, **filters: Any) -> list[Any]:
    found: list[Any] = []
    while True:
        cursor = {"starting_after": found[-1]["id"]} if found else {}
        page = visitor.stripe(path, limit=100, **filters, **cursor)
        found += page["data"]
        if not page["has_more"]:
            return found


def test_no_crowd_comes_on_its_own(tmp_path: Path) -> None:
    with served(tmp_path) as visitor:
        assert [] == visitor.control("GET", "/crowd")["crowds"]
        assert [] == visitor.all_entries() == visitor.stripe("charges")["data"]


def test_a_fabricated_crowd_is_in_the_books_and_the_ledger_as_it_says(crowded: Visitor) -> None:
    of = crowded.control("GET", "/crowd")["crowds"][0]["of"]

    purchases = [row for row in crowded.all_entries() if row["kind"] == "purchase"]
    charges = _all(crowded, "charges")
    assert 300 == sum(of.values()) == len(charges) == len({one["id"] for one in charges})
    assert 300 - of["lost_credit"] == len(purchases)
    assert of["refunded"] == len(_all(crowded, "refunds"))
    assert of["denied"] == len(crowded.all_entries("denials"))
    assert [] == crowded.stripe("events", delivery_success="false")["data"]


def test_a_fabricated_crowd_is_spread_over_its_days(crowded: Visitor) -> None:
    now = int(time.time())
    days = Counter((now - one["created"]) // DAY for one in _all(crowded, "charges"))

    assert set(range(10)) == set(days)
    assert max(days.values()) <= 32


def test_a_past_stands_behind_what_is_there_already(crowded: Visitor) -> None:
    intent = crowded.buy()

    _come(crowded, count=5, days=1, mix={})

    assert intent == crowded.all_entries()[0]["payment_intent"]
    wait_until(lambda: intent == crowded.stripe("payment_intents")["data"][0]["id"])


def test_two_worlds_of_one_seed_have_the_same_crowd(tmp_path: Path) -> None:
    def ids(folder: str, seed: int) -> set[str]:
        with served(tmp_path / folder, seed=1) as visitor:
            _come(visitor, count=20, seed=seed)
            return {one["id"] for one in _all(visitor, "charges")}

    assert ids("one", 5) == ids("two", 5)
    assert not ids("three", 6) & ids("four", 5)


def test_a_crowd_at_a_rate_buys_through_the_real_path(visitor: Visitor) -> None:
    crowd = _come(visitor, count=6, rate_per_s=50, seed=2, mix={"refunded": 0.5, "debited": 0.5})

    buyers = [row for row in visitor.all_entries() if row["user"].startswith("stu_")]
    kinds = Counter(row["kind"] for row in buyers)
    assert 6 == crowd["made"] == kinds["purchase"]
    assert (crowd["of"].get("refunded", 0), crowd["of"].get("debited", 0)) == (
        kinds["refund"],
        kinds["debit"],
    )
    results = [one["result"] for one in visitor.receipts()]
    assert 6 <= results.count("credited")


@pytest.mark.parametrize(
    "wish",
    [
        {"count": 0},
        {"count": 1, "mix": {"lost": 0.1}},
        {"count": 1, "mix": {"refunded": 0.6, "disputed": 0.6}},
        {"count": 1, "rate_per_s": 1, "mix": {"orphan": 0.5}},
        {"count": 1, "colour": "red"},
    ],
)
def test_a_crowd_that_cannot_be_is_refused_and_none_comes(visitor: Visitor, wish: dict[str, Any]) -> None:
    before = visitor.control("GET", "/crowd")

    assert 422 == visitor.ask_control("POST", "/crowd", wish).status_code
    assert before == visitor.control("GET", "/crowd")
