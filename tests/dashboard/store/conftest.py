"""Both databases: a fresh SQLite file, and a fresh database on one real PostgreSQL a session."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from dashboard.store.store import Store
from tests.dashboard.store.scene import T0, Writing, answer, board, failure, flip, opened, writing

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running server; its folder is outside pytest's, which other users may not enter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at import it warns of a missing XDG_RUNTIME_DIR
        import pgserver.postgres_server as pgserver
    folder = tempfile.mkdtemp(prefix="golive-pg-")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing here pulls the plug of the machine, and a test should not wait for its disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_ready(postgres_server: str) -> Iterator[str]:
    """The name of a database that has the schema, to be copied."""
    with _new_database(postgres_server, template="template1") as url:
        opened(url).close()
        yield make_url(url).database or ""


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
def postgres_url(postgres_server: str, postgres_ready: str) -> Iterator[str]:
    with _new_database(postgres_server, template=postgres_ready) as url:
        yield url


@pytest.fixture
def sqlite_empty_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a new folder' / 'golive.sqlite'}"


@pytest.fixture
def postgres_empty_url(postgres_server: str) -> Iterator[str]:
    with _new_database(postgres_server, template="template1") as url:
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


@contextmanager
def _new_database(server: str, *, template: str) -> Iterator[str]:
    name = f"golive_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
