"""An evidence log only grows, one record after the other, whoever appends and whoever is killed meanwhile."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import text

from dashboard.store.errors import StoreBrokenError, StoreError, StoreFullError
from dashboard.store.evidence import PAGE, StoredToken
from evidence.blobs import FolderBlobs
from evidence.envelope import opened as opened_envelope
from evidence.keys import make_keys
from evidence.log import LogError
from evidence.record import Kind, parsed
from evidence.tree import leaf_hash
from evidence.verification.report import Severity, Status
from tests.dashboard.store.logs import ORIGIN, Logging, draft, logging
from tests.dashboard.store.processes import capture_for_ever, capture_when_told, received, started
from tests.dashboard.store.scene import T0, at, opened_run

T = TypeVar("T")
RACES = 5
WRITERS = 4
EACH = 50
KILLS = {"sqlite": 100, "postgresql": 15}
TABLES = ("golive_evidence_log", "golive_evidence_record", "golive_evidence_head", "golive_evidence_token")
CHANGED = {"golive_evidence_log": "origin", "golive_evidence_record": "kind", "golive_evidence_head": "size"}
REPLACED = {
    "golive_evidence_log": "(run_id, origin) SELECT run_id, 'other' FROM golive_evidence_log",
    "golive_evidence_record": (
        '(run_id, "index", key, kind, recorded_at, leaf, recorder, envelope) SELECT run_id, "index", '
        "'other', kind, recorded_at, leaf, recorder, envelope FROM golive_evidence_record"
    ),
    "golive_evidence_head": "(run_id, size, note) SELECT run_id, size, 'other' FROM golive_evidence_head",
    "golive_evidence_token": (
        "(run_id, size, tsa, gen_time, token) SELECT run_id, size, tsa, gen_time, 'other' "
        "FROM golive_evidence_token"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the keys are, and the blobs will be."""
    make_keys(tmp_path / "keys")
    return tmp_path


@pytest.fixture
def log(url: str, folder: Path) -> Iterator[Logging]:
    with logging(url, folder) as log:
        log.begin()
        yield log


@pytest.fixture
def full(log: Logging) -> Logging:
    """A row in every table."""
    log.capture("event/1")
    size = log.sign()
    token = StoredToken(size=size, tsa="first", gen_time="2026-11-22T09:00:00Z", token=b"token")
    log.store.evidence.keep_token(log.run.id, token)
    return log


# ---------------------------------------------------------------- append-only


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_no_row_is_ever_changed_or_deleted(full: Logging, table: str, statement: str) -> None:
    column = CHANGED.get(table, "gen_time")
    with (
        pytest.raises(StoreBrokenError, match="append-only"),
        full.store._database.writing() as session,
    ):
        session.execute(text(statement.format(table, column, column)))


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_replaced(full: Logging, table: str) -> None:
    if not full.store._database.is_sqlite:
        pytest.skip("PostgreSQL has no INSERT OR REPLACE; its other guards are held above")
    with (
        pytest.raises(StoreBrokenError, match="append-only"),
        full.store._database.writing() as session,
    ):
        session.execute(text(f"INSERT OR REPLACE INTO {table} {REPLACED[table]}"))


@pytest.mark.parametrize("table", TABLES)
def test_no_table_is_emptied_at_once(full: Logging, table: str) -> None:
    if full.store._database.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE; its DELETE is refused above")
    with (
        pytest.raises(StoreBrokenError, match="append-only"),
        full.store._database.writing() as session,
    ):
        session.execute(text(f"TRUNCATE {table} CASCADE"))


# ---------------------------------------------------------------- one log a run, each thing once


def test_a_run_has_one_log_whoever_names_it(log: Logging) -> None:
    assert ORIGIN == log.store.evidence.name(log.run.id, "another")
    assert ORIGIN == log.store.evidence.origin(log.run.id)


def test_no_two_runs_have_a_log_of_one_name(log: Logging) -> None:
    second = opened_run(log.store, "b" * 64)

    with pytest.raises(StoreError):
        log.store.evidence.name(second.id, ORIGIN)
    assert log.store.evidence.origin(second.id) is None


def test_a_run_without_a_log_has_no_tip_and_takes_no_record(log: Logging) -> None:
    second = opened_run(log.store, "b" * 64)

    assert log.store.evidence.tip(second.id) is None
    assert (None, {}, []) == (
        log.store.evidence.origin(second.id),
        log.store.evidence.counts(second.id),
        log.store.evidence.leaves(second.id),
    )


