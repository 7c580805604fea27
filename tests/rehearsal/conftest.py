"""One world for all tests of the rehearsal, and a quiet one for comparing what is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rehearsal.picture import Picture
from tests.rehearsal.visitor import Visitor, served


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with served(tmp_path_factory.mktemp("world")) as visitor:
        yield visitor


@pytest.fixture
def visitor(shared_world: Visitor) -> Iterator[Visitor]:
    """The shared world, healthy before and after."""
    yield shared_world
    shared_world.control("DELETE", "/faults")


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Picture]:
    """A world in which nothing is bought, so that only faults can change what is seen."""
    with served(tmp_path_factory.mktemp("quiet")) as visitor, Picture(visitor) as picture:
        yield picture
