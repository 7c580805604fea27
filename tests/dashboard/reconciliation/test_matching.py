"""Each class on both sides of its edge, the same on every engine, and the same as plain Python says."""

from __future__ import annotations

import shutil
import warnings
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.reconciliation.classes import SENTENCES, Class
from dashboard.reconciliation.formats import LEDGER, STRIPE
from dashboard.reconciliation.matching import reconcile
from dashboard.reconciliation.tables import RECONCILED
from tests.dashboard.reconciliation.books import (
    AS_OF,
    YOUNG,
    Row,
    classes,
    payment,
    purchase,
    reconciled,
    table,
)
from tests.dashboard.reconciliation.oracle import judged

NO_KEYS = {"payment_intent": None, "session": None, "correlation_id": None}


def test_a_payment_with_its_purchase_is_matched_and_tells_both_sides(duck: Any) -> None:
    [row] = reconciled(duck, [payment()], [purchase()])

    told = ("matched", "ch_1", "pi_1", "le_1", 1, 999, 999, 0, 9_990, 600)
    names = ("class", "charge", "payment_intent", "entry", "entries", "stripe_cents", "ledger_cents")
    assert told == tuple(row[name] for name in (*names, "drift_cents", "credits", "age_s"))


@pytest.mark.parametrize(("cents", "found", "drift"), [(998, "amount_mismatch", -1), (999, "matched", 0)])
def test_one_cent_is_a_mismatch_and_keeps_its_sign(duck: Any, cents: int, found: str, drift: int) -> None:
    [row] = reconciled(duck, [payment()], [purchase(cents=cents)])

    assert (found, drift) == (row["class"], row["drift_cents"])


@pytest.mark.parametrize(
    ("credited", "found"), [(999, "credit_mismatch"), (9_991, "credit_mismatch"), (9_990, "matched")]
)
def test_ten_credits_a_cent_and_not_one_more(duck: Any, credited: int, found: str) -> None:
    assert [found] == classes(duck, [payment()], [purchase(credits=credited)])


def test_what_is_due_is_what_the_ledger_must_say_where_tax_was_taken(duck: Any) -> None:
    taxed = payment(captured_cents=1_099, due_cents=999)

    [row] = reconciled(duck, [taxed], [purchase()])

    assert ("matched", 1_099, 0) == (row["class"], row["stripe_cents"], row["drift_cents"])


@pytest.mark.parametrize(("at", "found"), [(YOUNG, "pending"), (YOUNG - 1, "stripe_only")])
def test_a_payment_without_credits_counts_once_it_is_as_old_as_the_grace(
    duck: Any, at: int, found: str
) -> None:
    assert [found] == classes(duck, [payment(created=at)], [])


@pytest.mark.parametrize(("at", "found"), [(YOUNG, "pending"), (YOUNG - 1, "ledger_only")])
def test_credits_without_a_payment_count_once_they_are_as_old_as_the_grace(
    duck: Any, at: int, found: str
) -> None:
    assert [found] == classes(duck, [], [purchase(created=at)])


@pytest.mark.parametrize("side", ["as_of_stripe", "as_of_ledger"])
def test_the_side_that_was_told_first_decides_about_the_grace(duck: Any, side: str) -> None:
    assert ["pending"] == classes(duck, [payment()], [], **{side: AS_OF - 1})
    assert ["pending"] == classes(duck, [], [purchase()], **{side: AS_OF - 1})


def test_an_amount_is_wrong_however_young_it_is(duck: Any) -> None:
    assert ["amount_mismatch"] == classes(duck, [payment(created=AS_OF)], [purchase(cents=1, created=AS_OF)])


@pytest.mark.parametrize("change", [{"status": "failed"}, {"captured": False}, {"livemode": False}])
def test_credits_for_a_payment_that_took_no_money_are_the_ledgers_alone(duck: Any, change: Row) -> None:
    assert ["ledger_only"] == classes(duck, [payment(**change)], [purchase()])


def test_a_failed_try_before_the_good_one_is_normal(duck: Any) -> None:
    assert ["matched"] == classes(duck, [payment(charge="ch_0", status="failed"), payment()], [purchase()])


def test_two_purchases_for_one_payment_are_a_double_credit_with_both_ids(duck: Any) -> None:
    [row] = reconciled(duck, [payment()], [purchase(1), purchase(2, payment_intent="pi_1")])

    told = ("duplicate_ledger", "le_1", "le_2", 2, 1_998, 999)
    names = ("class", "entry", "other_entry", "entries", "ledger_cents", "drift_cents")
    assert told == tuple(row[name] for name in names)


