"""Where the tests of recording and of replaying work: a desk over a store of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from dashboard.store.values import COLLECTORS, Lease
from tests.cast import T0
from tests.dashboard.desk import Desk
from tests.dashboard.store.scene import opened, opened_run, writing
from tests.dashboard.tower import LOADED, Counting, Tower


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        lease = store.take_lease(COLLECTORS, "host, process 1", now=T0, ttl_s=10)
        assert isinstance(lease, Lease)
        yield Desk(store=store, run=opened_run(store), lease=lease)


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
