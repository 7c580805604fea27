"""`golive reconcile`: exit codes, what is printed, and what it will not call green."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.reconciliation.classes import MENDS, SENTENCES, Class
from dashboard.reconciliation.tables import PAYMENTS as PAYMENTS_TABLE
from dashboard.reconciliation.tables import PURCHASES as PURCHASES_TABLE
from dashboard.reconciliation.tables import Types
from tests.dashboard.commands.conftest import Golive, Shell
from tests.dashboard.reconciliation.conftest import postgres_address as postgres_address  # noqa: PLC0414
from tests.dashboard.reconciliation.test_sources import BOUGHT, CREDITS, PAID, PAYMENTS

LATER = "2026-11-24T10:10:05Z"


@pytest.fixture
def stripe(tmp_path: Path) -> str:
    return _file(tmp_path / "payments.csv", PAYMENTS, PAID)


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    return _file(tmp_path / "ledger.csv", CREDITS, BOUGHT)


def _file(file: Path, *lines: str) -> str:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("types", [PAYMENTS_TABLE, PURCHASES_TABLE])
def test_its_own_columns_are_listed(golive: Golive, types: Types) -> None:
    told = golive("reconcile", "--help").stdout

    assert [] == [name for name in types if name not in told]


def test_all_matched_is_0(golive: Golive, stripe: str, ledger: str) -> None:
    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, "--as-of", LATER)

    assert 0 == told.exit_code
    assert "gross 999 usd cents = 999 matched (1 charges, 1 purchases)" in told.stdout


def test_what_does_not_match_is_1_with_its_ids(golive: Golive, stripe: str, tmp_path: Path) -> None:
    ledger = _file(tmp_path / "ledger.csv", CREDITS, BOUGHT.replace("pi_1", "pi_2"))

    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, "--as-of", LATER)

    assert 1 == told.exit_code
    assert "ledger_only: 7\nstripe_only: ch_1\n" in told.stdout


def test_files_that_hold_rows_from_after_their_export_are_refused(
    golive: Golive, stripe: str, ledger: str
) -> None:
    for early in (
        ("--as-of", "2020-01-01T00:00:00Z"),
        ("--as-of", LATER, "--as-of-ledger", "2020-01-01T00:00:00Z"),
    ):
        told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, *early)

        assert 3 == told.exit_code
        assert "column created: got a row of 2026-11-24T10:00:0" in told.stderr
        assert "expected none after 2020-01-01T00:00:00+00:00; say when it was exported" in told.stderr


@pytest.mark.parametrize(("seconds", "found"), [("604", "stripe_only"), ("606", "pending")])
def test_pending_is_not_matched(
    golive: Golive, stripe: str, tmp_path: Path, seconds: str, found: str
) -> None:
    ledger = _file(tmp_path / "ledger.csv", CREDITS)

    told = golive(
        "reconcile", "--stripe", stripe, "--ledger", ledger, "--as-of", LATER, "--grace", seconds, "--json"
    )

    assert 1 == told.exit_code
    assert told.stdout.endswith("}\n")
    [line] = json.loads(told.stdout)["classes"]
    assert (found, SENTENCES[Class(found)], MENDS[Class(found)]) == (
        line["class"],
        line["what"],
        line["mend"],
    )


def test_the_ledgers_time_may_be_another(golive: Golive, stripe: str, tmp_path: Path) -> None:
    ledger = _file(tmp_path / "ledger.csv", CREDITS)
    early = ("--as-of", LATER, "--as-of-ledger", "2026-11-24T10:00:00Z")

    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, *early)

    assert "pending: ch_1" in told.stdout


def test_nothing_on_both_sides_is_not_green(golive: Golive, tmp_path: Path) -> None:
    stripe, ledger = _file(tmp_path / "p.csv", PAYMENTS), _file(tmp_path / "l.csv", CREDITS)

    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger)

    assert (3, "") == (told.exit_code, told.stdout)
    assert "nothing to reconcile" in told.stderr


def test_a_file_that_is_wrong_is_3_with_its_place(golive: Golive, stripe: str, tmp_path: Path) -> None:
    ledger = _file(tmp_path / "ledger.csv", CREDITS, BOUGHT.replace("999,", "9.99,"))

    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger)

    assert 3 == told.exit_code
    assert f"{ledger}, line 2, column usd_cents: got '9.99', expected a whole number" in told.stderr


def test_a_file_that_is_not_there_is_3(golive: Golive, stripe: str) -> None:
    told = golive("reconcile", "--stripe", stripe, "--ledger", "no-such.csv")

    assert 3 == told.exit_code
    assert "cannot use no-such.csv" in told.stderr


def test_two_exports_that_overlap_are_refused(golive: Golive, stripe: str, ledger: str) -> None:
    told = golive("reconcile", "--stripe", stripe, "--stripe", stripe, "--ledger", ledger)

    assert 3 == told.exit_code
    assert "got ch_1 2 times, expected each once" in told.stderr


def test_several_files_make_one_side(golive: Golive, stripe: str, ledger: str, tmp_path: Path) -> None:
    more = _file(tmp_path / "more.csv", PAYMENTS, PAID.replace("_1", "_2"))

    told = golive("reconcile", "--stripe", stripe, "--stripe", more, "--ledger", ledger, "--json")

    assert 1_998 == json.loads(told.stdout)["gross_cents"]


def test_the_lists_are_written_where_asked(golive: Golive, stripe: str, tmp_path: Path) -> None:
    ledger = _file(tmp_path / "ledger.csv", CREDITS)

    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, "--out", "lists")

    assert 1 == told.exit_code
    assert "written: lists/stripe_only.csv, lists/stripe_only.parquet" in told.stdout
    assert "ch_1" in (tmp_path / "lists" / "stripe_only.csv").read_text()


@pytest.mark.parametrize(
    "engine", ["postgres://u:swordfish@127.0.0.1:1/x", "nonsense", "oracle://u:swordfish@h/x"]
)
def test_an_engine_that_cannot_be_used_is_3_and_its_password_stays_secret(
    golive: Golive, stripe: str, ledger: str, engine: str
) -> None:
    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, "--engine", engine)

    assert 3 == told.exit_code
    assert "expected one that is installed and answers" in told.stderr
    assert "swordfish" not in told.stderr


@pytest.mark.postgres
def test_postgres_prints_what_duckdb_prints(
    golive: Golive, stripe: str, ledger: str, postgres_address: str
) -> None:
    asked = ("reconcile", "--stripe", stripe, "--ledger", ledger, "--as-of", LATER, "--json")

    assert golive(*asked).stdout == golive(*asked, "--engine", postgres_address).stdout


def test_a_time_that_is_none_is_refused(golive: Golive, stripe: str, ledger: str) -> None:
    told = golive("reconcile", "--stripe", stripe, "--ledger", ledger, "--as-of", "yesterday")

    assert 2 == told.exit_code
    assert "--as-of" in told.stderr


def test_a_verdict_does_not_wait_for_tables(shell: Shell) -> None:
    """`golive status` is asked by scripts, every few seconds."""
    told = shell("status", PYTHONPROFILEIMPORTTIME="1")

    assert "dashboard.commands.status" in told.stderr
    assert not [line for line in told.stderr.splitlines() if line.endswith((" ibis", " duckdb", " pyarrow"))]
