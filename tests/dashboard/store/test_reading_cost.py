"""What a screen reads costs the same however much is stored: each query walks an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text

from collectors.money import Charge
from dashboard.store.store import Store
from tests.dashboard.store.scene import T0, Writing, answer, at, board, flip

READS: dict[str, Callable[[Store, int], object]] = {
    "head": lambda store, run: store.head(run),
    "board": lambda store, run: store.board(run),
    "flips": lambda store, run: store.flips(run, 20),
    "newest_samples": lambda store, run: store.newest_samples(run),
    "newest_of": lambda store, run: store.newest_of(run, "probe.7", limit=60),
    "samples_since": lambda store, run: store.samples_since(run, "probe.7", since=at(9_000), limit=60),
    "samples_after": lambda store, run: store.samples_after(run, 19_000, limit=60),
    "verified_after": lambda store, run: store.verified_after(run, 19_000, limit=60),
    "evaluations_after": lambda store, run: store.evaluations_after(run, 60, limit=20),
    "evaluation_at": lambda store, run: store.evaluation_at(run, at(60)),
    "flips upto": lambda store, run: store.flips(run, 20, upto=60),
    "verified": lambda store, run: store.verified(run, range(9_000, 9_030)),
    "verified_upto": lambda store, run: store.verified_upto(
        run, "probe.7", since=at(0), upto=9_000, limit=60
    ),
    "failures": lambda store, run: store.failures(run, "source.7", limit=60),
}

MANY = """
INSERT INTO golive_sample (run_id, probe, source, observed_at, elapsed_ms, ok, reason, content, sha256)
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 19999)
SELECT run.id, 'probe.' || (n % 40), 'source.' || (n % 5), :start + CAST(n AS BIGINT) * 500000, 12,
       n % 10 > 0, NULL, content, ''
FROM numbers, golive_run AS run, (SELECT content FROM golive_sample LIMIT 1) AS one
"""

NEWS: dict[str, Callable[[Store], object]] = {
    "seen": lambda store: list(store.money.seen(Charge, since=at(9_000))),
    "gone": lambda store: store.money.gone(Charge, since=at(9_000)),
    "seen_entries": lambda store: list(store.money.seen_entries(since=at(9_000))),
}

MANY_CHARGES = """
INSERT INTO golive_money_object (kind, id, created, is_open, content, first_seen_at, seen_at)
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 19999)
SELECT 'charge', 'ch_' || n, n, n < 0, '', :start, :start + CAST(n AS BIGINT) * 1000
FROM numbers
"""
MANY_ENTRIES = """
INSERT INTO golive_ledger_entry (id, kind, credits, created, first_seen_at, seen_at)
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 19999)
SELECT 'tx_' || n, 'purchase', 1, 0, :start + CAST(n AS BIGINT) * 1000, :start + CAST(n AS BIGINT) * 1000
FROM numbers
"""

READS_IT_ALL = re.compile(
    r"SCAN golive_(sample|evaluation)|Seq Scan on golive_(sample|evaluation)|TEMP B-TREE"
)


@pytest.fixture
def full(writer: Writing) -> Writing:
    ids = writer.samples(answer())
    for number in range(1, 120):
        writer.judged(board(writer.run, number, number), flips=[flip(number, ids)])
    with writer.store._database.writing() as session:
        session.execute(text(MANY), {"start": int(T0.timestamp()) * 1_000_000})
    with writer.store._database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return writer


def test_every_read_of_a_screen_walks_an_index(full: Writing) -> None:
    store, run = full.store, full.run.id
    plans = {name: _plans(store, partial(read, store, run)) for name, read in READS.items()}
    everything = _plans(store, store.describe)

    assert {"head": 1, "board": 1} == {name: len(plans[name]) for name in ("head", "board")}
    assert {} == {name: found for name, found in plans.items() if READS_IT_ALL.search("\n".join(found))}
    # The check itself can see a query that reads it all: doctor's does.
    assert READS_IT_ALL.search("\n".join(everything))


def test_what_was_read_anew_is_found_by_an_index(writer: Writing) -> None:
    store, start = writer.store, {"start": int(T0.timestamp()) * 1_000_000}
    with store._database.writing() as session:
        session.execute(text(MANY_CHARGES), start)
        session.execute(text(MANY_ENTRIES), start)
    with store._database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))

    found = {name: "\n".join(_plans(store, partial(read, store))) for name, read in NEWS.items()}

    indexes = {
        "seen": "golive_money_object_by_seen",
        "gone": "golive_money_object_gone",
        "seen_entries": "golive_ledger_entry_by_seen",
    }
    assert {} == {name: plan for name, plan in found.items() if indexes[name] not in plan}


def _plans(store: Store, read: Callable[[], object]) -> list[str]:
    """How the database goes about each query of `read`."""
    database = store._database
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        if "golive_" in statement and statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    read()
    event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        return [
            "\n".join(
                str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)
            )
            for statement, parameters in asked
        ]
