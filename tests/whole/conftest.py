"""One golive for all, as a person starts it; what a test stops or breaks it starts for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.whole.running import House, Running, clean_environment

MakeHouse = Callable[[], House]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first start leaves its compiled files for the next."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="session")
def house(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house that tests share."""
    shared = House(folder=tmp_path_factory.mktemp("house"), environ=clean_environment(compiled))
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def golive(house: House) -> Running:
    """`golive`, announced, in the shared house."""
    return house.start().until_announced()


@pytest.fixture
def own_house(compiled: Path, tmp_path: Path) -> Iterator[House]:
    """A house to be broken."""
    with ExitStack() as ending:
        own = House(folder=tmp_path, environ=clean_environment(compiled))
        ending.callback(own.close)
        yield own
