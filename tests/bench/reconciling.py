"""What a reconciliation of files costs: against SQL by hand, datacompy, and with ten times the rows."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from tests.bench.launched import ROOT
from tests.bench.results import Measured, Say, UnmeasurableError

ROWS = 1_000_000
LARGE = 10_000_000
ROUNDS = 5
BY_HAND_LIMIT = 1.5
DATACOMPY_LIMIT = 1 / 8
MEMORY_LIMIT_GB = 4.0
PER_ROW_LIMIT = 1.3
DATACOMPY = ("--with", "datacompy==1.1.0", "--with", "pyarrow")
"""It wants an older pandas than golive, so it is measured in an environment of its own."""


def measure(say: Say) -> list[Measured]:
    """The million, by golive, by hand and by datacompy, all from the same Parquet files."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        say(f"reconcile: writing {ROWS:,} and {ROWS:,} rows")
        write(Path(folder), ROWS)
        told = _child("both", folder)
        ours, by_hand = told["ours"], told["by_hand"]
        say(f"reconcile: {_median(ours):.2f} s, by hand {_median(by_hand):.2f} s; datacompy next")
        other = _datacompy(folder)
        say(f"reconcile: datacompy {other:.2f} s")
    return [
        Measured(
            row="reconcile",
            what=f"{ROWS:,} payments and {ROWS:,} purchases by class, against DuckDB SQL by hand",
            value=_median(ours) / _median(by_hand),
            limit=BY_HAND_LIMIT,
            unit="x",
            how=f"{_median(ours):.2f} s and {_median(by_hand):.2f} s, medians of {ROUNDS} in turn, and the "
            "same classes, counts and cents",
        ),
        Measured(
            row="reconcile",
            what="the same against datacompy 1.1.0 on pandas, joined by payment intent",
            value=_median(ours) / other,
            limit=DATACOMPY_LIMIT,
            unit="x",
            how=f"{_median(ours):.2f} s and {other:.2f} s, both with reading the files; datacompy once",
        ),
    ]


def measure_large(say: Say) -> list[Measured]:
    """Ten million, alone in a process, against one million in the same way."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        seconds, memory = {}, {}
        for rows in (ROWS, LARGE):
            say(f"reconcile_large: writing {rows:,} and {rows:,} rows")
            write(Path(folder), rows)
            runs = [_child("ours", folder) for _ in range(3 if rows == ROWS else 1)]
            seconds[rows] = statistics.median(run["ours"][0] for run in runs)
            memory[rows] = max(run["peak_kb"] for run in runs)
            say(f"reconcile_large: {rows:,} in {seconds[rows]:.1f} s, {memory[rows] / 1e6:.2f} GB")
    per_row = {rows: 1e6 * seconds[rows] / rows for rows in seconds}
    return [
        Measured(
            row="reconcile_large",
            what=f"peak memory of the process at {LARGE:,} payments and {LARGE:,} purchases",
            value=memory[LARGE] / 1e6,
            limit=MEMORY_LIMIT_GB,
            unit="GB",
            how=f"resident set at its peak, all of Python in it; {memory[ROWS] / 1e6:.2f} GB at {ROWS:,}",
        ),
        Measured(
            row="reconcile_large",
            what=f"cost of a row at {LARGE:,} against {ROWS:,}",
            value=per_row[LARGE] / per_row[ROWS],
            limit=PER_ROW_LIMIT,
            unit="x",
            how=f"{per_row[LARGE]:.2f} and {per_row[ROWS]:.2f} µs a row, {seconds[LARGE]:.1f} s in all",
        ),
    ]


def write(folder: Path, rows: int) -> None:
    """The same rows for the same number: all but eight in a thousand match."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # more threads write the rows in another order
    payments = f"""
        SELECT 'ch_' || md5('charge' || i) AS charge, 'pi_' || md5('intent' || i) AS payment_intent,
            'cs_live_' || md5('session' || i) AS session,
            md5('c' || i - (i % 1000 = 5)::INT) AS correlation_id,
            1760000000 + i // 10 AS created, 999::BIGINT AS captured_cents, 999::BIGINT AS due_cents,
            CASE WHEN i % 1000 = 9 THEN 999 ELSE 0 END::BIGINT AS refunded_cents,
            'usd' AS currency, true AS livemode, 'succeeded' AS status, true AS captured
        FROM range({rows}) AS numbers(i)"""  # noqa: S608 - numbers and names of this file
    purchases = f"""
        SELECT 'le_' || md5('entry' || copy || '.' || i) AS entry,
            CASE WHEN i % 1000 = 7 OR copy = 2 THEN NULL
                WHEN i % 1000 = 6 THEN 'pi_' || md5('unknown' || i)
                ELSE 'pi_' || md5('intent' || i) END AS payment_intent,
            CASE WHEN i % 1000 <> 6 THEN 'cs_live_' || md5('session' || i) END AS session,
            CASE WHEN i % 1000 <> 6 THEN md5('c' || i) END AS correlation_id, 1760000002 + i // 10 AS created,
            CASE WHEN i % 1000 = 1 THEN 998 ELSE 999 END::BIGINT AS cents,
            CASE WHEN i % 1000 = 2 THEN 999 ELSE 9990 END::BIGINT AS credits, 'usd' AS currency
        FROM (SELECT i, 1 AS copy FROM range({rows}) AS numbers(i) WHERE i % 1000 NOT IN (3, 5, 9)
            UNION ALL SELECT i, 2 FROM range({rows}) AS numbers(i) WHERE i % 1000 IN (4, 8))
        ORDER BY hash(i)"""  # noqa: S608 - numbers and names of this file
    for name, query in (("payments", payments), ("purchases", purchases)):
        connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    connection.close()


def _child(what: str, folder: str) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "tests.bench.reconciling_child", what, folder, str(ROUNDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnmeasurableError(f"got {done.stderr.strip()[-300:]}, expected seconds")
    told: Mapping[str, Any] = json.loads(done.stdout)
    return told


def _datacompy(folder: str) -> float:
    script = ROOT / "tests" / "bench" / "reconciling_datacompy.py"
    uv = os.environ.get("UV", "uv")
    apart: list[str] = ["--no-project", "--isolated", "--python", sys.executable, *DATACOMPY]
    command = [uv, "run", *apart, str(script), folder]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise UnmeasurableError(f"got no {uv}, expected it on the path to install datacompy apart") from error
    if done.returncode != 0:
        raise UnmeasurableError(f"got {done.stderr.strip()[-300:]}, expected datacompy's seconds")
    return float(done.stdout.split()[-1])


def _median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)
