"""What finance is told: figures of what was read, as of when, and why where nothing can be told."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from collectors.money_window import MoneyList
from dashboard.finance.books import NO_CENTS, UntellableError
from dashboard.finance.values import Denials, Named, Spender, Wanted
from dashboard.launch.money import trace_wording as words
from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.store.money_values import FailedRead
from tests.cast import default_plan
from tests.dashboard.finance.scene import EVERY, LATER, SIDES, Desk, desk_at, dispute, movement, refund
from tests.dashboard.launch.money.bought import after, charge, epoch, session
from tests.dashboard.store.scene import Writing

PLAN_MONEY = default_plan().money
GRACE_S = 0 if PLAN_MONEY is None else PLAN_MONEY.grace_s


def test_nothing_is_loaded_before_somebody_looks() -> None:
    told = "import sys, dashboard.control; print({'ibis', 'duckdb', 'pyarrow', 'pandas'} & set(sys.modules))"

    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert "set()\n" == found.stdout


def test_before_both_sides_are_read_there_is_a_reason_and_no_figure(desk: Desk) -> None:
    desk.paid()

    found = desk.panel()

    unread = [words.blind(side, "", None) for side in ("payments", "ledger")]
    assert "; ".join(unread) == found.why
    assert ((), None, None, (), 0) == (
        found.lines,
        found.takings,
        found.liability,
        found.hours,
        found.found,
    )
    with pytest.raises(UntellableError, match="nothing was read of the payments"):
        desk.books.csv(desk.run, EVERY)


def test_a_side_whose_history_is_still_being_read_has_no_figure(desk: Desk) -> None:
    desk.read_on()
    desk.read(MoneyList.LEDGER, caught_up=False)

    assert words.STILL_READING in desk.panel().why
    assert desk.panel().takings is None


def test_a_side_that_is_merely_old_has_its_figures_and_a_sentence(desk: Desk) -> None:
    desk.read_on()
    desk.paid()
    failed = FailedRead(list=MoneyList.LEDGER, at=after(LATER + 10), reason="server", detail="got HTTP 500")
    desk.writer.store.money.record(failed, lease=desk.writer.lease)

    found = desk.panel()

    assert [words.blind("ledger", "got HTTP 500", after(LATER))] == list(found.blind)
    assert (after(LATER), 999) == (found.ledger.at, found.gross_cents)


@pytest.mark.parametrize("host", [-420, 420])
def test_a_host_whose_clock_is_off_changes_no_class_and_no_figure(writer: Writing, host: int) -> None:
    desks = [desk_at(writer), desk_at(writer)]
    lists = (*SIDES, MoneyList.REFUNDS, MoneyList.DISPUTES, MoneyList.BALANCE_TRANSACTIONS, MoneyList.LEDGER)
    told = []
    for desk, off in zip(desks, (0, host), strict=True):
        desk.now = 11 + GRACE_S - 1
        for name in lists:
            desk.read(name, host=off)
        desk.read(
            MoneyList.CHARGES, charge(created=epoch(11)), charge(id="ch_2", payment_intent="pi_2"), host=off
        )
        desk.now += off  # the clock of the books is the host's
        told.append(desk.panel())
        desk.books.close()

    assert ["stripe_only", "pending"] == [row.found for row in told[0].rows]
    assert (told[0].rows, told[0].lines, told[0].ages, told[0].hours, told[0].blind) == (
        told[1].rows,
        told[1].lines,
        told[1].ages,
        told[1].hours,
        told[1].blind,
    )


def test_sides_that_nobody_reads_any_more_say_so(desk: Desk) -> None:
    desk.read_on()
    assert [] == list(desk.panel().blind)

    desk.now += 600

    assert [words.blind(side, "", after(LATER)) for side in ("payments", "ledger")] == list(
        desk.panel().blind
    )


def test_the_classes_add_up_to_the_charges(desk: Desk) -> None:
    desk.read_on()
    for number in (1, 2, 3):
        desk.paid(number)
    desk.credited(1)
    desk.credited(2, cents=998)
    desk.credited(9)

    found = desk.panel()

    assert ["ledger_only", "stripe_only", "amount_mismatch", "matched"] == [row.found for row in found.rows]
    assert (2_997, "", 2_997) == (
        found.gross_cents,
        found.broken,
        found.takings and found.takings.gross_cents,
    )
    assert {"ledger_only": 999, "stripe_only": -999, "amount_mismatch": -1, "matched": 0} == {
        line.found: line.drift_cents for line in found.lines
    }


def test_a_row_that_gets_lost_breaks_the_page_and_no_list_is_given(desk: Desk) -> None:
    desk.read_on()
    desk.paid()
    desk.panel()
    opened = desk.books._open
    assert opened is not None
    opened.kept.duck.execute("DELETE FROM rows")
    desk.read_on(1)

    found = desk.panel()

    assert "The classes add up to 0.00 USD, the charges to 9.99 USD" in found.broken
    with pytest.raises(UntellableError, match="add up"):
        desk.books.csv(desk.run, EVERY)


def test_a_fee_is_taken_once_it_is_known(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1, balance_transaction="txn_1")
    desk.paid(2, balance_transaction="txn_2")
    desk.read(MoneyList.BALANCE_TRANSACTIONS, movement(2, currency="eur"))
    first = desk.panel().takings
    desk.read_on(10)
    desk.read(MoneyList.BALANCE_TRANSACTIONS, movement(1))
    then = desk.panel().takings

    assert first is not None
    assert then is not None
    assert (1_998, 0, 0, 2) == (first.gross_cents, first.fee_cents, first.net_cents, first.fees_pending)
    assert (1_998, 59, 940, 1) == (then.gross_cents, then.fee_cents, then.net_cents, then.fees_pending)


def test_a_net_that_is_not_amount_less_fee_is_an_alarm(desk: Desk) -> None:
    desk.read_on()
    for number in (1, 2, 3):
        desk.paid(number, balance_transaction=f"txn_{number}")
    wrong = [movement(2, net=941), movement(3, net=939), movement(9, currency="eur", fee=58)]
    desk.read(MoneyList.BALANCE_TRANSACTIONS, movement(1), *wrong)

    found = desk.panel().takings

    assert found is not None
    assert Named(count=3, ids=("txn_2", "txn_3", "txn_9")) == found.wrong_net
    assert (2_997, 59, 940, 0) == (found.gross_cents, found.fee_cents, found.net_cents, found.fees_pending)


def test_a_net_that_is_put_right_is_summed_again(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1, balance_transaction="txn_1")
    desk.read(MoneyList.BALANCE_TRANSACTIONS, movement(1, net=941))
    first = desk.panel().takings
    desk.read_on(10)
    desk.read(MoneyList.BALANCE_TRANSACTIONS, movement(1))
    then = desk.panel().takings

    assert first is not None
    assert then is not None
    assert [(1, 0), (0, 940)] == [(each.wrong_net.count, each.net_cents) for each in (first, then)]


def test_of_many_wrong_nets_the_first_are_named_and_all_are_counted(desk: Desk) -> None:
    desk.read_on()
    desk.read(MoneyList.BALANCE_TRANSACTIONS, *(movement(number, net=0) for number in range(10, 35)))

    found = desk.panel().takings

    assert found is not None
    assert (25, 20, "txn_10") == (found.wrong_net.count, len(found.wrong_net.ids), found.wrong_net.ids[0])


@pytest.mark.parametrize(("age", "late"), [(7_199, Named()), (7_200, Named(count=1, ids=("ch_1",)))])
def test_a_fee_that_is_two_hours_late_is_an_alarm(desk: Desk, age: int, late: Named) -> None:
    desk.now = 10_000
    desk.read_on()
    desk.paid(1, created=epoch(10_000 - age))

    found = desk.panel().takings

    assert found is not None
    assert (1, late) == (found.fees_pending, found.fees_late)


def test_a_fee_is_late_only_up_to_when_fees_were_read(desk: Desk) -> None:
    desk.now = 7_209
    desk.read_on()
    desk.paid(1, created=epoch(10))
    desk.now = 9_000
    for name in SIDES:
        desk.read(name)
    young = desk.panel().takings
    desk.read(MoneyList.BALANCE_TRANSACTIONS)
    old = desk.panel().takings

    assert young is not None
    assert old is not None
    assert [0, 1] == [young.fees_late.count, old.fees_late.count]


@pytest.mark.parametrize("told", [{"currency": "eur"}, {"id": "txn_7"}])
def test_a_fee_that_was_said_and_cannot_be_summed_is_not_late(desk: Desk, told: dict[str, str]) -> None:
    desk.now = 10_000
    desk.read_on()
    desk.paid(1, balance_transaction="txn_1")
    desk.read(MoneyList.BALANCE_TRANSACTIONS, movement(1, **told))

    found = desk.panel().takings

    assert found is not None
    assert (1, Named()) == (found.fees_pending, found.fees_late)


def test_only_what_was_given_back_and_what_moved_money_is_counted(desk: Desk) -> None:
    desk.read_on()
    desk.paid()
    desk.read(MoneyList.REFUNDS, refund(1), refund(2, status="failed"), refund(3, currency="eur"))
    held_off = [dispute(2, status="warning_needs_response"), dispute(3, status="prevented")]
    desk.read(MoneyList.DISPUTES, dispute(1), *held_off)

    found = desk.panel().takings

    assert found is not None
    assert (1, 300, 1, 999) == (found.refunds, found.refunded_cents, found.disputes, found.disputed_cents)


@pytest.mark.parametrize(
    ("status", "disputed"),
    [("needs_response", 999), ("under_review", 999), ("lost", 999), ("won", 0), ("new_word", 999)],
)
def test_a_dispute_counts_until_it_is_won(desk: Desk, status: str, disputed: int) -> None:
    desk.read_on()
    desk.read(MoneyList.DISPUTES, dispute(1))
    first = desk.panel().takings
    desk.read_on(10)
    desk.read(MoneyList.DISPUTES, dispute(1, status=status))
    then = desk.panel().takings

    assert first is not None
    assert then is not None
    assert (1, 999) == (first.disputes, first.disputed_cents)
    assert (int(disputed > 0), disputed) == (then.disputes, then.disputed_cents)


def test_a_test_twin_is_no_money(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1)
    desk.paid(2, livemode=False)
    desk.credited(1)
    desk.credited(2)
    desk.read(MoneyList.DISPUTES, dispute(2, livemode=False))

    found = desk.panel()

    assert found.takings is not None
    assert (999, 999, 0) == (found.gross_cents, found.takings.gross_cents, found.takings.disputes)
    assert [("ledger_only", None, "tx_2"), ("matched", "ch_1", "tx_1")] == [
        (row.found, row.charge, row.entry) for row in found.rows
    ]


def test_a_coupon_over_everything_is_no_payment_and_its_credits_are_alone(desk: Desk) -> None:
    desk.read_on()
    free = {"amount_subtotal": 999, "amount_total": 0, "total_details": {"amount_discount": 999}}
    desk.read(
        MoneyList.CHECKOUT_SESSIONS,
        session(payment_intent=None, payment_status="no_payment_required", **free),
    )
    desk.credited(1, cents=0, payment_intent=None)

    found = desk.panel()

    assert found.takings is not None
    assert (0, 0, "") == (found.gross_cents, found.takings.gross_cents, found.broken)
    assert [("ledger_only", None, 0, 9_990)] == [
        (row.found, row.charge, row.ledger_cents, row.credits) for row in found.rows
    ]


def test_refunds_that_were_never_read_are_not_none(desk: Desk) -> None:
    for name in (*SIDES, MoneyList.LEDGER):
        desk.read(name)

    found = desk.panel()

    assert found.takings is not None
    assert (None, None) == (found.takings.refunds, found.takings.disputed_cents)
    assert [words.blind(word, "", None) for word in ("fees", "refunds", "disputes")] == list(found.blind)


@pytest.mark.parametrize("name", [MoneyList.REFUNDS, MoneyList.DISPUTES])
def test_refunds_and_disputes_that_are_still_being_read_are_no_figure(desk: Desk, name: MoneyList) -> None:
    desk.read_on()
    desk.read(name, refund(1) if name is MoneyList.REFUNDS else dispute(1), caught_up=False)

    found = desk.panel()

    assert found.takings is not None
    cents = {
        MoneyList.REFUNDS: found.takings.refunded_cents,
        MoneyList.DISPUTES: found.takings.disputed_cents,
    }
    assert cents.pop(name) is None
    assert [0] == list(cents.values())
    assert [words.blind(name.value, words.STILL_READING, None)] == list(found.blind)


def test_each_list_beside_the_payments_is_of_when_it_was_read_itself(desk: Desk) -> None:
    desk.read_on()
    desk.now += 20
    for name in (*SIDES, MoneyList.LEDGER):
        desk.read(name)
    desk.now += 5
    desk.read(MoneyList.REFUNDS)

    found = desk.panel()

    assert [20, 25, 0, 0] == [
        (each.at - after(LATER)).total_seconds()
        for each in (found.stripe, found.refunds, found.disputes, found.fees)
        if each.at is not None
    ]


def test_what_is_owed_is_sold_less_used_and_other_kinds_stand_apart(desk: Desk) -> None:
    desk.read_on()
    desk.credited(1)
    desk.credited(2, kind="debit", credits=-40, user="u-1", payment_intent=None)
    desk.credited(3, kind="debit", credits=-50, user="u-2", payment_intent=None)
    desk.credited(4, kind="grant", credits=500, payment_intent=None)

    found = desk.panel()

    assert found.liability is not None
    owed = found.liability
    assert (9_990, 90, 500, 9_900) == (owed.purchased, owed.used, owed.other, owed.net)
    assert [
        Spender(user="u-2", used=50, purchased=0),
        Spender(user="u-1", used=40, purchased=9_990),
    ] == list(found.spenders)
    desk.read_on(1)
    desk.credited(5, kind="debit", credits=-20, user="u-1", payment_intent=None)
    assert [60, 50] == [spender.used for spender in desk.panel().spenders]


def test_what_a_refund_took_back_is_not_spent_and_is_owed_no_more(desk: Desk) -> None:
    desk.read_on()
    desk.credited(1)
    desk.credited(2)
    desk.credited(3, kind="refund", credits=-9_990, user="u-1", payment_intent="pi_1")
    desk.credited(4, kind="debit", credits=-40, user="u-2", payment_intent=None)

    found = desk.panel()

    owed = found.liability
    assert owed is not None
    assert (19_980, 40, 9_990, 0, 9_950) == (
        owed.purchased,
        owed.used,
        owed.taken_back,
        owed.other,
        owed.net,
    )
    assert [Spender(user="u-2", used=40, purchased=9_990)] == list(found.spenders)
    assert 9_950 == found.hours[-1].liability


def test_a_debit_by_the_correlation_id_of_a_charge_is_taken_back_once_the_charge_is_known(desk: Desk) -> None:
    desk.read_on()
    by_correlation = {"payment_intent": None, "correlation_id": "c-1", "user": "u-1"}
    desk.credited(1, kind="refund", credits=-3_000, **by_correlation)
    desk.credited(2, kind="debit", credits=-40, user="u-1", payment_intent=None)
    before = desk.panel()
    desk.read_on(1)
    desk.paid(1, metadata={"correlation_id": "c-1"})
    then = desk.panel()

    assert [Spender(user="u-1", used=3_040, purchased=0)] == list(before.spenders)
    assert [Spender(user="u-1", used=40, taken_back=3_000, purchased=0)] == list(then.spenders)


def test_an_hour_ends_where_the_next_begins_and_an_empty_one_is_there(desk: Desk) -> None:
    desk.now = 4 * 3_600
    desk.read_on()
    desk.paid(1, created=epoch(3_599))
    desk.paid(2, created=epoch(3_600))
    desk.credited(1, created=after(3_599))
    desk.credited(2, kind="debit", credits=-10, created=after(7_200))

    found = desk.panel()

    assert [after(3_600 * hour) for hour in range(5)] == [bucket.start for bucket in found.hours]
    assert [1, 1, 0, 0, 0] == [bucket.payments for bucket in found.hours]
    assert [9_990, 9_990, 9_980, 9_980, 9_980] == [bucket.liability for bucket in found.hours]
    assert [-12 * 3_600] == [(bucket.start - after(0)).total_seconds() for bucket in found.days]


def test_no_more_than_the_newest_hours_and_days_with_what_was_owed_before(desk: Desk) -> None:
    desk.paid(1)
    desk.credited(1)
    desk.now = 70 * 86_400
    desk.read_on()

    found = desk.panel()

    assert (48, 60) == (len(found.hours), len(found.days))
    assert {9_990} == {bucket.liability for bucket in (*found.hours, *found.days)}


@pytest.mark.parametrize(
    ("age", "band"), [(599, 0), (600, 1), (3_599, 1), (3_600, 2), (86_400, 3), (259_200, 4)]
)
def test_what_is_not_matched_is_counted_by_its_age(desk: Desk, age: int, band: int) -> None:
    desk.now = 300_000
    desk.read_on()
    desk.paid(1, created=epoch(300_000 - age))

    found = desk.panel()

    assert [int(number == band) for number in range(5)] == [each.count for each in found.ages]
    assert {Class.STRIPE_ONLY} == {each.found for each in found.ages}


def test_what_was_paid_before_the_beginning_is_not_of_it(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1)
    desk.paid(2)
    desk.credited(1)

    found = desk.books.panel(replace(desk.run, started_at=after(12)), EVERY)

    assert (["ch_2"], 999, "") == ([row.charge for row in found.rows], found.gross_cents, found.broken)


def test_a_credit_right_after_the_beginning_may_be_of_a_charge_from_before_it(desk: Desk) -> None:
    plan = default_plan()
    assert plan.money is not None
    desk.read_on()
    desk.credited(1, created=after(10))
    desk.credited(2, created=after(10), payment_intent=None)
    early = replace(desk.run, started_at=after(10 - plan.money.grace_s))

    assert 2 == desk.books.panel(early, EVERY).found
    late = replace(early, started_at=early.started_at + timedelta(seconds=1))
    assert ["tx_1"] == [row.entry for row in desk.books.panel(late, EVERY).rows]


def test_tax_is_not_due_to_the_ledger(desk: Desk) -> None:
    desk.read_on()
    taxed = session(amount_total=1_099, total_details={"amount_tax": 100})
    desk.paid(1, amount_captured=1_099)
    desk.credited(1)
    assert ["amount_mismatch"] == desk.classes()

    desk.read_on(1)
    desk.read(MoneyList.CHECKOUT_SESSIONS, taxed)

    assert ["matched"] == desk.classes()


def test_an_amount_that_the_ledger_should_say_and_does_not_is_wrong_without_a_drift(desk: Desk) -> None:
    desk.read_on()
    desk.paid()
    desk.credited(cents=None)

    [row] = desk.rows()

    assert ("amount_mismatch", None, None) == (row.found, row.ledger_cents, row.drift_cents)


def test_a_currency_that_the_ledger_should_say_and_does_not_is_wrong(desk: Desk) -> None:
    desk.read_on()
    desk.paid()
    desk.credited(currency=None)

    assert ["currency_mismatch"] == desk.classes()


@pytest.mark.parametrize(("credited", "found"), [(9_990, "matched"), (9_991, "credit_mismatch")])
def test_a_ledger_that_says_no_amounts_is_judged_by_its_credits(
    writer: Writing, credited: int, found: str
) -> None:
    plan = default_plan()
    history = plan.ledger.history
    assert history is not None
    silent = msgspec.structs.replace(history, cents=None, currency=None)
    desk = desk_at(
        writer, msgspec.structs.replace(plan, ledger=msgspec.structs.replace(plan.ledger, history=silent))
    )
    desk.read_on()
    desk.paid()
    desk.credited(cents=None, currency=None, credits=credited)

    [row] = desk.rows()

    assert (found, None, None) == (row.found.value, row.ledger_cents, row.drift_cents)
    assert [NO_CENTS] == list(desk.panel().blind)


def test_denials_are_what_they_are_told_to_be_or_have_a_reason(writer: Writing) -> None:
    told = Denials(n=3, of_paying=1, paying=(("u-1", 1),))

    known = desk_at(writer, denials=lambda *_: told).panel()
    unknown = desk_at(writer, denials=lambda *_: "not read").panel()

    assert (told, "") == (known.denials, known.no_denials)
    assert (None, "not read") == (unknown.denials, unknown.no_denials)
    assert desk_at(writer).panel().no_denials


def test_two_who_look_at_once_cost_one_refresh(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.read_on()
    for number in range(20):
        desk.paid(number)
    asked: Counter[str] = Counter()
    money = type(desk.writer.store.money)
    seen = money.seen

    def counting(self: Any, kind: Any, *, since: Any) -> Any:
        asked[kind.__name__] += 1
        return seen(self, kind, since=since)

    monkeypatch.setattr(money, "seen", counting)
    found: list[int] = []
    looking = [threading.Thread(target=lambda: found.append(desk.panel().found)) for _ in range(4)]
    for each in looking:
        each.start()
    for each in looking:
        each.join()

    assert [20] * 4 == found
    assert {1} == set(asked.values())


def test_a_list_is_narrowed_to_classes_and_to_ids_that_hold_a_text(desk: Desk) -> None:
    desk.read_on()
    for number in (1, 2, 3, 12):
        desk.paid(number)
    desk.credited(1)

    assert (3, 2) == (desk.panel(Wanted(limit=2)).found, len(desk.rows(Wanted(limit=2))))
    assert 1 == desk.panel(Wanted(classes=frozenset([Class.MATCHED]))).found
    assert ["ch_2", "ch_12"] == [row.charge for row in desk.rows(Wanted(text="2"))]
    assert ["ch_2"] == [row.charge for row in desk.rows(Wanted(text=" PI_2 "))]


def test_a_text_is_looked_for_in_every_class_where_none_is_named(desk: Desk) -> None:
    desk.read_on()
    for number in (1, 11):
        desk.paid(number)
    desk.credited(1)
    unmatched = frozenset(Class) - SETTLED

    assert ["ch_11", "ch_1"] == [row.charge for row in desk.rows(Wanted(text="pi_1"))]
    assert ["ch_11"] == [row.charge for row in desk.rows(Wanted(classes=unmatched, text="pi_1"))]
