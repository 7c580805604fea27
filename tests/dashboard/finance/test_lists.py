"""The files say the same as the page, and nothing that a spreadsheet computes."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq

from dashboard.finance.lists import COLUMNS, as_csv
from dashboard.finance.values import Row, Wanted
from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.taking_away import WITHHELD
from tests.dashboard.finance.scene import Desk
from tests.dashboard.launch.money.bought import after


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
    assert ("stripe_only", 999, None) == (kept[0]["found"], kept[0]["stripe_cents"], kept[0]["entry"])


def test_a_file_says_where_it_is_from_and_as_of_when(desk: Desk) -> None:
    desk.read_on()

    name, written = desk.books.file(desk.run, Wanted(), "parquet")

    told = pq.read_schema(io.BytesIO(written)).metadata
    assert "first-live-dollar-rehearsal-stripe-20261124T122140Z-ledger-20261124T122140Z.parquet" == name
    assert b"2026-11-24T12:21:40+00:00" == told[b"golive.stripe_as_of"] == told[b"golive.ledger_as_of"]
    assert (b"rehearsal", b"first-live-dollar") == (told[b"golive.environment"], told[b"golive.plan"])


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

    [told] = csv.DictReader(io.StringIO(as_csv([row]).decode(), newline=""))

    assert ("'-1+1", "'@SUM", "-5", "") == (
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
