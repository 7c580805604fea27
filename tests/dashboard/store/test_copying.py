"""A store is copied whole, from either database into either, as of one moment, and all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.store.copying import Copied, Replacing, replacing, snapshot
from dashboard.store.errors import NotAStoreError, StoreError, StoreLockedError, StoreMissingError
from dashboard.store.schema import SCHEMA, upgrade
from dashboard.store.values import COLLECTORS, Lease
from evidence.keys import make_keys
from tests.dashboard.store.conftest import BOTH
from tests.dashboard.store.logs import logging
from tests.dashboard.store.scene import T0, Writing, answer, opened, writing

Rows = dict[str, tuple[Copied, list[Sequence[Any]]]]


def read(url: str) -> Rows:
    """Every row of every table."""
    with snapshot(url) as store:
        return {table.name: (table, list(store.rows(table.name))) for table in store.tables()}


def copy(source: str, target: str) -> None:
    with snapshot(source) as store, replacing(target) as database:
        shapes = database.begin(store.schema)
        tables = {table.name: table for table in store.tables()}
        for name, shape in shapes.items():
            columns = [column for column, _ in tables[name].columns]
            database.fill(shape, columns, store.rows(name))
        database.end(store.last_ids())


def sign(database: Replacing, schema: str) -> Mapping[str, Copied]:
    """An empty store of this schema."""
    shapes = database.begin(schema)
    columns = ["id", "environment", "opened_by"]
    database.fill(shapes["golive_identity"], columns, [(1, "rehearsal", "0.0.9")])
    return shapes


def fail_in_the_middle(url: str) -> None:
    with replacing(url) as database:
        database.begin(SCHEMA)
        raise RuntimeError("in the middle")


def unheld(rows: Rows) -> Rows:
    """The same with a lease that nobody holds."""
    table, leases = rows["golive_lease"]
    place = [column for column, _ in table.columns].index("holder")
    free = [[None if at == place else value for at, value in enumerate(row)] for row in leases]
    return {**rows, "golive_lease": (table, [tuple(row) for row in free])}


@pytest.fixture
def filled(recorded: Writing, url: str, tmp_path: Path) -> str:
    """A store with something in most tables, that nobody has open any more."""
    recorded.store.close()
    make_keys(tmp_path / "keys")
    with logging(url, tmp_path) as log:
        log.begin()
        log.sign()
    return url


@pytest.fixture(params=BOTH)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_empty_url"))


def test_a_copy_has_every_row_whichever_database_it_is_in(filled: str, target: str) -> None:
    copy(filled, target)

    there = read(target)
    assert unheld(read(filled)) == there
    assert {"golive_sample", "golive_flip", "golive_evidence_record"} <= {
        name for name, (_, rows) in there.items() if rows
    }


def test_a_copy_goes_on_where_it_was(filled: str, target: str) -> None:
    with snapshot(filled) as store:
        last = store.last_ids()["golive_sample"]
    copy(filled, target)

    with opened(target) as store, opened(filled) as before:
        run = store.newest_run()
        assert run is not None
        lease = store.take_lease(COLLECTORS, "another host", now=T0, ttl_s=60)
        assert isinstance(lease, Lease)  # whoever held it in the copy is not here
        assert store.append_samples(run.id, [answer(second=9)], lease=lease) == (last + 1,)
        assert before.evidence.leaves(run.id) == store.evidence.leaves(run.id)


def test_an_id_that_was_given_is_not_given_again_though_its_row_is_gone(empty_url: str) -> None:
    with replacing(empty_url) as database:
        sign(database, SCHEMA)
        database.end({"golive_run": 41})

    with snapshot(empty_url) as store:
        assert 41 == store.last_ids()["golive_run"]


def test_who_signed_out_since_stays_signed_out(url: str) -> None:
    with opened(url) as store:
        store.sign_out("robin", 100)
        store.sign_out("noor", 100)
    with snapshot(url) as copy_of:
        rows = list(copy_of.rows("golive_sign_out"))
    with opened(url) as store:
        store.sign_out("robin", 200)
        store.sign_out("sam", 50)

    with replacing(url) as database:
        shapes = sign(database, SCHEMA)
        database.fill(shapes["golive_sign_out"], ["pseudonym", "at_s"], rows)
        database.end({})

    with opened(url) as store:
        assert {"robin": 200, "noor": 100, "sam": 50} == store.sign_outs(since_s=0)


def test_a_copy_refuses_what_its_tables_refuse(filled: str, target: str) -> None:
    copy(filled, target)

    told = pytest.raises(StoreError, match="append-only")
    with opened(target) as store, told, store._database.writing() as session:
        session.execute(sa.text("UPDATE golive_sample SET reason = 'another'"))


def test_what_is_written_meanwhile_is_not_in_it(writer: Writing, url: str) -> None:
    writer.samples(answer(second=0))
    with snapshot(url) as store:
        first = list(store.rows("golive_sample"))
        writer.samples(answer(second=1))

        assert first == list(store.rows("golive_sample"))
        assert 1 == len(first)


def test_a_store_that_somebody_has_open_is_not_replaced(writer: Writing, url: str) -> None:
    writer.samples(answer())
    told = pytest.raises(StoreLockedError, match="somebody else has open, expected nobody; end every golive")

    with told, replacing(url) as database:
        database.begin(SCHEMA)

    assert 1 == len(read(url)["golive_sample"][1])


def test_of_two_at_once_one_is_refused(filled: str) -> None:
    before = read(filled)

    with replacing(filled), pytest.raises(StoreError), replacing(filled, timeout_ms=100):
        pass

    assert before == read(filled)


def test_what_fails_in_the_middle_leaves_what_was_there(filled: str) -> None:
    before = read(filled)

    with pytest.raises(RuntimeError, match="in the middle"):
        fail_in_the_middle(filled)

    assert before == read(filled)
    opened(filled).close()


def test_what_fails_where_nothing_was_leaves_nothing(empty_url: str) -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        fail_in_the_middle(empty_url)

    with pytest.raises(StoreMissingError), snapshot(empty_url):
        pass


def test_the_tables_of_another_program_are_left_alone(sqlite_empty_url: str) -> None:
    engine = sa.create_engine(sqlite_empty_url.replace("a new folder/", ""))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE theirs (id INTEGER)"))
    url = str(engine.url)

    for use in (snapshot, replacing):
        with pytest.raises(NotAStoreError, match="tables of another program"), use(url):
            pass
    engine.dispose()


def test_a_copy_of_an_older_schema_is_brought_to_this_one(empty_url: str) -> None:
    older = f"{int(SCHEMA) - 1:04}"
    with replacing(empty_url) as database:
        shapes = sign(database, older)
        database.end({})

    with snapshot(empty_url) as store:
        assert SCHEMA == store.schema
        assert "golive_sign_out" in {table.name for table in store.tables()}
        assert "golive_sign_out" not in shapes


def test_an_older_store_is_read_and_not_brought_to_this_schema(empty_url: str) -> None:
    with opened(empty_url) as store:
        writing(store)
    with replacing(empty_url) as database:
        database._take_away()
        upgrade(database._connection, "0012")
        database._connection.execute(sa.text("INSERT INTO golive_identity VALUES (1, 'rehearsal', '0')"))

    for _ in range(2):
        with snapshot(empty_url) as older:
            assert "0012" == older.schema
