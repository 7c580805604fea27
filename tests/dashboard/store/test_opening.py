"""Opening a store: what is refused, and that each refusal says what was got, expected, and the mend."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url, text

from collectors.observation import Environment
from dashboard.store.database import KEPT
from dashboard.store.errors import (
    NewerSchemaError,
    NotAStoreError,
    StoreAddressError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreMissingError,
    StoreReadOnlyError,
    StoreUnreachableError,
    WrongEnvironmentError,
)
from dashboard.store.schema import SCHEMA
from tests.dashboard.store.processes import open_when_told, received, started
from tests.dashboard.store.scene import opened, writing
from tests.postgres import new_database

NOBODY = 65_534


def test_a_store_is_made_where_there_was_none_and_found_again(empty_url: str) -> None:
    with opened(empty_url) as store:
        run = writing(store).run
    with opened(empty_url, create=False) as store:
        assert run == store.newest_run()


def test_after_a_crowd_came_and_went_no_more_files_are_open_than_before(sqlite_url: str) -> None:
    def held() -> list[str]:
        return sorted(each.path for each in psutil.Process().open_files() if "golive.sqlite" in each.path)

    with opened(sqlite_url) as store:
        before = held()
        with ExitStack() as crowd:
            for _ in range(KEPT):
                crowd.enter_context(store._database.reading()).execute(text("SELECT * FROM golive_run"))

        assert before == held()
        assert KEPT == before.count(str(make_url(sqlite_url).database))


def test_processes_that_open_a_new_store_at_once_all_succeed(empty_url: str) -> None:
    openers = [started(open_when_told, empty_url) for _ in range(4)]
    ready = [connection.recv() for _, connection in openers]
    for _, connection in openers:
        connection.send("now")
    endings = [received(connection) for _, connection in openers]

    assert [["ready"] * 4, [["opened"]] * 4] == [ready, endings]
    with opened(empty_url, create=False) as store:
        assert store.describe().schema == SCHEMA


def test_a_store_that_is_not_there_is_not_made_by_a_reader(empty_url: str) -> None:
    with pytest.raises(StoreMissingError, match="start `golive` once"):
        opened(empty_url, create=False)


@pytest.mark.postgres
def test_a_database_that_would_not_keep_every_text_is_refused(postgres_server: str) -> None:
    ascii_alone = "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    with (
        new_database(postgres_server, template="template0", more=ascii_alone) as url,
        pytest.raises(NotAStoreError, match=r"in SQL_ASCII at .*createdb -E UTF8 -T template0"),
    ):
        opened(url)


def test_the_other_environment_is_refused(url: str) -> None:
    with pytest.raises(
        WrongEnvironmentError,
        match=r"Got a store of the rehearsal environment .*, expected live; use another",
    ):
        opened(url, Environment.LIVE)


def test_a_newer_schema_is_refused_and_says_who_wrote_it(url: str) -> None:
    with opened(url) as store, store._database.writing() as session:
        session.execute(text("UPDATE golive_schema SET version_num = '0999'"))
        session.execute(text("UPDATE golive_identity SET opened_by = '9.9.9'"))

    with pytest.raises(NewerSchemaError, match=rf"schema 0999 .* golive 9\.9\.9, expected {SCHEMA} or older"):
        opened(url)


def test_a_schema_without_identity_is_damage(url: str) -> None:
    with opened(url) as store, store._database.writing() as session:
        session.execute(text("DELETE FROM golive_identity"))

    with pytest.raises(StoreDamagedError, match="without its identity"):
        opened(url)


@pytest.mark.parametrize(
    "address",
    [
        "mysql://root:hunter2@localhost/golive",
        "hunter2",
        "",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:golive?mode=memory&uri=true",
        "postgresql://golive:hunter2@host:port/golive",
    ],
)
def test_an_address_that_names_no_database_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(StoreAddressError, match="use sqlite:///") as refused:
        opened(address)

    assert "hunter2" not in str(refused.value)


def test_a_server_that_does_not_answer_is_unreachable_and_worth_another_try(unused_tcp_port: int) -> None:
    with pytest.raises(StoreUnreachableError) as refused:
        opened(f"postgresql://golive:hunter2@127.0.0.1:{unused_tcp_port}/golive?password=hunter2")

    assert not refused.value.permanent
    assert "hunter2" not in str(refused.value)


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_unreachable(postgres_url: str) -> None:
    missing = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)

    with pytest.raises(StoreUnreachableError, match='"nowhere" does not exist'):
        opened(missing)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "golive.sqlite"
    file.write_bytes(b"the minutes of the meeting\n" * 100)

    with pytest.raises(StoreDamagedError, match="file is not a database") as refused:
        opened(f"sqlite:///{file}")

    assert refused.value.permanent
    assert b"the minutes of the meeting\n" * 100 == file.read_bytes()


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE bookmarks (id INTEGER)")
    other.close()
    before = file.read_bytes()

    with pytest.raises(NotAStoreError, match="bookmarks"):
        opened(f"sqlite:///{file}")

    assert before == file.read_bytes()


def test_a_cut_off_file_is_damage(sqlite_url: str) -> None:
    file = Path(make_url(sqlite_url).database or "")
    file.write_bytes(file.read_bytes()[: 4096 * 3])

    with pytest.raises(StoreDamagedError, match="restore it from a backup"):
        opened(sqlite_url)


def test_a_file_that_may_not_be_written_is_refused(read_only_url: str) -> None:
    with (
        _without_privileges(),
        pytest.raises(StoreReadOnlyError, match="give golive write permission") as refused,
    ):
        opened(read_only_url)

    assert refused.value.permanent


def test_a_folder_that_may_not_be_written_is_refused(read_only_url: str) -> None:
    elsewhere = read_only_url.replace("golive.sqlite", "new/golive.sqlite")

    with (
        _without_privileges(),
        pytest.raises(StoreReadOnlyError, match="expected one that golive can make files in"),
    ):
        opened(elsewhere)


@pytest.mark.postgres
def test_a_server_that_takes_no_writes_is_refused(postgres_url: str) -> None:
    name = make_url(postgres_url).database
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())

    with pytest.raises(StoreReadOnlyError):
        opened(postgres_url)


def test_a_database_that_another_program_locks_is_refused_after_the_timeout(url: str) -> None:
    with opened(url) as store, store._database.writing() as session:
        session.execute(text("UPDATE golive_identity SET opened_by = 'the other one'"))

        with pytest.raises(StoreLockedError, match="wait for the other writer") as refused:
            opened(url, timeout_ms=50)

    assert not refused.value.permanent


def test_no_error_is_without_a_place_in_the_tree() -> None:
    kinds = _below(StoreError)

    assert len(kinds) == 14
    assert {StoreError, StoreUnreachableError} == {kind.__base__ for kind in kinds}


@pytest.fixture
def read_only_url(sqlite_ready: Path) -> Iterator[str]:
    # Not in pytest's folder, which nobody but its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="golive-ro-"))
    file = Path(shutil.copy(sqlite_ready, folder / "golive.sqlite"))
    file.chmod(0o444)
    folder.chmod(0o555)
    yield f"sqlite:///{file}"
    folder.chmod(0o755)
    shutil.rmtree(folder)


class _without_privileges:  # noqa: N801 - reads as a sentence
    """Root may write anywhere, so be nobody for a moment."""

    def __enter__(self) -> None:
        if os.getuid() == 0:
            os.seteuid(NOBODY)

    def __exit__(self, *_: object) -> None:
        if os.getuid() == 0:
            os.seteuid(0)


def _below(kind: type[StoreError]) -> list[type[StoreError]]:
    return [each for child in kind.__subclasses__() for each in (child, *_below(child))]
