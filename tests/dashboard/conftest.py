"""Where the tests of recording and of replaying work: a desk over a store of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import make_url

from dashboard.store.store import Store
from tests.cast import T0
from tests.dashboard.desk import Desk, desk_over
from tests.dashboard.store.scene import opened, writing
from tests.dashboard.tower import LOADED, Counting, Tower
from tests.postgres import new_database, postgres
from tests.silenced import Line, line_to

TURN_MS = 1_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield desk_over(store)


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """What a handler of the root logger writes, as in a collector's log. (pytest's own listens to more.)"""
    handler = logging.StreamHandler(StringIO())
    handler.setLevel(logging.NOTSET)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    file = tmp_path / "golive.sqlite3"
    url = f"sqlite:///{file}"
    with opened(url) as first:
        writer = writing(first)
        run = first.open_run(plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=T0)
        with Counting(url) as store:
            yield Tower(writer=replace(writer, run=run), store=store, file=file)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of the running server that all tests of a session share."""
    with postgres() as server:
        yield server.url


@pytest.fixture(scope="session")
def postgres_ready(postgres_server: str) -> Iterator[str]:
    """The name of a database that has the schema, to be copied."""
    with new_database(postgres_server) as url:
        opened(url).close()
        yield make_url(url).database or ""


@pytest.fixture
def postgres_url(postgres_server: str, postgres_ready: str) -> Iterator[str]:
    """A database that has the schema, and nothing in it."""
    with new_database(postgres_server, template=postgres_ready) as url:
        yield url


@pytest.fixture
def line(postgres_url: str) -> Iterator[Line]:
    """A line to that database on which everything can be lost; `far` is the store at its end."""
    with line_to(f"{make_url(postgres_url).query['host']}/.s.PGSQL.5432") as line:
        yield line


@pytest.fixture
def far(postgres_url: str, line: Line) -> Iterator[Store]:
    """The store at the end of the line, whose writers wait a second for their turn."""
    url = make_url(postgres_url).set(host="127.0.0.1", port=line.port, query={})
    with opened(url.render_as_string(hide_password=False), timeout_ms=TURN_MS) as store:
        yield store
