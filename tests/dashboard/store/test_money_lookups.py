"""What goes by a name, Stripe's or the shop's, is found on both databases, and nothing that only looks so."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.money import LedgerEntry, StripeObject
from collectors.money_window import MoneyList
from tests.dashboard.launch.money.bought import after, charge, entry, intent, session
from tests.dashboard.money_read import read, read_all
from tests.dashboard.store.scene import Writing

UNPAID: dict[str, Any] = {"status": "open", "payment_status": "unpaid", "payment_intent": None}


def by(correlation_id: str) -> dict[str, Any]:
    return {"metadata": {"correlation_id": correlation_id}}


def keep(writer: Writing, *objects: StripeObject, rows: tuple[LedgerEntry, ...] = ()) -> None:
    """These were read now."""
    for each in objects:
        is_session = each.id.startswith("cs_")
        read(writer, MoneyList.CHECKOUT_SESSIONS if is_session else MoneyList.PAYMENT_INTENTS, each)
    if rows:
        read(writer, MoneyList.LEDGER, entries=rows)


def test_a_checkout_stands_for_everything_of_its_payment(writer: Writing) -> None:
    read_all(writer)

    found = writer.store.money.checkout("cs_1")

    assert writer.store.money.purchase("pi_1") == found
    assert (charge(),) == found.charges


def test_of_a_checkout_that_nobody_has_paid_the_checkout_is_there(writer: Writing) -> None:
    keep(writer, session(id="cs_2", **UNPAID))

    found = writer.store.money.checkout("cs_2")

    assert (None, ["cs_2"], ()) == (found.payment_intent, [each.id for each in found.sessions], found.charges)
    assert {"cs_2": after(20)} == found.first_seen


@pytest.mark.parametrize("name", ["cs_nope", "cs_%", "cs__", "CS_1", "pi_1", "", "'"])
def test_of_a_checkout_that_there_is_not_nothing_is(writer: Writing, name: str) -> None:
    read_all(writer)

    found = writer.store.money.checkout(name)

    assert (None, (), {}) == (found.payment_intent, found.sessions, found.first_seen)


def test_a_payment_goes_by_the_id_that_the_shop_gave_it(writer: Writing) -> None:
    keep(writer, intent(id="pi_1", **by("order-17")), intent(id="pi_2", **by("order-18")))

    assert ("pi_2",) == writer.store.money.correlated("order-18")


def test_a_payment_goes_by_the_id_that_the_shop_gave_its_checkout_alone(writer: Writing) -> None:
    keep(writer, intent(), session(**by("order-17")))

    assert ("pi_1",) == writer.store.money.correlated("order-17")


def test_what_is_paid_comes_first_and_then_the_oldest(writer: Writing) -> None:
    told = by("order-17")
    keep(
        writer,
        session(id="cs_9", created=intent().created - 9, **UNPAID, **told),
        intent(id="pi_3", created=intent().created - 5, status="canceled", **told),
        intent(id="pi_2", created=intent().created + 2, **told),
        intent(id="pi_1", **told),
        rows=(entry(id="tx_9", payment_intent="pi_4", correlation_id="order-17"),),
    )

    assert ("pi_1", "pi_2", "cs_9", "pi_3", "pi_4") == writer.store.money.correlated("order-17")


def test_a_row_of_the_ledger_that_names_no_payment_stands_for_none(writer: Writing) -> None:
    keep(writer, rows=(entry(payment_intent=None, correlation_id="order-17"),))

    assert () == writer.store.money.correlated("order-17")


@pytest.mark.parametrize(
    "name", ["order_17", "ORDER-17", "order-1", "rder-17", "%", "_", "order-1%", "", "corr\\", 'x"', "pi_1"]
)
def test_what_only_looks_like_it_is_not_it(writer: Writing, name: str) -> None:
    keep(writer, intent(**by("order-17")), session(**by("order-17"), client_reference_id="order_17"))

    assert () == writer.store.money.correlated(name)


def test_an_object_that_goes_by_the_name_in_another_place_is_another(writer: Writing) -> None:
    other = {"metadata": {"order_id": "order-17", "sku": "order-17"}}
    keep(writer, intent(**other), session(client_reference_id="order-17"))

    assert () == writer.store.money.correlated("order-17")


def test_a_name_is_found_however_it_is_written(writer: Writing) -> None:
    names = ["0b9c7a52-3c7b-4d9e-8f9d-1a2b3c4d5e6f", "urn:order:17", "a_b.c", "a" * 80]
    intents = [intent(id=f"pi_{number}", **by(name)) for number, name in enumerate(names)]
    keep(writer, *intents)

    assert names == [each.metadata.correlation_id for each in intents]
    told = [writer.store.money.correlated(name) for name in names]
    assert [(f"pi_{number}",) for number in range(4)] == told
