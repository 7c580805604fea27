"""What the ledger did beside crediting is counted from what was read; what was not read is not known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.money import LedgerEntry, Refund
from collectors.money_window import MoneyList
from dashboard.launch.plan import Plan
from dashboard.ledger_truth import Facts, LedgerTruth
from dashboard.payments import StoredPayments
from dashboard.purchases import Ours
from dashboard.store.money_values import FailedRead
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import after, charge, entry, epoch
from tests.dashboard.money_read import read
from tests.dashboard.store.scene import Writing, opened, writing

GRACE_S = 45
NAMES = ("refunded", "undebited", "undebited_ids")
SAMPLE = "usage_nano_1000_1000_"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


def refund(number: int, **changes: Any) -> Refund:
    told = {
        "id": f"re_{number}",
        "object": "refund",
        "created": epoch(10 + number),
        "amount": 999,
        "currency": "usd",
        "status": "succeeded",
        "payment_intent": "pi_1",
    }
    return msgspec.convert(told | changes, Refund)


def row(number: int, seconds: float = 5, **changes: Any) -> LedgerEntry:
    return entry(**{"id": f"tx_{number}", "user": "u-1", "created": after(seconds)} | changes)


def back(number: int, **changes: Any) -> LedgerEntry:
    plain: dict[str, Any] = {"kind": "refund", "credits": -9_990, "payment_intent": "pi_1"}
    return row(number, **plain | changes)


def used(number: int, seconds: float = 50, **changes: Any) -> LedgerEntry:
    plain = {"kind": "debit", "credits": -3, "payment_intent": None, "correlation_id": f"{SAMPLE}{number}"}
    return row(number, seconds, **plain | changes)


def facts(
    writer: Writing,
    *entries: LedgerEntry,
    refunds: tuple[Refund, ...] = (),
    seconds: float = 1_000,
    plan: Plan | None = None,
    **ours: Any,
) -> Facts:
    read(writer, MoneyList.LEDGER, entries=entries, seconds=seconds)
    read(writer, MoneyList.REFUNDS, *refunds, seconds=seconds)
    return of(writer, plan, **ours)


def of(writer: Writing, plan: Plan | None = None, **ours: Any) -> Facts:
    told: dict[str, Any] = {"store": writer.store, "plan": plan or default_plan(), "ours": Ours(**ours)}
    payments = StoredPayments(**told).since(after(0), after(1_000))
    return LedgerTruth(**told, run=writer.run, since=after(0)).facts(payments)


def sample_of_user() -> Plan:
    plan = default_plan()
    assert plan.usage is not None
    assert plan.usage.sample is not None
    sample = msgspec.structs.replace(plan.usage.sample, correlation_prefix=None, user="u-9")
    return msgspec.structs.replace(plan, usage=msgspec.structs.replace(plan.usage, sample=sample))


def told(found: Facts, *names: str) -> list[object]:
    return [found.get(name) for name in names]


# ------------------------------------------------------------ refunds


def test_a_refund_that_took_its_credits_back_is_counted_and_not_named(writer: Writing) -> None:
    found = facts(writer, row(1), back(2), refunds=(refund(1),))

    assert [1, 0, None] == told(found, "refunded", "undebited", "undebited_ids")


def test_a_refund_that_left_its_credits_is_named(writer: Writing) -> None:
    found = facts(writer, row(1), refunds=(refund(1), refund(2, payment_intent="pi_2")))

    assert [2, 2, "re_1,re_2"] == told(found, "refunded", "undebited", "undebited_ids")


def test_each_of_two_refunds_in_part_needs_a_debit(writer: Writing) -> None:
    parts = (refund(1, amount=599), refund(2, amount=400))
    found = facts(writer, row(1), back(2, credits=-5_990), refunds=parts)

    assert [2, 1, "re_2"] == told(found, "refunded", "undebited", "undebited_ids")
    assert [2, 0, None] == told(facts(writer, back(3, credits=-4_000)), *NAMES)


@pytest.mark.parametrize(("taken", "undebited"), [(1, 1), (9_989, 1), (9_990, 0), (9_991, 0)])
def test_a_refund_whose_debit_is_too_small_is_named(taken: int, undebited: int, writer: Writing) -> None:
    found = facts(writer, row(1), back(2, credits=-taken), refunds=(refund(1),))

    assert [1, undebited, "re_1" if undebited else None] == told(found, *NAMES)


def test_a_debit_may_come_in_several_rows(writer: Writing) -> None:
    rows = (row(1), back(2, credits=-9_000), back(3, credits=-990))

    assert [1, 0, None] == told(facts(writer, *rows, refunds=(refund(1),)), *NAMES)


def test_no_part_of_a_credit_has_to_be_taken_back(writer: Writing) -> None:
    plan = default_plan()
    coarse = msgspec.structs.replace(plan, purchase=msgspec.structs.replace(plan.purchase, credits=9))
    refunds = (refund(1, amount=500), refund(2, amount=499))

    assert [2, 0, None] == told(facts(writer, back(2, credits=-8), refunds=refunds, plan=coarse), *NAMES)


def test_a_refund_takes_the_payment_of_its_charge(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge())
    bare = refund(1, payment_intent=None, charge="ch_1")

    assert [1, 1, "re_1"] == told(facts(writer, row(1), refunds=(bare,)), *NAMES)
    assert [1, 0, None] == told(facts(writer, back(2)), *NAMES)


def test_a_debit_that_names_only_the_correlation_id_is_of_its_payment(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge(metadata={"correlation_id": "c-1"}))
    by_correlation = back(2, payment_intent=None, correlation_id="c-1", credits=-4_990)

    found = facts(writer, by_correlation, back(3, credits=-5_000), refunds=(refund(1, charge="ch_1"),))

    assert [1, 0, None] == told(found, *NAMES)


def test_a_refund_without_a_payment_is_debited_or_unknown_and_never_fine(writer: Writing) -> None:
    bare = {"payment_intent": None, "metadata": {"correlation_id": "c-1"}}
    read(writer, MoneyList.CHARGES, charge(**bare))
    refunded = refund(1, payment_intent=None, charge="ch_1")
    nameless = back(2, payment_intent=None)

    unknown = facts(writer, nameless, refunds=(refunded,))
    named = facts(writer, back(3, payment_intent=None, correlation_id="c-1"))

    assert [0, None, None, 1, "re_1"] == told(unknown, *NAMES, "unattributed", "unattributed_ids")
    assert [1, 0, None, 0, None] == told(named, *NAMES, "unattributed", "unattributed_ids")


def test_what_is_unknown_of_one_refund_does_not_hide_another(writer: Writing) -> None:
    refunds = (refund(1, payment_intent=None), refund(2), refund(3, payment_intent="pi_2"))

    found = facts(writer, back(2), refunds=refunds)

    assert [2, 1, "re_3", 1, "re_1"] == told(found, *NAMES, "unattributed", "unattributed_ids")


def test_of_another_currency_no_rate_is_known(writer: Writing) -> None:
    refunds = (refund(1, currency="eur"), refund(2, currency="eur", payment_intent="pi_2"))

    found = facts(writer, back(2, credits=-1), refunds=refunds)

    assert [1, 1, "re_2", 1, "re_1"] == told(found, *NAMES, "unattributed", "unattributed_ids")


def test_what_was_never_credited_cannot_be_taken_back_and_proves_nothing(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge())

    found = facts(writer, refunds=(refund(1, charge="ch_1"),))

    assert [0, 0, None, 0] == told(found, *NAMES, "unattributed")


def test_a_credit_that_comes_after_the_refund_is_to_be_taken_back(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge())
    facts(writer, refunds=(refund(1, charge="ch_1"),))

    assert [1, 1, "re_1"] == told(facts(writer, row(1, 900)), *NAMES)
    assert [1, 0, None] == told(facts(writer, back(2)), *NAMES)


def test_of_a_charge_from_before_the_ledger_was_read_nobody_can_tell_that_nothing_was_credited(
    writer: Writing,
) -> None:
    read(writer, MoneyList.CHARGES, charge(created=epoch(-1)))

    assert [1, 1, "re_1"] == told(facts(writer, refunds=(refund(1, charge="ch_1"),)), *NAMES)


def test_a_charge_in_another_currency_that_was_never_credited_owes_no_debit(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge(currency="eur"))
    refunds = (refund(1, charge="ch_1", currency="eur"),)

    assert [0, 0, None, 0] == told(facts(writer, refunds=refunds), *NAMES, "unattributed")
    assert [1, 1, "re_1", 0] == told(facts(writer, row(1)), *NAMES, "unattributed")


def test_the_refund_of_a_second_charge_owes_no_debit_and_that_of_the_first_does(writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge(), charge(id="ch_2", created=epoch(11)))

    second = facts(writer, row(1), refunds=(refund(1, charge="ch_2"),))
    both = facts(writer, refunds=(refund(2, charge="ch_1"),))

    assert [0, 0, None] == told(second, *NAMES)
    assert [1, 1, "re_2"] == told(both, *NAMES)
    assert [1, 0, None] == told(facts(writer, back(2)), *NAMES)


@pytest.mark.parametrize(("taken", "undebited"), [(998, 1), (999, 0)])
def test_no_more_is_taken_back_than_was_given(taken: int, undebited: int, writer: Writing) -> None:
    read(writer, MoneyList.CHARGES, charge())
    rows = (row(1, credits=999), back(2, credits=-taken))

    assert [1, undebited] == told(facts(writer, *rows, refunds=(refund(1, charge="ch_1"),)), *NAMES[:2])


@pytest.mark.parametrize(("seconds", "refunded"), [(11 + GRACE_S, 0), (12 + GRACE_S, 1)])
def test_a_refund_inside_the_grace_is_neither(seconds: int, refunded: int, writer: Writing) -> None:
    found = facts(writer, row(1), refunds=(refund(1),), seconds=seconds)

    assert [refunded, refunded] == told(found, "refunded", "undebited")


@pytest.mark.parametrize("status", ["pending", "failed", "canceled", None])
def test_a_refund_that_did_not_succeed_takes_nothing_back(status: str | None, writer: Writing) -> None:
    found = facts(writer, row(1), refunds=(refund(1, status=status),))

    assert [0, 0] == told(found, "refunded", "undebited")


def test_refunds_that_cannot_be_read_are_not_known_and_not_none(writer: Writing) -> None:
    read(writer, MoneyList.LEDGER, entries=(row(1),), seconds=1_000)
    unread = of(writer)
    facts(writer, row(1))
    failed = FailedRead(list=MoneyList.REFUNDS, at=after(1_001), reason="scope", detail="got HTTP 403")
    writer.store.money.record(failed, lease=writer.lease)

    assert [None, None] == told(unread, "refunded", "undebited")
    assert [None, None] == told(of(writer), "refunded", "undebited")


# ------------------------------------------------------------ balances


def test_who_used_more_than_was_there_is_named(writer: Writing) -> None:
    over = (row(1), used(2, credits=-9_991), row(3, user="u-2"), used(4, user="u-2", credits=-9_990))

    assert [2, 1, "u-1"] == told(facts(writer, *over), "users", "overdrawn", "overdrawn_ids")


@pytest.mark.parametrize(("seconds", "overdrawn"), [(50 + GRACE_S - 1, 0), (50 + GRACE_S, 1)])
def test_a_balance_below_zero_inside_the_grace_may_get_its_credit_yet(
    seconds: int, overdrawn: int, writer: Writing
) -> None:
    found = facts(writer, used(1, seconds=50), seconds=seconds)

    assert [1, overdrawn] == told(found, "users", "overdrawn")


def test_a_balance_that_was_below_zero_and_is_not_any_more_is_good(writer: Writing) -> None:
    found = facts(writer, used(1, seconds=50), row(2, seconds=990))

    assert [0] == told(found, "overdrawn")


def test_a_row_of_nobody_leaves_every_balance_open(writer: Writing) -> None:
    found = facts(writer, row(1), row(2, user=None))

    assert [None, None] == told(found, "users", "overdrawn")


def test_of_a_ledger_that_did_not_begin_at_zero_no_balance_is_known(writer: Writing) -> None:
    plan = default_plan()
    assert plan.ledger.history is not None
    history = msgspec.structs.replace(plan.ledger.history, from_zero=False)
    later = msgspec.structs.replace(plan, ledger=msgspec.structs.replace(plan.ledger, history=history))

    assert "overdrawn" not in facts(writer, used(1), plan=later)


# ------------------------------------------------------------ a known usage


def test_a_usage_that_was_not_seen_is_not_exact(writer: Writing) -> None:
    others = (used(1, kind="purchase"), used(2, correlation_id="usage_nano_1000_2000_1"))
    found = facts(writer, *others, used(3, correlation_id=f"{SAMPLE}1".upper()))

    assert [0, None, "not seen yet"] == told(found, "usage_samples", "usage_wrong", "usage_told")


def test_the_newest_debit_of_the_sample_speaks(writer: Writing) -> None:
    wrong = facts(writer, used(1, credits=-3), used(2, 60, credits=-2))
    right = facts(writer, used(3, 70, credits=-3))

    names = ("usage_samples", "usage_wrong", "usage_off", "usage_id")
    assert [2, 1, -1, "tx_2"] == told(wrong, *names)
    assert [3, 0, 0, "tx_3"] == told(right, *names)


def test_what_was_used_before_the_run_proves_nothing(writer: Writing) -> None:
    before = used(1, created=writer.run.started_at.replace(year=2025))

    assert [0] == told(facts(writer, before), "usage_samples")


def test_a_sample_can_be_found_by_its_user(writer: Writing) -> None:
    rows = (used(1, 60), used(2, user="u-9", credits=-5))

    found = facts(writer, *rows, plan=sample_of_user(), usage_user="u-9")

    assert [1, 2, "tx_2"] == told(found, "usage_samples", "usage_off", "usage_id")


def test_a_sample_of_a_user_that_is_not_known_is_found_nowhere(writer: Writing) -> None:

    assert "usage_samples" not in facts(writer, used(1), plan=sample_of_user())