def test_a_record_of_a_key_is_there_once_and_stays_where_it_is(log: Logging) -> None:
    first = log.capture("event/1")
    log.capture("event/2")

    again = log.append(draft("event/1", "0" * 64))[0]

    assert (first.index, False) == (again.index, again.is_new)
    assert ["genesis", "event/1", "event/2"] == [each.key for each in log.records()]


def test_the_same_key_twice_in_one_go_is_one_record(log: Logging) -> None:
    done = log.append(draft("event/1", "0" * 64), draft("event/1", "1" * 64))

    assert [(1, True), (1, False)] == [(each.index, each.is_new) for each in done]


def test_what_is_appended_in_one_go_is_all_there_or_nothing_of_it(log: Logging) -> None:
    with pytest.raises(LogError, match="genesis"):
        log.append(draft("event/1", "0" * 64), draft("genesis/2", "0" * 64, kind=Kind.GENESIS))

    assert ["genesis"] == [each.key for each in log.records()]


def test_a_database_without_room_takes_no_record_and_keeps_those_before(
    sqlite_url: str, folder: Path
) -> None:
    with logging(sqlite_url, folder) as log:
        log.begin()
        with log.store._database.writing() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar()
            session.execute(text(f"PRAGMA max_page_count = {pages}"))

        with pytest.raises(StoreFullError, match="free some room"):
            log.append(*(draft(f"seen/{number}", "0" * 64) for number in range(500)))

        assert [each.key for each in log.records()] == ["genesis"]


def test_a_head_and_a_token_are_kept_once(full: Logging) -> None:
    evidence, run = full.store.evidence, full.run.id
    note = evidence.heads(run)[2]

    evidence.keep_head(run, size=2, note=b"another")
    evidence.keep_token(run, StoredToken(size=2, tsa="first", gen_time="later", token=b"another"))
    evidence.keep_token(run, StoredToken(size=2, tsa="second", gen_time="later", token=b"another"))

    assert {2: note} == evidence.heads(run)
    assert [("first", b"token"), ("second", b"another")] == [
        (each.tsa, each.token) for each in evidence.tokens(run)
    ]


def test_a_token_of_a_head_that_was_never_signed_is_refused(log: Logging) -> None:
    with pytest.raises(StoreBrokenError):
        log.store.evidence.keep_token(
            log.run.id, StoredToken(size=9, tsa="first", gen_time="", token=b"token")
        )


# ---------------------------------------------------------------- reading


def test_the_tip_is_the_newest_record_and_the_chain_goes_through_it(log: Logging) -> None:
    log.capture("event/1", now=at(5))

    tip, (genesis, record) = log.store.evidence.tip(log.run.id), log.records()
    assert tip is not None
    assert (1, record.leaf, "2026-11-22T09:00:05Z", False) == (
        tip.index,
        tip.leaf,
        tip.recorded_at,
        tip.is_closed,
    )
    assert genesis.leaf == parsed(opened_envelope(record.envelope).payload).predicate.log.prev


def test_the_clock_of_a_log_never_goes_back(log: Logging) -> None:
    log.capture("event/1", now=at(9))
    log.capture("event/2", now=at(3))

    assert ["2026-11-22T09:00:09Z"] * 2 == [each.recorded_at for each in log.records()[1:]]


def test_nothing_follows_the_close(log: Logging) -> None:
    log.append(draft("close/1", "0" * 64, kind=Kind.CLOSE))

    with pytest.raises(LogError, match="is closed"):
        log.capture("event/2")


def test_a_key_that_is_not_in_force_signs_nothing(log: Logging, tmp_path: Path) -> None:
    other = make_keys(tmp_path / "other")

    with pytest.raises(LogError, match="another recorder's key"):
        type(log.log)(origin=ORIGIN, store=log.log.store, keys=lambda: other).append(
            [draft("event/1", "0" * 64)], T0
        )


def test_a_log_is_read_a_page_at_a_time_without_a_gap(log: Logging) -> None:
    log.append(*(draft(f"event/{number}", "0" * 64) for number in range(PAGE + 10)))

    evidence, run = log.store.evidence, log.run.id
    assert list(range(PAGE + 11)) == [each.index for each in evidence.each(run, size=PAGE + 11)]
    assert list(range(PAGE + 3)) == [each.index for each in evidence.each(run, size=PAGE + 3)]
    assert [PAGE + 9, PAGE + 10] == [each.index for each in evidence.records(run, after=PAGE + 8)]
    assert [leaf_hash(each.envelope) for each in evidence.each(run, size=PAGE + 11)] == evidence.leaves(run)


