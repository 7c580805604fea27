"""Where the tests of recording and of replaying work: a desk over a store of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store.values import COLLECTORS, Lease
from tests.cast import T0
from tests.dashboard.desk import Desk
from tests.dashboard.store.scene import opened, opened_run


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        lease = store.take_lease(COLLECTORS, "host, process 1", now=T0, ttl_s=10)
        assert isinstance(lease, Lease)
        yield Desk(store=store, run=opened_run(store), lease=lease)
