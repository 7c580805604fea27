"""What goes wrong in use: it surfaces as our error, and nothing recorded before is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dashboard.store.errors import (
    StoreBrokenError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreUnreachableError,
)
from dashboard.store.prepared import prepared
from dashboard.store.store import Store
from tests.dashboard.store.processes import BATCH, received, started, write_until_full
from tests.dashboard.store.scene import Writing, answer, at, opened, writing


def test_a_database_without_room_refuses_and_keeps_what_was_recorded(sqlite_url: str) -> None:
    with opened(sqlite_url) as store:
        writer = writing(store)
        (kept,) = writer.samples(answer())
        with store._database.writing() as session:
            # The limit is of the connection, and the pool gives the same one back.
            pages = session.execute(text("PRAGMA page_count")).scalar()
            session.execute(text(f"PRAGMA max_page_count = {pages}"))

        with pytest.raises(StoreFullError, match="free some room") as refused:
            writer.samples(*(answer(second=second) for second in range(2_000)))

        assert not refused.value.permanent
        assert [kept] == [stored.id for stored in store.samples_after(writer.run.id, 0, limit=9)]


def test_a_disk_without_room_refuses_and_keeps_what_was_recorded(sqlite_url: str) -> None:
    _, connection = started(write_until_full, sqlite_url, 600_000)
    *acknowledged, refusal = received(connection)

    assert "free some room" in refusal
    with opened(sqlite_url) as store:
        run = store.newest_run()
        assert run is not None
        stored = [sample.id for sample in store.samples_after(run.id, 0, limit=100_000)]
        assert acknowledged == stored[BATCH - 1 :: BATCH]
        assert store.describe().integrity == "ok"


def test_a_write_that_waits_too_long_is_our_error_and_works_later(url: str) -> None:
    with opened(url, timeout_ms=50) as store, opened(url) as other:
        writer = writing(store)
        with other._database.writing() as session:
            session.execute(text("UPDATE golive_lease SET heartbeat_at = 0"))

            with pytest.raises(StoreLockedError):
                writer.samples(answer())

        assert len(writer.samples(answer())) == 1


def test_what_is_acknowledged_is_on_disk(url: str) -> None:
    sqlite = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with opened(url) as store, store._database.writing() as session:
        if store._database.is_sqlite:
            expected: dict[str, object] = dict(sqlite)
            found = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in sqlite}
        else:
            expected = {"synchronous_commit": "on"}
            found = {name: session.execute(text(f"SHOW {name}")).scalar() for name in expected}

    assert expected == found


def test_readers_never_wait_for_a_writer(url: str) -> None:
    with opened(url) as store, opened(url, timeout_ms=50) as reader:
        writer = writing(store)
        writer.samples(answer())
        with store._database.writing() as session:
            session.execute(text("UPDATE golive_lease SET heartbeat_at = 0"))

            newest = reader.newest_samples(writer.run.id)

    assert {"ledger.balance"} == set(newest)


def test_what_the_driver_runs_by_itself_is_refused_in_our_words_too(store: Store) -> None:
    with (
        pytest.raises(StoreBrokenError, match="golive doctor"),
        store._database.writing_rows() as connection,
    ):
        prepared(text("SELECT nothing FROM golive_lease"), connection.dialect).row(connection, {})


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("53100", StoreFullError),
        ("53300", StoreUnreachableError),
        ("25006", StoreReadOnlyError),
        ("42501", StoreReadOnlyError),
        ("40P01", StoreLockedError),
        ("57014", StoreLockedError),
        ("XX001", StoreDamagedError),
        ("42P01", StoreBrokenError),
    ],
)
def test_what_postgresql_says_becomes_our_error(
    postgres_url: str, state: str, expected: type[StoreError]
) -> None:
    with (
        opened(postgres_url) as store,
        pytest.raises(StoreError) as raised,
        store._database.writing() as session,
    ):
        session.execute(text(f"DO $$ BEGIN RAISE 'no luck' USING ERRCODE = '{state}'; END $$"))

    assert expected is type(raised.value)
    assert "no luck" in str(raised.value)


@pytest.mark.postgres
def test_a_server_that_ends_our_connections_costs_no_error(postgres_url: str) -> None:
    with opened(postgres_url) as store, opened(postgres_url) as other:
        writer = writing(store)
        with other._database.writing() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

        assert len(writer.samples(answer())) == 1


def test_an_error_shows_no_value_of_the_statement(recorded: Writing) -> None:
    with pytest.raises(StoreError) as raised, recorded.store._database.writing() as session:
        session.execute(text("UPDATE golive_action SET actor = :actor"), {"actor": "hunter2"})

    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in str(raised.value.__cause__)


def test_neither_store_nor_description_shows_a_password(recorded: Writing) -> None:
    state = recorded.store.describe()

    assert {"runs": 1, "samples": 2, "evaluations": 1, "flips": 1, "kept for flips": 2} == {
        name: state.counts[name] for name in ("runs", "samples", "evaluations", "flips", "kept for flips")
    }
    assert at(1) == state.newest_observed_at
    assert state.size_bytes > 0
    assert "0.1.0" == state.opened_by
    assert state.url in repr(recorded.store)


@pytest.mark.postgres
def test_a_password_in_the_address_is_shown_nowhere(postgres_url: str) -> None:
    # The server of the tests trusts everybody, so any password opens it.
    address = postgres_url.replace("postgres@", "postgres:hunter2@") + "&password=hunter2"

    with opened(address) as store:
        shown = repr(store) + repr(store._database) + store.describe().url

    assert "hunter2" not in shown
    assert 3 == shown.count("postgresql+psycopg:///golive_")
