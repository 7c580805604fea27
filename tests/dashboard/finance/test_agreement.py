"""What the books call a payment and what the money gate takes it for is the same, whatever has happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.money import LedgerEntry, StripeObject
from collectors.money_window import MoneyList
from dashboard.launch.money.hops import Credit
from dashboard.payments import Payments, StoredPayments
from dashboard.purchases import expected_of
from dashboard.reconciliation.classes import Class
from tests.cast import default_plan
from tests.dashboard.finance.scene import EVERY, Desk, desk_at
from tests.dashboard.finance.test_incremental import _emptied
from tests.dashboard.launch.money.bought import after, charge, entry, epoch, refund
from tests.dashboard.money_read import OURS
from tests.dashboard.store.scene import Writing, opened, writing

PLAN = default_plan()
EXPECTED = expected_of(PLAN)
NOW = 300
History = tuple[list[StripeObject], list[LedgerEntry], list[StripeObject]]
FLAWS: Mapping[str, dict[str, Any]] = {
    "cents": {"cents": 998},
    "no cents": {"cents": None},
    "credits": {"credits": 999},
    "currency": {"currency": "eur"},
    "no currency": {"currency": None},
    "another payment": {"payment_intent": "pi_9"},
    "by correlation": {"payment_intent": None},
    "nameless": {"payment_intent": None, "correlation_id": None},
}
ALIKE: Mapping[Class, frozenset[Credit]] = {
    Class.MATCHED: frozenset({Credit.ONE}),
    Class.PENDING: frozenset({Credit.AWAITED}),
    Class.REFUNDED: frozenset({Credit.REFUNDED}),
    Class.STRIPE_ONLY: frozenset({Credit.MISSING}),
    Class.UNLINKED: frozenset({Credit.MISSING}),
    Class.CURRENCY_MISMATCH: frozenset({Credit.WRONG}),
    Class.DUPLICATE_LEDGER: frozenset({Credit.WRONG}),
    Class.AMOUNT_MISMATCH: frozenset({Credit.WRONG}),
    Class.CREDIT_MISMATCH: frozenset({Credit.WRONG}),
}
"""A payment that took money twice is of a class of its own, and of the gate's `charged_twice`."""


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Payments with their charges, credits and refunds; each payment has a correlation id of its own."""
    charges: list[StripeObject] = []
    refunds: list[StripeObject] = []
    entries: list[LedgerEntry] = []
    for number in range(draw(st.integers(1, 4))):
        about = {
            "payment_intent": draw(st.sampled_from([f"pi_{number}", f"pi_{number}", None])),
            "currency": draw(st.sampled_from(["usd", "usd", "usd", "eur"])),
        }
        cents = draw(st.sampled_from([999, 1_998]))
        for again in range(draw(st.integers(1, 2 if about["payment_intent"] else 1))):
            charges.append(draw(paid(f"ch_{number}{again}", f"c-{number}", cents, about)))
            if draw(st.booleans()):
                told = {
                    "charge": f"ch_{number}{again}",
                    "amount": draw(st.sampled_from([cents, cents, cents - 1])),
                }
                status = draw(st.sampled_from(["succeeded", "succeeded", "pending"]))
                refunds.append(refund(id=f"re_{number}{again}", status=status, **told, **about))
        own = (f"pi_{number}" if about["payment_intent"] else None, f"c-{number}")
        given = draw(st.sampled_from([1, 0, 2]))
        entries += [draw(credited(f"tx_{number}{again}", own, cents)) for again in range(given)]
    return charges, entries, refunds


@st.composite
def paid(draw: st.DrawFn, name: str, correlation: str, cents: int, about: dict[str, Any]) -> StripeObject:
    """A charge at any second; some failed."""
    status = draw(st.sampled_from(["succeeded", "succeeded", "failed"]))
    took = {"amount": cents, "amount_captured": cents, "status": status, "paid": status == "succeeded"}
    at = epoch(draw(st.one_of(st.integers(0, 200), st.integers(NOW - EXPECTED.grace_s - 1, NOW))))
    return charge(id=name, created=at, metadata={"correlation_id": correlation}, **took, **about)


@st.composite
def credited(draw: st.DrawFn, name: str, own: tuple[str | None, str], cents: int) -> LedgerEntry:
    """The right row of the ledger, or one with one thing wrong in it."""
    intent, correlation = own
    right = {"payment_intent": intent, "correlation_id": correlation, "cents": cents, "credits": cents * 10}
    flaw = FLAWS[draw(st.sampled_from(list(FLAWS)))] if draw(st.booleans()) else {}
    return entry(id=name, created=after(draw(st.integers(0, NOW))), **right | flaw)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """One store for all examples, which takes a second to make."""
    file = tmp_path_factory.mktemp("agreement") / "golive.sqlite3"
    with opened(f"sqlite:///{file}") as store:
        yield writing(store)


@settings(max_examples=60, deadline=None)
@given(history=histories())
def test_the_books_and_the_gate_agree_of_every_payment(shared: Writing, history: History) -> None:
    _emptied(shared.store)
    charges, entries, refunds = history
    desk = desk_at(shared)
    desk.now = NOW
    desk.read_on()
    desk.read(MoneyList.CHARGES, *charges)
    desk.read(MoneyList.LEDGER, *entries)
    desk.read(MoneyList.REFUNDS, *refunds)

    classes, told = booked(desk), judged(shared)
    desk.books.close()

    assert set(classes) == {each.payment_intent for each in told.told(EXPECTED, after(NOW))}
    assert [] == list(disagreements(classes, told))


def booked(desk: Desk) -> dict[str, tuple[Class, int]]:
    """The class and the age of each payment, by its intent, else its charge."""
    rows = desk.panel(EVERY).rows
    paid = [row for row in rows if row.charge is not None]
    return {row.payment_intent or row.charge or "": (row.found, row.age_s) for row in paid}


def judged(writer: Writing) -> Payments:
    stored = StoredPayments(store=writer.store, plan=PLAN, ours=OURS)
    return stored.since(after(-3_600), after(NOW))


def disagreements(classes: Mapping[str, tuple[Class, int]], found: Payments) -> Iterator[Sequence[Any]]:
    charges = {each.payment_intent or each.charges[0].id: len(each.charges) for each in found.purchases}
    for each in found.told(EXPECTED, after(NOW)):
        one, age_s = classes[each.payment_intent]
        if one is Class.DUPLICATE_PAYMENT:
            if charges[each.payment_intent] < 2:
                yield each.payment_intent, one, each.credit
        elif age_s == EXPECTED.grace_s and each.credit is Credit.AWAITED:
            continue  # the second in which the grace ends: the gate waits for the next one
        elif each.credit not in ALIKE[one]:
            yield each.payment_intent, one, each.credit, age_s
