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
from dashboard.finance.values import Denials, Wanted
from dashboard.launch.money import trace_wording as words
from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.store.money_values import FailedRead
from tests.cast import default_plan
from tests.dashboard.finance.scene import EVERY, LATER, SIDES, Desk, desk_at
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
