"""What is reconciled bit by bit is what is reconciled at once: in classes, cents and ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from collectors.money import Charge, CheckoutSession, LedgerEntry, Refund, StripeObject
from collectors.money_window import MoneyList
from dashboard.finance import intake, news
from dashboard.finance.values import Row
from dashboard.launch.money.crediting import due_cents
from dashboard.launch.money.purchase import Side
from dashboard.purchases import as_of
from dashboard.store.store import Store
from tests.cast import default_plan
from tests.dashboard.finance.scene import Desk, desk_at
from tests.dashboard.launch.money.bought import after, charge, entry, epoch, refund, session
from tests.dashboard.reconciliation.books import reconciled
from tests.dashboard.store.scene import Writing, opened, writing

PLAN = default_plan()
GRACE_S = 0 if PLAN.money is None else PLAN.money.grace_s
IDS = st.sampled_from([1, 2, 3])
INTENTS = st.sampled_from([None, "pi_1", "pi_2", "pi_3"])
CORRELATIONS = st.sampled_from([None, "c-1", "c-2"])
CENTS = st.sampled_from([999, 500])


@st.composite
def charges(draw: st.DrawFn) -> tuple[str, Any]:
    intent = draw(INTENTS)
    made = charge(
        id=f"ch_{draw(IDS)}",
        payment_intent=intent,
        metadata={"correlation_id": draw(CORRELATIONS)},
        amount_captured=draw(CENTS),
        created=epoch(draw(st.integers(0, 200))),
        status=draw(st.sampled_from(["succeeded", "succeeded", "failed"])),
        currency="eur" if intent == "pi_3" else "usd",  # Stripe charges an intent in its own currency
    )
    return "charge", made


@st.composite
def entries(draw: st.DrawFn) -> tuple[str, Any]:
    kind = draw(st.sampled_from(["purchase", "purchase", "debit"]))
    made = entry(
        id=f"tx_{draw(IDS)}",
        kind=kind,
        credits=9_990 if kind == "purchase" else draw(st.sampled_from([-9_990, -3, 5])),
        user=draw(st.sampled_from([None, "u-1", "u-2"])),
        payment_intent=draw(INTENTS),
        correlation_id=draw(CORRELATIONS),
        cents=draw(st.sampled_from([999, 999, 500, None])),
        currency=draw(st.sampled_from(["usd", "usd", "eur", None])),
        created=after(draw(st.integers(0, 200))),
    )
    return "entry", made


@st.composite
def sessions(draw: st.DrawFn) -> tuple[str, Any]:
    taxed = {"amount_tax": draw(st.sampled_from([0, 100]))}
    number = draw(st.sampled_from([1, 2]))
    made = session(
        id=f"cs_{number}",
        payment_intent=f"pi_{number}",
        amount_total=999,
        total_details=taxed,
        created=epoch(number),
    )
    return "session", made


@st.composite
def refunds(draw: st.DrawFn) -> tuple[str, Any]:
    made = refund(
        id=f"re_{draw(IDS)}",
        charge=f"ch_{draw(IDS)}",
        amount=draw(CENTS),
        status=draw(st.sampled_from(["succeeded", "succeeded", "failed"])),
        currency=draw(st.sampled_from(["usd", "usd", "eur"])),
        created=epoch(draw(st.integers(0, 200))),
    )
    return "refund", made


STEPS = st.lists(
    st.one_of(
        charges(),
        charges(),
        entries(),
        entries(),
        sessions(),
        refunds(),
        st.tuples(st.just("gone"), IDS.map("ch_{}".format)),
        st.tuples(st.just("later"), st.integers(1, 2 * GRACE_S)),
    ).flatmap(lambda step: st.tuples(st.just(step), st.booleans())),
    min_size=1,
    max_size=15,
)
"""What comes in, and whether somebody looks then."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """One store for all examples, which takes a second to make."""
    file = tmp_path_factory.mktemp("books") / "golive.sqlite3"
    with opened(f"sqlite:///{file}") as store:
        yield writing(store)


@pytest.fixture(scope="module")
def duck() -> Iterator[Any]:
    import ibis

    connection = ibis.connect("duckdb://")
    yield connection
    connection.disconnect()


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(steps=STEPS)
def test_bit_by_bit_is_what_all_at_once_is(
    shared: Writing, duck: Any, steps: Sequence[tuple[tuple[str, Any], bool]]
) -> None:
    _emptied(shared.store)
    desk = desk_at(shared)
    desk.now = 100
    desk.read_on()
    for step, looked in steps:
        _take(desk, *step)
        if looked:
            desk.read_on(1)
            desk.panel()
    desk.read_on(1)

    found = desk.panel()
    anew = desk_at(desk.writer)
    anew.now = desk.now
    whole = anew.panel()
    desk.books.close()
    anew.books.close()

    assert "" == found.broken
    assert whole == found
    assert _plainly(desk, duck) == sorted(map(_told, found.rows))


def test_what_a_row_led_to_before_it_changed_is_reconciled_too(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1, metadata={"correlation_id": "c-1"})
    desk.credited(1, payment_intent=None, correlation_id="c-1")
    assert ["matched"] == desk.classes()

    desk.read_on(1)
    desk.paid(1, metadata={"correlation_id": "c-2"})

    assert ["ledger_only", "stripe_only"] == desk.classes()


def test_what_is_gone_leaves_what_it_led_to_alone(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1)
    desk.credited(1)
    assert ["matched"] == desk.classes()

    desk.read_on(1)
    desk.read(MoneyList.CHARGES, missing=("ch_1",))

    assert ["ledger_only"] == desk.classes()


def test_a_row_that_is_pending_ages_without_being_touched(desk: Desk) -> None:
    desk.now = 11 + GRACE_S - 1  # the first payment is of second 11
    desk.read_on()
    desk.paid(1)
    assert ["pending"] == desk.classes()

    desk.read_on(1)

    assert ["stripe_only"] == desk.classes()


def test_what_was_read_in_the_overlap_is_taken_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def noting(found: StripeObject) -> intake.Row | None:
        taken.append(found.id)
        return intake.row_of(found)

    monkeypatch.setattr(news, "row_of", noting)
    desk.read_on()
    desk.paid(1)
    for _ in range(3):
        desk.panel()
        desk.read_on(1)

    assert ["ch_1"] == taken


def test_what_is_committed_after_a_look_and_was_read_before_it_is_found(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1)
    desk.credited(1)
    assert ["matched"] == desk.classes()

    desk.now -= news.OVERLAP.total_seconds()
    desk.paid(2)
    desk.now += news.OVERLAP.total_seconds() + 10
    desk.read_on()

    assert ["stripe_only", "matched"] == desk.classes()


def _take(desk: Desk, what: str, told: Any) -> None:
    match what:
        case "charge":
            desk.read(MoneyList.CHARGES, told)
        case "entry":
            desk.read(MoneyList.LEDGER, told)
        case "session":
            desk.read(MoneyList.CHECKOUT_SESSIONS, told)
        case "refund":
            desk.read(MoneyList.REFUNDS, told)
        case "gone":
            desk.read(MoneyList.CHARGES, missing=(told,))
        case _:
            desk.read_on(told)


def _told(row: Row) -> tuple[Any, ...]:
    cents = (row.stripe_cents, row.ledger_cents, row.credits)
    ids = (row.charge, row.payment_intent, row.entry, row.other_entry)
    return (row.found.value, *(each or "" for each in ids), *(str(each) for each in cents), row.age_s)


def _plainly(desk: Desk, duck: Any) -> list[tuple[Any, ...]]:
    """Everything in the store, put together by hand, through the expression itself."""
    money = desk.writer.store.money
    checkouts = {each.payment_intent: each for each in money.each(CheckoutSession)}
    back = list(money.each(Refund))
    payments = [_payment(each, checkouts.get(each.payment_intent), back) for each in money.each(Charge)]
    entries = money.entries(since=after(-9_999), until=after(99_999))
    purchases = [_purchase(each) for each in entries if each.kind == "purchase"]
    sides = as_of(money.reads())
    ends = {side: sides[side].at for side in (Side.PAYMENTS, Side.LEDGER)}
    stripe, ledger = (int(at.timestamp()) for at in ends.values() if at is not None)
    rows = reconciled(duck, payments, purchases, as_of_stripe=stripe, as_of_ledger=ledger, grace_s=GRACE_S)
    names = ("charge", "payment_intent", "entry", "other_entry")
    cents = ("stripe_cents", "ledger_cents", "credits")
    return sorted(
        (
            row["class"],
            *(row[each] or "" for each in names),
            *(str(row[each]) for each in cents),
            row["age_s"],
        )
        for row in rows
    )


def _payment(each: Charge, checkout: CheckoutSession | None, back: list[Refund]) -> dict[str, Any]:
    own = (one for one in back if one.charge == each.id and one.currency == each.currency)
    due = None if checkout is None else due_cents(checkout)
    return {
        "charge": each.id,
        "payment_intent": each.payment_intent,
        "session": checkout and checkout.id,
        "correlation_id": each.metadata.correlation_id,
        "created": each.created,
        "captured_cents": each.amount_captured,
        "due_cents": each.amount_captured if due is None else due,
        "refunded_cents": sum(one.amount for one in own if one.status == "succeeded"),
        "currency": each.currency,
        "livemode": each.livemode,
        "status": each.status,
        "captured": each.captured,
    }


def _purchase(each: LedgerEntry) -> dict[str, Any]:
    return {
        "entry": each.id,
        "payment_intent": each.payment_intent,
        "session": None,
        "correlation_id": each.correlation_id,
        "created": int(each.created.timestamp()),
        "cents": each.cents,
        "credits": each.credits,
        "currency": each.currency or "xxx",
    }


def _emptied(store: Store) -> None:
    with store._database.writing() as session_:
        for table in (
            "golive_money_object",
            "golive_ledger_entry",
            "golive_money_read",
            "golive_money_cursor",
        ):
            session_.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - of constants