def test_a_second_credit_that_knows_only_the_session_is_a_double_credit(duck: Any) -> None:
    by_session = purchase(2, payment_intent=None, session="cs_1")

    assert ["duplicate_ledger"] == classes(duck, [payment()], [purchase(1), by_session])


def test_a_second_credit_that_knows_only_the_correlation_id_is_a_double_credit(duck: Any) -> None:
    by_correlation = purchase(2, payment_intent=None, session=None, correlation_id="c-1")

    assert ["duplicate_ledger"] == classes(duck, [payment()], [purchase(1), by_correlation])


@pytest.mark.parametrize("key", ["session", "correlation_id"])
def test_a_later_key_joins_where_the_payment_intent_is_missing(duck: Any, key: str) -> None:
    bought = purchase(**{**NO_KEYS, key: payment()[key]})

    assert ["matched"] == classes(duck, [payment()], [bought])
    assert ["ledger_only", "stripe_only"] == classes(duck, [payment()], [{**bought, key: "other"}])


def test_a_later_key_never_overrules_a_payment_intent_that_differs(duck: Any) -> None:
    assert ["ledger_only", "stripe_only"] == classes(duck, [payment()], [purchase(payment_intent="pi_9")])


def test_a_later_key_never_overrules_a_session_that_differs(duck: Any) -> None:
    bought = purchase(payment_intent=None, session="cs_9")

    assert ["ledger_only", "stripe_only"] == classes(duck, [payment()], [bought])


def test_the_same_amount_at_the_same_time_joins_nothing(duck: Any) -> None:
    assert ["ledger_only", "stripe_only"] == classes(duck, [payment(1)], [purchase(2)])


@pytest.mark.parametrize("key", ["session", "correlation_id"])
def test_who_pays_again_for_what_was_credited_is_told_from_who_got_nothing(duck: Any, key: str) -> None:
    again = payment(2, **{key: payment(1)[key]})

    assert ["matched", "duplicate_payment"] == classes(duck, [payment(1), again], [purchase(1)])
    assert ["matched", "stripe_only"] == classes(duck, [payment(1), payment(2)], [purchase(1)])


def test_a_payment_intent_that_took_money_twice_is_one_row_with_all_of_it(duck: Any) -> None:
    [row] = reconciled(duck, [payment(), payment(charge="ch_2")], [purchase()])

    assert ("duplicate_payment", 2, 1_998, -999) == (
        row["class"],
        row["charges"],
        row["stripe_cents"],
        row["drift_cents"],
    )


def test_another_currency_on_either_side_is_red_and_has_no_drift(duck: Any) -> None:
    [paid] = reconciled(duck, [payment(currency="eur")], [purchase()])
    [credited] = reconciled(duck, [payment()], [purchase(currency="eur")])

    assert ("currency_mismatch", "eur", None) == (paid["class"], paid["currency"], paid["drift_cents"])
    assert ("currency_mismatch", "usd", None) == (
        credited["class"],
        credited["currency"],
        credited["drift_cents"],
    )
    assert credited["ledger_cents"] is None


def test_a_charge_without_payment_intent_is_unlinked_unless_another_key_leads_on(duck: Any) -> None:
    charge = payment(payment_intent=None)

    assert ["unlinked"] == classes(duck, [charge], [])
    assert ["matched"] == classes(duck, [charge], [purchase(payment_intent="pi_9")])
    assert ["stripe_only"] == classes(duck, [payment()], [])


def test_what_was_never_credited_and_is_given_back_is_settled(duck: Any) -> None:
    [row] = reconciled(duck, [payment(refunded_cents=999)], [])

    assert ("refunded", 0, 999) == (row["class"], row["drift_cents"], row["stripe_cents"])
    assert ["stripe_only"] == classes(duck, [payment(refunded_cents=998)], [])
    assert ["pending"] == classes(duck, [payment(refunded_cents=999, created=YOUNG)], [])


def test_a_second_charge_that_was_given_back_is_no_second_charge(duck: Any) -> None:
    twice = [payment(), payment(charge="ch_2", refunded_cents=999)]

    [row] = reconciled(duck, twice, [purchase()])

    assert ("matched", 2, 999, 0) == (row["class"], row["charges"], row["due_cents"], row["drift_cents"])
    assert ["duplicate_payment"] == classes(duck, [payment(), payment(charge="ch_2")], [purchase()])


def test_a_payment_made_again_and_given_back_is_settled(duck: Any) -> None:
    again = payment(2, correlation_id="c-1", refunded_cents=999)

    assert ["matched", "refunded"] == classes(duck, [payment(), again], [purchase()])


