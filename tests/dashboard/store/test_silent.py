"""A PostgreSQL that says nothing: who waits is told in time, and goes on by itself when it answers again."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from dashboard.store.answering import unhurried
from dashboard.store.errors import StoreUnansweredError, StoreUnreachableError
from dashboard.store.prepared import prepared
from dashboard.store.store import Store
from evidence.redaction import find_secret
from tests.dashboard.store.scene import Writing, answer, opened, writing
from tests.silenced import Line

pytestmark = pytest.mark.postgres


def test_a_silent_database_is_unreachable_and_answers_again_by_itself(far: Store, line: Line) -> None:
    writer = writing(far)
    (kept,) = writer.samples(answer())

    line.silent.set()
    with pytest.raises(StoreUnreachableError, match="connection timeout expired"):
        far.newest_run()  # neither the connection that stood nor a new one is answered
    line.silent.clear()

    assert [kept] == [stored.id for stored in far.samples_after(writer.run.id, 0, limit=9)]


def test_who_is_cut_off_in_the_middle_of_a_write_keeps_nobody_from_writing(
    far: Store, line: Line, postgres_url: str
) -> None:
    writer = writing(far)

    def cut_off_at_the_commit() -> None:
        with far._database.writing() as session:
            session.execute(text("UPDATE golive_lease SET pace = 7"))
            line.silent.set()

    with pytest.raises(StoreUnansweredError, match=r"no answer for 2 s.*is not known, so look before"):
        cut_off_at_the_commit()

    assert line.swallowed.is_set()
    line.silent.clear()
    with opened(postgres_url) as near:
        assert near.pace(writer.lease.name) == 1
        assert len(Writing(store=near, run=writer.run, lease=writer.lease).samples(answer())) == 1


def test_rows_whose_commit_is_not_answered_may_be_kept(far: Store, line: Line) -> None:
    def cut_off_at_the_commit() -> None:
        with far._database.writing_rows() as connection:
            connection.execute(text("UPDATE golive_lease SET pace = 7"))
            line.silent.set()

    with pytest.raises(StoreUnansweredError):
        cut_off_at_the_commit()


def test_what_the_driver_runs_by_itself_is_not_waited_for_either(far: Store, line: Line) -> None:
    with far._database.reading() as session:
        pace = prepared(text("SELECT pace FROM golive_lease"), session.connection().dialect)

    def cut_off_between_two_statements() -> None:
        with far._database.writing_rows() as connection:
            pace.row(connection, {})
            line.silent.set()
            pace.row(connection, {})

    with pytest.raises(StoreUnreachableError):
        cut_off_between_two_statements()

    line.silent.clear()
    with far._database.writing_rows() as connection:
        assert pace.row(connection, {}) is None


def test_what_a_person_knows_to_be_slow_may_take_its_time(far: Store) -> None:
    began = time.monotonic()
    with far._database.reading() as session, unhurried(session):
        session.execute(text("SELECT pg_sleep(2.5)"))

    assert time.monotonic() - began > 2
    with pytest.raises(StoreUnreachableError), far._database.reading() as session:
        session.execute(text("SELECT pg_sleep(2.5)"))


def test_who_was_stopped_in_the_middle_of_a_write_writes_nothing_afterwards(
    far: Store, postgres_url: str
) -> None:
    writer = writing(far)
    with opened(postgres_url) as near:
        other = Writing(store=near, run=writer.run, lease=writer.lease)

        def stopped() -> None:
            with far._database.writing() as session:
                session.execute(text("UPDATE golive_lease SET pace = 7"))
                other.samples(answer())  # has its turn because the one that does not go on loses it
                session.execute(text("UPDATE golive_lease SET pace = 8"))

        with pytest.raises(StoreUnreachableError, match="idle-in-transaction"):
            stopped()
        assert near.pace(writer.lease.name) == 1


def test_why_a_database_is_away_may_be_told_in_an_answer() -> None:
    with pytest.raises(StoreUnreachableError) as away:
        opened("postgresql://golive:hunter2@127.0.0.1:1/golive?password=hunter2")

    assert "postgresql+psycopg://127.0.0.1:1/golive" in str(away.value)
    assert "hunter2" not in str(away.value)
    assert find_secret(str(away.value)) is None
