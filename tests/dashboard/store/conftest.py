"""Both databases: a fresh SQLite file, and a fresh database on the one real PostgreSQL of the session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store.store import Store
from tests.dashboard.store.scene import T0, Writing, answer, board, failure, flip, opened, writing
from tests.postgres import new_database

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has the schema, to be copied."""
    file = tmp_path_factory.mktemp("ready") / "golive.sqlite"
    opened(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_ready: Path) -> str:
    file = shutil.copy(sqlite_ready, tmp_path / "golive.sqlite")
    return f"sqlite:///{file}"


@pytest.fixture
def sqlite_empty_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a new folder' / 'golive.sqlite'}"


@pytest.fixture
def postgres_empty_url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest) -> str:
    """A database that has the schema, and nothing in it."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database where golive has never been."""
    return str(request.getfixturevalue(f"{request.param}_empty_url"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with opened(url) as store:
        yield store


@pytest.fixture
def writer(store: Store) -> Writing:
    return writing(store)


@pytest.fixture
def recorded(writer: Writing) -> Writing:
    """One row in every table that may only grow."""
    ids = writer.samples(answer(second=0), failure(second=1))
    writer.judged(board(writer.run, 1), flips=[flip(1, ids[1:])], inputs=ids)
    writer.store.append_action(
        writer.run.id,
        actor="Robin",
        role="coordinator",
        identity="asserted",
        what="put a fault in",
        detail="ledger_500",
        now=T0,
    )
    return writer
