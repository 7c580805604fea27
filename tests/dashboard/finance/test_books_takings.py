"""Of what was taken finance reads the fees, the nets, and what went back, each as of when it was read."""

from __future__ import annotations

import pytest

from collectors.money_window import MoneyList
from dashboard.finance.values import Named
from dashboard.launch.money import trace_wording as words
from tests.dashboard.finance.scene import LATER, SIDES, Desk, dispute, movement, refund
from tests.dashboard.launch.money.bought import after, epoch, session


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