def test_a_refund_of_what_was_credited_is_no_matter_of_the_purchase(duck: Any) -> None:
    assert ["matched"] == classes(duck, [payment(refunded_cents=999)], [purchase()])


def test_every_class_has_its_sentence_and_is_reached_by_these_tests() -> None:
    assert set(Class) == set(SENTENCES)


def test_no_float_is_anywhere() -> None:
    rows = reconcile(table(STRIPE, []), table(LEDGER, []), as_of_stripe=AS_OF, as_of_ledger=AS_OF)

    said = str(ibis.to_sql(rows, dialect="duckdb")).upper()
    assert {name: kind.lstrip("!") for name, kind in RECONCILED.items()} == {
        name: str(kind) for name, kind in rows.schema().items()
    }
    assert not [word for word in ("DOUBLE", "FLOAT", "DECIMAL", "REAL", "ABS(") if word in said]


FEW = st.sampled_from([None, "a", "b"])
PAYMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "payment_intent": st.sampled_from([None, "pi_1", "pi_2", "pi_3"]),
            "session": FEW,
            "correlation_id": FEW,
            "created": st.sampled_from([AS_OF - 600, AS_OF - 599]),
            "due_cents": st.sampled_from([999, 1_000]),
            "refunded_cents": st.sampled_from([0, 0, 998, 999]),
            "currency": st.sampled_from(["usd", "usd", "usd", "eur"]),
            "status": st.sampled_from(["succeeded", "succeeded", "failed"]),
        }
    ),
    max_size=6,
)
PURCHASES = st.lists(
    st.fixed_dictionaries({
        "payment_intent": st.sampled_from([None, "pi_1", "pi_2", "pi_3"]),
        "session": FEW,
        "correlation_id": FEW,
        "created": st.sampled_from([AS_OF - 600, AS_OF - 599]),
        "cents": st.sampled_from([999, 999, 1_000]),
        "credits": st.sampled_from([9_990, 9_990, 10_000]),
        "currency": st.sampled_from(["usd", "usd", "usd", "eur"]),
    }),
    max_size=6,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(paid=PAYMENTS, bought=PURCHASES)
def test_any_books_come_to_what_plain_python_says(duck: Any, paid: list[Row], bought: list[Row]) -> None:
    payments = [payment(number, **said) for number, said in enumerate(paid)]
    purchases = [purchase(number, **said) for number, said in enumerate(bought)]

    found = reconciled(duck, payments, purchases)

    expected = judged(payments, purchases, as_of=AS_OF, grace_s=600)
    assert expected == [{name: row[name] for name in ("class", "charge", "entry")} for row in found]


def books() -> tuple[list[Row], list[Row]]:
    """One of every kind."""
    payments = [payment(number) for number in range(1, 9)]
    payments += [payment(9, payment_intent=None), payment(10, currency="eur"), payment(11, created=YOUNG)]
    payments += [
        payment(12, correlation_id="c-1"),
        payment(13, **NO_KEYS),
        payment(14),
        payment(14, charge="ch_0"),
        payment(15, refunded_cents=999),
        payment(16),
        payment(16, charge="ch_17", refunded_cents=999),
    ]
    purchases = [
        purchase(1),
        purchase(2, cents=1),
        purchase(3, credits=1),
        purchase(4),
        purchase(10),
        purchase(14),
        purchase(16),
    ]
    purchases += [purchase(5, payment_intent=None), purchase(6, **{**NO_KEYS, "correlation_id": "c-6"})]
    purchases += [purchase(20), purchase(21, created=YOUNG), purchase(22, payment_intent="pi_4")]
    return payments, [*purchases, purchase(9, payment_intent="pi_99"), purchase(7, currency="eur")]


@pytest.mark.postgres
def test_postgres_says_the_same_row_by_row(duck: Any, postgres: Any) -> None:
    payments, purchases = books()

    expected = reconciled(duck, payments, purchases)
    found = reconciled(postgres, payments, purchases)

    assert set(Class) == {Class(row["class"]) for row in expected}
    assert expected == found


def test_spark_says_the_same_row_by_row(duck: Any) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: uv sync --extra spark")
    if shutil.which("java") is None:
        pytest.skip("there is no java on this machine: Spark needs Java 17")
    payments, purchases = books()

    expected = reconciled(duck, payments, purchases)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark warns of pandas 3, through which no row of ours goes
        spark = ibis.connect("pyspark://")
        found = reconciled(spark, payments, purchases)
        spark.disconnect()

    assert expected == found