def test_a_record_is_found_by_its_key_and_the_newest_by_what_its_key_begins_with(log: Logging) -> None:
    for key in ("event/1", "flip/2/a", "event/10", "event_3/x"):
        log.capture(key)

    evidence, run = log.store.evidence, log.run.id
    found = evidence.record(run, "event/10")
    assert found is not None
    assert (3, "event") == (found.index, found.kind)
    assert evidence.record(run, "event/2") is None
    assert ["event/10", "flip/2/a", None] == [
        evidence.newest_key(run, prefix) for prefix in ("event/", "flip/", "inputs/")
    ]
    assert {"genesis": 1, "event": 4} == evidence.counts(run)
    assert [3, 4] == [each.index for each in evidence.of_kinds(run, ["event"], after=2)]


# ---------------------------------------------------------------- several at once, and kills


def test_four_processes_append_at_once_without_a_gap_and_in_order(
    log: Logging, url: str, folder: Path
) -> None:
    workers = [started(capture_when_told, url, folder, f"writer/{number}", EACH) for number in range(WRITERS)]
    for _, connection in workers:
        assert "ready" == connection.recv()
    for _, connection in workers:
        connection.send("go")
    acknowledged = [kept for _, connection in workers for kept in connection.recv()]
    for process, _ in workers:
        process.join()

    records = log.records()
    assert list(range(WRITERS * EACH + 1)) == [each.index for each in records]
    assert {(each.index, each.key) for each in acknowledged} == {
        (each.index, each.key) for each in records[1:]
    }
    for number in range(WRITERS):  # each writer's own are in its order
        own = [each.key for each in records if each.key.startswith(f"writer/{number}/")]
        assert [f"writer/{number}/{count}" for count in range(EACH)] == own
    _assert_whole(log, folder)


@pytest.mark.endurance
def test_a_kill_in_the_middle_of_a_capture_loses_nothing_that_was_acknowledged(
    log: Logging, url: str, folder: Path
) -> None:
    chance, acknowledged = random.Random(7), []
    for kill in range(KILLS[log.store._database.engine.dialect.name]):
        process, connection = started(capture_for_ever, url, folder, f"kill/{kill}")
        acknowledged += [connection.recv() for _ in range(chance.randrange(1, 9))]
        process.kill()
        acknowledged += received(connection)
        process.join()
        assert -signal.SIGKILL == process.exitcode

    records = {each.index: each for each in log.records()}
    for kept in acknowledged:
        stored = records[kept.index]
        (subject,) = parsed(opened_envelope(stored.envelope).payload).subject
        assert (kept.key, kept.blob) == (stored.key, subject.digest.sha256)
        with FolderBlobs(folder / "blobs").open(kept.blob) as stream:  # type: ignore[union-attr]
            assert kept.blob == sha256(stream.read()).hexdigest()
    _assert_whole(log, folder)


def test_those_who_name_a_log_or_keep_a_head_at_once_keep_one(log: Logging) -> None:
    evidence, second = log.store.evidence, opened_run(log.store, "b" * 64)

    names = _at_once(lambda own: evidence.name(second.id, f"log/{own}"))
    for number in range(RACES):
        _at_once(partial(_head_and_token, log, number))

    assert 1 == len(set(names))
    assert RACES == len(evidence.heads(log.run.id))
    assert RACES == len(evidence.tokens(log.run.id))


def _at_once(work: Callable[[int], T]) -> list[T]:
    """What each of several threads got that began in the same moment."""
    barrier = threading.Barrier(WRITERS)

    def one(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def _head_and_token(log: Logging, size: int, own: int) -> None:
    log.store.evidence.keep_head(log.run.id, size=size, note=b"%d" % own)
    token = StoredToken(size=size, tsa="first", gen_time=f"{own}", token=b"token")
    log.store.evidence.keep_token(log.run.id, token)


def _assert_whole(log: Logging, folder: Path) -> None:
    """An auditor who pins the key finds nothing wrong: signatures, places, chain, tree, blobs."""
    report = log.verified(folder / "bundle.zip")

    assert [] == [str(each) for each in report.findings if each.severity is Severity.FAIL]
    assert Status.CONSISTENT is report.status
    assert [] == list(log.blobs.damaged())
