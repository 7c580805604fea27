"""Files as people bring them: which are recognised, and how a mistake is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.reconciliation.errors import SourceError
from dashboard.reconciliation.formats import LEDGER, STRIPE, Side
from dashboard.reconciliation.sources import arrow_schema, is_ready, read
from tests.dashboard.reconciliation.books import payment, purchase

PAYMENTS = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,"
    "Mode,Status,PaymentIntent ID,Customer Email"
)
BALANCE = (
    "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,charge_id,payment_intent_id"
)
CREDITS = "id,kind,credits,usd_cents,currency,payment_intent,correlation_id,created_at"
PAID = "ch_1,2026-11-24 10:00:00,9.99,0.00,usd,true,Live,Paid,pi_1,ada@example.org"
BOUGHT = "7,purchase,9990,999,usd,pi_1,c-1,2026-11-24T10:00:05Z"
AT = 1_795_514_400


def rows(side: Side, file: Path) -> list[dict[str, Any]]:
    return [row for batch in read(side, file, lambda _rows: None) for row in batch.to_pylist()]


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    file = folder / "file.csv"
    file.write_text("\n".join(lines) + "\n", encoding=encoding)
    return file


def refused(side: Side, file: Path) -> SourceError:
    with pytest.raises(SourceError) as told:
        rows(side, file)
    return told.value


def test_the_payments_export_is_read_to_the_cent_and_without_the_person(tmp_path: Path) -> None:
    [row] = rows(STRIPE, written(tmp_path, PAYMENTS, PAID))

    expected = payment(session=None, correlation_id=None, created=AT)
    assert expected == row
    assert "ada" not in str(row)


@pytest.mark.parametrize(
    ("word", "status"), [("Paid", "succeeded"), ("Refunded", "succeeded"), ("Failed", "failed")]
)
def test_a_payment_that_was_refunded_later_took_money(tmp_path: Path, word: str, status: str) -> None:
    [row] = rows(STRIPE, written(tmp_path, PAYMENTS, PAID.replace("Paid", word)))

    assert status == row["status"]


def test_a_status_that_nobody_knows_is_not_guessed(tmp_path: Path) -> None:
    told = refused(STRIPE, written(tmp_path, PAYMENTS, PAID, PAID.replace("Paid", "Charmed")))

    assert (3, "Status") == (told.line, told.column)


def test_a_test_payment_is_not_live(tmp_path: Path) -> None:
    [row] = rows(STRIPE, written(tmp_path, PAYMENTS, PAID.replace("Live", "Test")))

    assert row["livemode"] is False


def test_the_payments_export_without_its_mode_is_refused(tmp_path: Path) -> None:
    told = refused(STRIPE, written(tmp_path, PAYMENTS.replace("Mode", "Other"), PAID))

    assert str(told).endswith("with Mode besides; export it with these columns")


def test_yen_have_no_cents(tmp_path: Path) -> None:
    [row] = rows(STRIPE, written(tmp_path, PAYMENTS, PAID.replace("9.99", "999").replace("usd", "jpy")))

    assert (999, "jpy") == (row["captured_cents"], row["currency"])


def test_the_balance_export_gives_charges_and_leaves_fees_and_refunds(tmp_path: Path) -> None:
    charge = "txn_1,2026-11-24 10:00:00,usd,9.99,0.59,9.40,charge,ch_1,pi_1"
    file = written(tmp_path, BALANCE, charge, charge.replace(",charge,", ",refund,"))

    assert [payment(session=None, correlation_id=None, created=AT)] == rows(STRIPE, file)


def test_the_ledgers_export_gives_purchases_and_keeps_ids_as_text(tmp_path: Path) -> None:
    debit = "8,debit,-10,,usd,,,2026-11-24T10:00:05Z"
    [row] = rows(LEDGER, written(tmp_path, CREDITS, BOUGHT.replace("7,", "007,", 1), debit))

    assert purchase(entry="007", session=None, created=AT + 5) == row


@pytest.mark.parametrize("side", [STRIPE, LEDGER], ids=["stripe", "ledger"])
def test_our_own_columns_are_read_as_csv_and_as_parquet(tmp_path: Path, side: Side) -> None:
    row = payment() if side is STRIPE else purchase()
    csv = written(tmp_path, ",".join(row), ",".join(str(value) for value in row.values()))
    parquet = tmp_path / "file.parquet"
    pq.write_table(pa.Table.from_pylist([row], schema=arrow_schema(side.types)), parquet)

    assert [row] == rows(side, csv) == rows(side, parquet)
    assert (False, True) == (is_ready(side, csv), is_ready(side, parquet))


def test_a_byte_order_mark_is_nothing_to_speak_of(tmp_path: Path) -> None:
    assert 1 == len(rows(STRIPE, written(tmp_path, PAYMENTS, PAID, encoding="utf-8-sig")))


def test_a_file_of_the_other_side_is_told_what_it_lacks(tmp_path: Path) -> None:
    told = refused(STRIPE, written(tmp_path, CREDITS, BOUGHT))

    assert 1 == told.line
    assert "got no columns of the Stripe side" in str(told)


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    told = refused(LEDGER, written(tmp_path, f"{CREDITS},credits", f"{BOUGHT},1"))

    assert (1, "credits") == (told.line, told.column)


@pytest.mark.parametrize("cents", ["9.99", "999.0", "nine", "", "1,0", "9.99E+02"])
def test_cents_that_are_not_whole_are_named_with_line_and_column(tmp_path: Path, cents: str) -> None:
    broken = BOUGHT.replace(",999,", f',"{cents}",')

    told = refused(LEDGER, written(tmp_path, CREDITS, BOUGHT, broken))

    assert (3, "usd_cents") == (told.line, told.column)
    assert "expected a whole number" in str(told)


def test_an_id_that_a_spreadsheet_made_a_number_of_is_refused(tmp_path: Path) -> None:
    told = refused(LEDGER, written(tmp_path, CREDITS, BOUGHT.replace("7,", "1.23E+15,", 1)))

    assert (2, "id") == (told.line, told.column)


def test_a_second_currency_is_named_where_it_begins(tmp_path: Path) -> None:
    told = refused(LEDGER, written(tmp_path, CREDITS, BOUGHT, BOUGHT.replace("usd", "eur")))

    assert (3, "currency") == (told.line, told.column)
    assert "got eur after usd, expected one currency" in str(told)


def test_a_second_currency_of_stripe_is_named_where_it_begins(tmp_path: Path) -> None:
    other = PAID.replace("ch_1", "ch_2").replace(",usd,", ",eur,")
    told = refused(STRIPE, written(tmp_path, PAYMENTS, PAID, other))

    assert (3, "Currency") == (told.line, told.column)
    assert "got eur after usd, expected one currency" in str(told)


def test_a_row_is_named_by_the_line_it_begins_in(tmp_path: Path) -> None:
    two_lines = BOUGHT.replace("c-1", '"c\n1"')

    told = refused(LEDGER, written(tmp_path, CREDITS, two_lines, BOUGHT.replace("999,", "x,")))

    assert 4 == told.line


@pytest.mark.parametrize("row", [BOUGHT.rsplit(",", 1)[0], f"{BOUGHT},more"])
def test_a_row_with_more_or_fewer_cells_is_refused(tmp_path: Path, row: str) -> None:
    assert 2 == refused(LEDGER, written(tmp_path, CREDITS, row)).line


@pytest.mark.parametrize("text", ['7,"purchase', "7,pur\x00chase"])
def test_what_is_no_csv_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(LEDGER, written(tmp_path, CREDITS, text)).line in {2, 3}


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    told = refused(LEDGER, written(tmp_path, CREDITS, BOUGHT.replace("c-1", "é"), encoding="latin-1"))

    assert "got neither Parquet nor text in UTF-8" in str(told)


def test_garbage_that_is_called_parquet_is_not_taken_for_text_of_another_encoding(tmp_path: Path) -> None:
    garbage = tmp_path / "payments.parquet"
    garbage.write_bytes(bytes(range(255, 127, -1)))

    assert "got neither Parquet nor text in UTF-8; export it again" in str(refused(STRIPE, garbage))


def test_a_time_without_its_offset_is_not_guessed(tmp_path: Path) -> None:
    told = refused(LEDGER, written(tmp_path, CREDITS, BOUGHT.replace("05Z", "05")))

    assert (2, "created_at") == (told.line, told.column)


def test_an_error_never_says_who_paid(tmp_path: Path) -> None:
    told = refused(STRIPE, written(tmp_path, PAYMENTS, PAID.replace("pi_1", "ada@example.org")))

    assert "got a text of 15 characters" in str(told)


def test_a_correlation_id_that_may_be_a_person_is_not_kept(tmp_path: Path) -> None:
    [row] = rows(LEDGER, written(tmp_path, CREDITS, BOUGHT.replace("c-1", "ada@example.org")))

    assert row["correlation_id"] is None


def test_floats_in_parquet_are_refused_by_their_column(tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    pq.write_table(pa.Table.from_pylist([{**purchase(), "cents": 999.0}]), file)

    assert "cents" == refused(LEDGER, file).column


def test_parquet_with_a_hole_is_read_cell_by_cell_and_refused_by_its_row(tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    pq.write_table(pa.Table.from_pylist([purchase(1), purchase(2, cents=None)]), file)

    told = refused(LEDGER, file)
    assert not is_ready(LEDGER, file)
    assert (2, "cents") == (told.line, told.column)


def test_parquet_with_two_currencies_is_refused_by_its_row(tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    mixed = [purchase(1), purchase(2, currency="eur")]
    pq.write_table(pa.Table.from_pylist(mixed, schema=arrow_schema(LEDGER.types)), file)

    assert not is_ready(LEDGER, file)
    assert (2, "currency") == (refused(LEDGER, file).line, refused(LEDGER, file).column)


@pytest.mark.parametrize("side", [STRIPE, LEDGER], ids=["stripe", "ledger"])
def test_parquet_with_a_column_that_is_there_twice_is_named_and_left_to_no_engine(
    tmp_path: Path, side: Side
) -> None:
    row = payment() if side is STRIPE else purchase()
    schema = arrow_schema(side.types)
    arrays = [pa.array([row[field.name]], type=field.type) for field in schema]
    again = schema.get_field_index("created")
    twice = pa.Table.from_arrays([*arrays, arrays[again]], schema=schema.append(schema.field(again)))
    file = tmp_path / "file.parquet"
    pq.write_table(twice, file)

    assert not is_ready(side, file)
    assert "created" == refused(side, file).column


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    file.write_bytes(b"PAR1 and no more")

    assert "damaged" in str(refused(STRIPE, file))
