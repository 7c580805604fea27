"""A desk with nothing on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.finance.scene import Desk, desk_at
from tests.dashboard.store.scene import Writing, opened, writing


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


@pytest.fixture
def desk(writer: Writing) -> Iterator[Desk]:
    made = desk_at(writer)
    yield made
    made.books.close()
