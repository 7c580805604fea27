"""One golive for all, as a person starts it; what a test stops or breaks it starts for itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dashboard.wiring.processes import start_world
from tests.whole.running import House, Running, clean_environment, quick_plan, until


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


@pytest.fixture(scope="session")
def held(house: House, golive: Running) -> subprocess.CompletedProcess[str]:
    """What the status said when every source had answered and all was well but nobody had bought anything."""

    def asked() -> subprocess.CompletedProcess[str] | None:
        told = house.status()
        waiting = "a fresh answer from" in told.stdout
        return told if told.returncode == 2 and "HOLD — “Webhooks" in told.stdout and not waiting else None

    assert golive.process.poll() is None
    return until(asked, every_s=2.0)


@pytest.fixture
def bought(house: House, held: subprocess.CompletedProcess[str]) -> House:
    """The shared house after a purchase, with nothing wrong in its world, at GO."""
    assert held.returncode == 2
    house.world().take_all_out()
    if not house.world().journeys():
        house.world().buy()
    house.until_status(0)
    return house


@pytest.fixture
def own_house(compiled: Path, tmp_path: Path) -> Iterator[House]:
    """A house to be broken."""
    with ExitStack() as ending:
        own = House(folder=tmp_path, environ=clean_environment(compiled))
        ending.callback(own.close)
        yield own


@pytest.fixture(scope="module")
def quick(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A world that runs by itself, beside a house in which collectors ask it every second."""
    with beside_a_world(tmp_path_factory.mktemp("quick"), clean_environment(compiled)) as house:
        yield house


@contextmanager
def beside_a_world(folder: Path, environ: dict[str, str]) -> Iterator[House]:
    world, found = start_world(folder / "data", seed=0, faults=(), environ=environ)
    named = {name: value for name, value in found.items() if not name.startswith("GOLIVE_REHEARSAL_")}
    house = House(folder=folder, environ={**named, "GOLIVE_PLAN": str(quick_plan(folder))})
    try:
        yield house
    finally:
        house.close()
        world.stop()
