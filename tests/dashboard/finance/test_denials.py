"""Denials are counted from what was read, and what was not read is a sentence and never 0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.money import Denial, LedgerEntry
from collectors.money_window import Cursor, MoneyList, Window
from dashboard.finance.denials import NO_USERS, NOT_PLANNED, denials
from dashboard.finance.values import Denials
from dashboard.launch.plan import Plan
from dashboard.store.money import MoneyStore
from dashboard.store.money_values import FailedRead, MoneyRead
from tests.cast import default_plan
from tests.dashboard.finance.scene import desk_at
from tests.dashboard.launch.money.bought import after, entry, epoch
from tests.dashboard.money_read import read
from tests.dashboard.store.scene import Writing, opened, writing


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


def denied(number: int, user: str | None, seconds: float = 10) -> Denial:
    return Denial(id=f"den_{number}", created=after(seconds), user=user)


def told(*users: str | None) -> tuple[Denial, ...]:
    return tuple(denied(number, user) for number, user in enumerate(users))


def read_both(writer: Writing, *found: Denial, entries: tuple[LedgerEntry, ...] = (), **more: Any) -> None:
    read(writer, MoneyList.LEDGER, entries=entries)
    read(writer, MoneyList.DENIALS, denials=found, **more)


def of(writer: Writing, plan: Plan | None = None, since: float = 0) -> Denials | str:
    return denials(writer.store, plan or default_plan(), after(since), writer.store.money.reads())


def without(name: str) -> Plan:
    plan = default_plan()
    return msgspec.structs.replace(plan, ledger=msgspec.structs.replace(plan.ledger, **{name: None}))


def test_denials_are_counted_and_those_of_users_that_bought_are_named(writer: Writing) -> None:
    bought = (entry(id="tx_1", user="u-1"), entry(id="tx_2", user="u-2"))
    read_both(writer, *told("u-2", "u-1", "u-2", "u-3"), entries=bought)

    assert Denials(n=4, of_paying=3, paying=(("u-2", 2), ("u-1", 1))) == of(writer)


def test_who_only_spent_has_not_paid(writer: Writing) -> None:
    spent = (entry(id="tx_1", user="u-1", kind="debit", credits=-5),)
    read_both(writer, *told("u-1"), entries=spent)

    assert Denials(n=1, of_paying=0, paying=()) == of(writer)


def test_a_list_that_was_read_and_is_empty_is_none(writer: Writing) -> None:
    read_both(writer)

    assert Denials(n=0, of_paying=0, paying=()) == of(writer)


def test_what_is_from_before_does_not_count(writer: Writing) -> None:
    read_both(writer, denied(1, "u-1", 4), denied(2, "u-1", 5))

    assert Denials(n=1, of_paying=0, paying=()) == of(writer, since=5)


def test_reading_the_same_denial_again_counts_it_once(writer: Writing) -> None:
    for _ in range(2):
        read_both(writer, *told("u-1"))

    assert Denials(n=1, of_paying=0, paying=()) == of(writer)


def test_many_paying_users_are_counted_and_the_first_ten_named(writer: Writing) -> None:
    users = [f"u-{number}" for number in range(12)]
    bought = tuple(entry(id=f"tx_{user}", user=user) for user in users)
    read_both(writer, *told(*users), entries=bought)

    found = of(writer)

    assert isinstance(found, Denials)
    assert (12, 10) == (found.of_paying, len(found.paying))


def test_without_a_place_to_read_them_they_are_not_known(writer: Writing) -> None:
    read_both(writer)

    assert NOT_PLANNED == of(writer, without("denials"))
    assert NO_USERS == of(writer, without("history"))


def test_what_was_never_read_is_not_known(writer: Writing) -> None:
    assert "Denials are not known: their list was never read." == of(writer)

    read(writer, MoneyList.DENIALS)
    assert "Denials are not known: the ledger was never read." == of(writer)


def test_what_fails_is_not_known_since_when_and_why(writer: Writing) -> None:
    read_both(writer, *told("u-1"))
    failed = FailedRead(
        list=MoneyList.DENIALS, at=after(30), reason="server", detail="got HTTP 503, expected 200"
    )
    writer.store.money.record(failed, lease=writer.lease)

    expected = f"reading their list fails since {after(30):%H:%M:%S} UTC: got HTTP 503, expected 200"
    assert f"Denials are not known: {expected}." == of(writer)


def test_what_is_still_being_read_is_not_known(writer: Writing) -> None:
    read_both(writer, caught_up=False)

    assert "Denials are not known: their list is still being read." == of(writer)


def test_a_denial_of_nobody_leaves_open_who_has_paid(writer: Writing) -> None:
    read_both(writer, *told("u-1", None))

    assert "Denials are not known: of 1 of them the ledger names no user that may be kept." == of(writer)


def test_a_past_that_was_not_read_is_not_known(writer: Writing) -> None:
    read_both(writer)
    late = epoch(60)
    cursor = Cursor(list=MoneyList.DENIALS, since=late, complete_from=late, high_water=late)
    window = Window(list=MoneyList.DENIALS, cursor=cursor, as_of=after(70), observed_at=after(70))
    writer.store.money.record(window, lease=writer.lease)

    assert isinstance(of(writer, since=60), Denials)
    assert f"Denials are not known: they were not read back to {after(0):%Y-%m-%d %H:%M} UTC." == of(writer)


def test_a_look_at_finance_asks_how_the_reading_stands_once(
    writer: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, asked = desk_at(writer, denials=denials), 0
    desk.read_on()
    reads = MoneyStore.reads

    def counting(money: MoneyStore) -> dict[MoneyList, MoneyRead]:
        nonlocal asked
        asked += 1
        return reads(money)

    monkeypatch.setattr(MoneyStore, "reads", counting)
    desk.panel()
    desk.books.close()

    assert 1 == asked
