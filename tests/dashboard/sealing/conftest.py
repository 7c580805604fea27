"""A launch in a store of its own, with keys, and a pair of authorities where one is stamped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.keys import make_keys
from tests.dashboard.sealing.scene import Launch, launching
from tests.dashboard.store.scene import opened
from tests.evidence.authority import Authority


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has the schema, and with keys, to be copied."""
    folder = tmp_path_factory.mktemp("ready")
    opened(f"sqlite:///{folder / 'golive.sqlite3'}").close()
    make_keys(folder / "keys")
    return folder


@pytest.fixture(scope="session")
def authorities() -> tuple[Authority, ...]:
    return (Authority("first"), Authority("second"))


@pytest.fixture
def folder(ready: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ready, tmp_path / "own"))


@pytest.fixture
def launch(folder: Path) -> Iterator[Launch]:
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
        yield launch
