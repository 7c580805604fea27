"""Who was notified is counted by payment, and what the log does not tell is no figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.money import NotificationDelivery
from dashboard.launch.money.notifying import (
    NEVER_READ,
    NO_LOG,
    NotificationLog,
    Notified,
    notified,
)
from dashboard.launch.money.purchase import AsOf
from dashboard.launch.money.truth import NO_PAYMENT, Truth, tell, truth
from tests.dashboard.launch.money.bought import EXPECTED, after, bought, charge, epoch

HOP = "provider_register → auto_com_center"
READ_S = 1_300
FAILS = "not known: reading the delivery log fails, "


def settled(*numbers: int, now_s: float = READ_S) -> Truth:
    """Payments of which number N was charged N seconds after the checkout was opened."""
    purchases = [
        bought(
            intent=None,
            session=None,
            charges=(charge(id=f"ch_{n}", payment_intent=f"pi_{n}", created=epoch(n)),),
        )
        for n in numbers
    ]
    told = [one for each in purchases if (one := tell(each, EXPECTED, after(now_s))) is not None]
    return truth(told, window_s=86_400, endpoints=1, now=after(now_s), settled_s=EXPECTED.grace_s)


def delivery(number: int, **changes: Any) -> NotificationDelivery:
    plain: dict[str, Any] = {
        "id": f"ntf_{number}",
        "received_at": after(number + 3),
        "result": "accepted",
        "payment_intent": f"pi_{number}",
    }
    return NotificationDelivery(**plain | changes)


def nameless(number: int, **changes: Any) -> NotificationDelivery:
    return delivery(number, payment_intent=None, **changes)


def log(*deliveries: NotificationDelivery, **changes: Any) -> NotificationLog:
    plain = NotificationLog(
        read=AsOf(at=after(READ_S), read_at=after(READ_S)),
        complete_from=after(-100),
        can_name=True,
        good=frozenset({"accepted"}),
        deliveries=deliveries,
    )
    return replace(plain, **changes)


def found(told: Truth, read: NotificationLog | None, now_s: float = READ_S) -> Notified:
    return notified(told, read, hop=HOP, grace_s=EXPECTED.grace_s, stale_s=EXPECTED.stale_s, now=after(now_s))


def missing(seen: Notified) -> list[tuple[str, str | None]]:
    return [(each.payment_intent, each.result) for each in seen.missing]


def test_each_payment_with_an_accepted_delivery_counts_once() -> None:
    seen = found(settled(10, 20), log(delivery(10), delivery(11, payment_intent="pi_10"), delivery(20)))

    assert (2, 2, 2) == (seen.share.k, seen.share.least_k, seen.share.n)
    assert seen.share.interval is not None
    assert [] == missing(seen)
    assert (after(READ_S - 600 - 86_400), after(READ_S - 600)) == (seen.start, seen.end)


def test_a_payment_without_a_delivery_is_named_the_oldest_first() -> None:
    seen = found(settled(30, 10, 20), log(delivery(20)))

    assert (1, 3) == (seen.share.k, seen.share.n)
    assert [("pi_10", None), ("pi_30", None)] == missing(seen)


def test_a_log_that_was_read_and_is_empty_is_nobody_notified() -> None:
    seen = found(settled(10), log())

    assert (0, 1) == (seen.share.k, seen.share.n)
    assert [("pi_10", None)] == missing(seen)


def test_a_delivery_that_was_refused_is_none_and_says_its_newest_result() -> None:
    tries = (delivery(10, id="b", result="bounced", received_at=after(90)), delivery(10, result="queued"))

    seen = found(settled(10), log(*tries))

    assert (0, 1) == (seen.share.k, seen.share.n)
    assert [("pi_10", "bounced")] == missing(seen)


def test_a_delivery_that_was_refused_before_it_was_accepted_is_one() -> None:
    assert 1 == found(settled(10), log(delivery(10, id="b", result="bounced"), delivery(10))).share.k


def test_a_delivery_is_found_by_its_correlation_id() -> None:
    told = log(nameless(10, correlation_id="c-1"), correlated={"c-1": "pi_10"})

    assert (1, 1) == (found(settled(10), told).share.k, found(settled(10), told).share.n)


def test_the_payment_intent_goes_before_the_correlation_id() -> None:
    told = log(delivery(10, correlation_id="c-1"), correlated={"c-1": "pi_20"})

    assert [("pi_20", None)] == missing(found(settled(10, 20), told))


def test_without_a_log_it_is_not_applicable() -> None:
    seen = found(settled(10), None)

    assert (None, NO_LOG) == (seen.share.k, seen.share.why)


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (AsOf(), NEVER_READ),
        (AsOf(why="got HTTP 503"), f"{NEVER_READ}: got HTTP 503"),
        (
            AsOf(at=after(READ_S), read_at=after(READ_S), why="got HTTP 503"),
            f"{FAILS}it was last read as of 2026-11-24 12:21:40 UTC: got HTTP 503",
        ),
        (
            AsOf(at=after(READ_S - 31), read_at=after(READ_S - 31)),
            "not known: the delivery log was last read as of 2026-11-24 12:21:09 UTC",
        ),
    ],
)
def test_a_log_that_is_not_read_well_is_not_known_whatever_it_said(read: AsOf, why: str) -> None:
    seen = found(settled(10), log(delivery(10), read=read))

    assert (None, why) == (seen.share.k, seen.share.why)
    assert [] == missing(seen)


def test_of_no_payment_there_is_no_share() -> None:
    seen = found(settled(), log(delivery(10)))

    assert (None, 0, NO_PAYMENT) == (seen.share.k, seen.share.n, seen.share.why)


@pytest.mark.parametrize(("read_s", "counted"), [(READ_S, 1), (READ_S - 1, None)])
def test_a_payment_counts_once_the_log_was_read_a_grace_after_it(read_s: int, counted: int | None) -> None:
    charged = READ_S - EXPECTED.grace_s - 1
    read = AsOf(at=after(read_s), read_at=after(READ_S))

    assert counted == found(settled(charged), log(delivery(charged), read=read)).share.k


def test_a_log_that_names_no_payment_is_counted_and_never_attributed() -> None:
    seen = found(settled(10, 20, 30), log(nameless(10), nameless(20)))

    assert (None, 3) == (seen.share.k, seen.share.n)
    assert seen.share.why.startswith("cannot be attributed: ")
    assert seen.share.why.endswith(
        "Accepted deliveries in the window: 2, payments: 3; at least 1 without one"
    )
    assert [] == missing(seen)


def test_a_plan_that_says_no_id_attributes_nothing_not_even_nothing() -> None:
    seen = found(settled(10), log(can_name=False))

    assert (None, 1) == (seen.share.k, seen.share.n)
    assert seen.share.why.endswith(
        "Accepted deliveries in the window: 0, payments: 1; at least 1 without one"
    )


def test_a_payment_without_a_known_correlation_id_may_be_any_that_the_log_names_by_it() -> None:
    told = log(nameless(10, correlation_id="c-1"), nameless(20, correlation_id="c-9"))

    alone = found(settled(10, 20), replace(told, correlated={"c-1": "pi_10"}))
    known = found(settled(10, 20), replace(told, correlated={"c-1": "pi_10", "c-2": "pi_20"}))

    assert (None, 2) == (alone.share.k, alone.share.n)
    assert alone.share.why.startswith("not known: of 1 no correlation id is known")
    assert (1, [("pi_20", None)]) == (known.share.k, missing(known))


def test_some_deliveries_that_name_nobody_make_bounds_and_no_more_than_all() -> None:
    one = found(settled(10, 20, 30), log(delivery(10), nameless(20)))
    many = found(settled(10, 20), log(delivery(10), *(nameless(n) for n in range(20, 30))))

    assert (1, 2, 3) == (one.share.least_k, one.share.k, one.share.n)
    assert (1, 2, 2) == (many.share.least_k, many.share.k, many.share.n)


def test_a_delivery_before_the_window_is_of_nobody_in_it() -> None:
    old = nameless(1, received_at=after(-2 * 86_400))

    assert (0, 0) == (
        found(settled(10), log(old)).share.k,
        found(settled(10), log(old)).share.least_k,
    )


def test_a_payment_from_before_what_the_log_still_shows_is_not_known_and_not_missing() -> None:
    seen = found(settled(10, 20, 30), log(delivery(30), complete_from=after(20)))

    assert (None, 3) == (seen.share.k, seen.share.n)
    assert "of 1 the log no longer shows what it had before 2026-11-24 12:00:20 UTC" in seen.share.why
    assert [("pi_20", None)] == missing(seen)


def test_a_forgotten_delivery_that_was_read_in_time_counts() -> None:
    assert 1 == found(settled(10), log(delivery(10), complete_from=after(20))).share.k


def test_more_than_fifty_are_counted_and_not_listed() -> None:
    seen = found(settled(*range(60)), log())

    assert (50, 10) == (len(seen.missing), seen.more)
