"""How fast records are appended to one evidence log: by four processes at once, each record for itself.

Every record waits for the disk, whose pace is not ours: the same rows, unsigned, by nothing but SQLite, take
turns with ours.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from evidence.keys import make_keys
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.dashboard.store.logs import draft, logging
from tests.dashboard.store.processes import started

WRITERS = 4
EACH = 1_000
"""A writer that found another at work looks again after up to 100 ms: so short a round would measure that."""

ROUNDS = 5
LIMIT_MS = 1.0
"""A thousand records a second."""

BARE_LIMIT = 5.0
"""A signature, three statements and the reading of the end are made while the others wait."""

BLOB = "0" * 64
LENGTH = 1_500
"""As long as an envelope."""


def measure(say: Say) -> list[Measured]:
    """Medians of rounds in turn, each into a database of its own; then the log is read and has no gap."""
    ours, bare = [], []
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
            ours.append(_round(Path(folder), append_when_told, _check))
            bare.append(_round(Path(folder), insert_when_told, _check_bare))
        say(f"append: round {number + 1}: {_a_second(ours[-1])}, bare SQLite {_a_second(bare[-1])}")
    each_ms = 1_000 * statistics.median(ours) / (WRITERS * EACH)
    how = f"medians of {ROUNDS} rounds of {WRITERS} × {EACH} in turn, each on disk before it is acknowledged"
    return [
        Measured(
            row="append",
            what=f"a record signed and appended to one log, by {WRITERS} processes at once, each for itself",
            value=each_ms,
            limit=LIMIT_MS,
            unit="ms",
            how=f"{_a_second(statistics.median(ours))}, {how}; no gap",
        ),
        Measured(
            row="append",
            what="the same against rows of that size that nothing but SQLite commits",
            value=statistics.median(ours) / statistics.median(bare),
            limit=BARE_LIMIT,
            unit="x",
            how=f"{_a_second(statistics.median(bare))}, {how}",
        ),
    ]


def append_when_told(connection: Connection, folder: Path, name: str) -> None:
    """Append so many at the word, one by one, and say when that is done."""
    with logging(_url(folder), folder) as log:
        log.begin()
        log.append(draft(f"{name}/warm", BLOB))
        connection.send("ready")
        connection.recv()
        for number in range(EACH):
            log.append(draft(f"{name}/{number}", BLOB, data={"sample": number, "ok": True, "balance": 9_990}))
        connection.send("done")


def insert_when_told(connection: Connection, folder: Path, _name: str) -> None:
    """The same with rows of that size, by nothing but SQLite."""
    with closing(_bare(folder)) as database:
        connection.send("ready")
        connection.recv()
        for _ in range(EACH):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO bare (row) VALUES (?)", (b"x" * LENGTH,))
            database.execute("COMMIT")
        connection.send("done")


def _round(folder: Path, work: Callable[..., None], check: Callable[[Path], None]) -> float:
    if not (folder / "keys").exists():
        make_keys(folder / "keys")
    # SQLite waits for nobody when it switches a file to its log: that is done before there is anybody.
    _bare(folder).close()
    writers = [started(work, folder, f"writer/{number}") for number in range(WRITERS)]
    for _, connection in writers:
        connection.recv()
    began = time.perf_counter()
    for _, connection in writers:
        connection.send("go")
    for _, connection in writers:
        connection.recv()
    took = time.perf_counter() - began
    for process, connection in writers:
        process.join()
        connection.close()
    check(folder)
    return took


def _check(folder: Path) -> None:
    with logging(_url(folder), folder) as log:
        expected = 1 + WRITERS * (EACH + 1)
        if [each.index for each in log.records()] != list(range(expected)):
            raise UnmeasurableError(f"got a log with a gap, expected {expected} records in a row")


def _check_bare(folder: Path) -> None:
    with closing(_bare(folder)) as database:
        if database.execute("SELECT count(*) FROM bare").fetchone() != (WRITERS * EACH,):
            raise UnmeasurableError("got fewer rows from SQLite than were acknowledged, expected all of them")


def _bare(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None, timeout=30)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, row BLOB)")
    return database


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'golive.sqlite3'}"


def _a_second(took: float) -> str:
    return f"{WRITERS * EACH / took:,.0f} records a second"
