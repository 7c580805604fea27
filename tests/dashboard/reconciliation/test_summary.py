"""The identity is asserted to the cent, and the lists can be opened in a spreadsheet."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.errors import IdentityError
from dashboard.reconciliation.formats import LEDGER, STRIPE
from dashboard.reconciliation.matching import reconcile
from dashboard.reconciliation.summary import Summary, summary
from dashboard.reconciliation.taking_away import WITHHELD
from dashboard.reconciliation.unmatched import LISTED, unmatched, write_lists
from tests.dashboard.reconciliation.books import AS_OF, OLD, Row, payment, purchase, table
from tests.dashboard.reconciliation.test_matching import books


def summed(connection: Any, payments: list[Row], purchases: list[Row], *, lost: str | None = None) -> Summary:
    """The summary, perhaps of rows of which one was lost."""
    stripe, ledger = table(STRIPE, payments), table(LEDGER, purchases)
    rows = reconcile(stripe, ledger, as_of_stripe=AS_OF, as_of_ledger=AS_OF)
    if lost is not None:
        rows = rows.filter(rows["class"] != lost)
    return summary(connection, rows, stripe, ledger)


def test_gross_is_the_sum_of_all_classes_in_its_currency_and_so_is_the_ledger(duck: Any) -> None:
    payments, purchases = books()

    found = summed(duck, [*payments, payment(30, status="failed")], purchases)

    usd = [line for line in found.lines if line.currency == "usd"]
    assert 17 * 999 == found.gross_cents == sum(line.stripe_cents for line in usd)
    assert (18, 1, 14) == (found.payments, found.without_money, found.purchases)
    assert list(Class) == list(dict.fromkeys(line.found for line in found.lines))
    assert not found.matched


@pytest.mark.parametrize(
    ("lost", "said"), [("stripe_only", "gross cents"), ("ledger_only", "credited cents")]
)
def test_a_row_that_gets_lost_is_noticed(duck: Any, lost: str, said: str) -> None:
    with pytest.raises(IdentityError, match=said):
        summed(duck, [payment(1)], [purchase(2)], lost=lost)


def test_nothing_is_not_matched(duck: Any) -> None:
    assert not summed(duck, [], []).matched
    assert summed(duck, [payment()], [purchase()]).matched


def listed(connection: Any, payments: list[Row], purchases: list[Row], **said: int) -> dict[Class, list[Row]]:
    stripe, ledger = table(STRIPE, payments), table(LEDGER, purchases)
    rows = reconcile(stripe, ledger, as_of_stripe=AS_OF, as_of_ledger=AS_OF)
    return unmatched(connection, rows, stripe, ledger, **said)


@pytest.mark.parametrize(
    ("payments", "purchases", "found"),
    [
        ([payment()], [], "c-1"),
        ([], [purchase()], "c-1"),
        ([payment(correlation_id=None)], [purchase(cents=1)], "c-1"),
        ([payment(correlation_id="ada@example.org")], [], WITHHELD),
        ([payment(correlation_id=None)], [], None),
    ],
)
def test_a_list_carries_the_correlation_id_of_whichever_side_has_one(
    duck: Any, payments: list[Row], purchases: list[Row], found: str | None
) -> None:
    [rows] = listed(duck, payments, purchases).values()

    assert [found] == [row["correlation_id"] for row in rows]


def test_the_lists_are_written_twice_and_say_the_same(duck: Any, tmp_path: Path) -> None:
    lists = listed(duck, [payment(1), payment(2)], [purchase(2), purchase(3)])

    write_lists(tmp_path / "out", lists)

    assert ["ledger_only.csv", "ledger_only.parquet", "stripe_only.csv", "stripe_only.parquet"] == sorted(
        file.name for file in (tmp_path / "out").iterdir()
    )
    [told] = read_csv(tmp_path / "out" / "stripe_only.csv")
    [kept] = pq.read_table(tmp_path / "out" / "stripe_only.parquet").to_pylist()
    assert ("ch_1", "-999") == (told["charge"], told["drift_cents"])
    at = kept.pop("created")
    assert told.pop("created") == at.isoformat() == datetime.fromtimestamp(OLD, UTC).isoformat()
    assert told == {name: "" if value is None else str(value) for name, value in kept.items()}


def test_a_list_of_last_time_does_not_stay(duck: Any, tmp_path: Path) -> None:
    write_lists(tmp_path, listed(duck, [payment()], []))
    write_lists(tmp_path, listed(duck, [], [purchase()]))

    assert ["ledger_only.csv", "ledger_only.parquet"] == sorted(file.name for file in tmp_path.iterdir())


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_text_begins_like_a_formula(tmp_path: Path, begin: str) -> None:
    row = dict.fromkeys(LISTED) | {"charge": f"{begin}1+1", "drift_cents": -999, "created": AS_OF}

    write_lists(tmp_path, {Class.STRIPE_ONLY: [row]})

    [told] = read_csv(tmp_path / "stripe_only.csv")
    assert (f"'{begin}1+1", "-999") == (told["charge"], told["drift_cents"])


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_what_is_no_id_is_withheld(duck: Any) -> None:
    lists = listed(duck, [], [purchase(entry="ada@example.org")])

    assert WITHHELD == lists[Class.LEDGER_ONLY][0]["entry"]


def test_the_first_of_each_class_are_the_oldest(duck: Any) -> None:
    payments = [payment(number, created=AS_OF - 600 - number) for number in range(1, 5)]

    lists = listed(duck, payments, [purchase(9)], first=2)

    assert ["ch_4", "ch_3"] == [row["charge"] for row in lists[Class.STRIPE_ONLY]]
    assert 1 == len(lists[Class.LEDGER_ONLY])
