"""The files say the same as the page, and nothing that a spreadsheet computes."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq

from dashboard.finance.lists import COLUMNS, as_csv
from dashboard.finance.values import FinancePanel, Row, Wanted
from dashboard.launch.money.purchase import AsOf
from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.taking_away import WITHHELD
from tests.dashboard.finance.scene import Desk
from tests.dashboard.launch.money.bought import after

PANEL = FinancePanel(
    environment="rehearsal",
    plan="=1+1",
    currency="usd",
    since=after(0),
    stripe=AsOf(at=after(1)),
    ledger=AsOf(at=after(2)),
    drawn_at=after(3),
)


def test_both_files_hold_every_row_however_few_are_shown(desk: Desk) -> None:
    desk.read_on()
    for number in range(5):
        desk.paid(number, metadata={"correlation_id": f"c-{number}"})
    wanted = Wanted(limit=2)

    written = desk.books.csv(desk.run, wanted)
    told = list(csv.DictReader(io.StringIO(written.decode(), newline="")))
    kept = pq.read_table(io.BytesIO(desk.books.parquet(desk.run, wanted))).to_pylist()

    assert [f"c-{number}" for number in range(5)] == [row["correlation_id"] for row in told]
    assert COLUMNS == tuple(told[0])
    assert "2026-11-24T12:00:10+00:00" == told[0]["created"]
    assert [row["charge"] for row in told] == [row["charge"] for row in kept]
    assert ("stripe_only", 999, None) == (kept[0]["class"], kept[0]["stripe_cents"], kept[0]["entry"])


def test_each_row_says_where_it_is_from_and_as_of_when(desk: Desk) -> None:
    desk.read_on()
    desk.paid(1)

    [told] = csv.DictReader(io.StringIO(desk.books.csv(desk.run, Wanted()).decode(), newline=""))
    [kept] = pq.read_table(io.BytesIO(desk.books.parquet(desk.run, Wanted()))).to_pylist()

    assert "2026-11-24T12:21:40+00:00" == told["stripe_as_of"] == told["ledger_as_of"]
    assert after(1_300) == kept["stripe_as_of"] == kept["ledger_as_of"]
    for row in (told, kept):
        assert ("rehearsal", "first-live-dollar") == (row["environment"], row["plan"])


def test_a_cell_that_begins_like_a_formula_is_no_formula() -> None:
    row = Row(
        found=Class.LEDGER_ONLY,
        charge=None,
        payment_intent=None,
        entry="-1+1",
        other_entry=None,
        correlation_id="@SUM",
        currency="usd",
        stripe_cents=None,
        ledger_cents=-5,
        drift_cents=None,
        credits=1,
        created=after(0),
        age_s=1,
    )

    [told] = csv.DictReader(io.StringIO(as_csv([row], PANEL).decode(), newline=""))

    assert ("'=1+1", "'-1+1", "'@SUM", "-5", "") == (
        told["plan"],
        told["entry"],
        told["correlation_id"],
        told["ledger_cents"],
        told["stripe_cents"],
    )


def test_what_is_no_id_is_withheld_from_the_page_and_the_files(desk: Desk) -> None:
    desk.read_on()
    desk.credited(1)
    desk.rows()
    opened = desk.books._open
    assert opened is not None
    opened.kept.duck.execute("UPDATE rows SET entry = 'ada lovelace', correlation_id = '0123456789'")

    [row] = desk.rows()

    assert (WITHHELD, WITHHELD) == (row.entry, row.correlation_id)
