"""Collectors die, wait for each other and take over; nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store.values import Head
from dashboard.wiring.processes import start_world
from tests.whole.running import House, Running, clean_environment, quick_plan, until


@pytest.fixture(scope="module")
def quick(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A world that runs by itself, beside a house in which collectors ask it every second."""
    folder = tmp_path_factory.mktemp("quick")
    environ = clean_environment(compiled)
    world, found = start_world(folder / "data", seed=0, faults=(), environ=environ)
    named = {name: value for name, value in found.items() if not name.startswith("GOLIVE_REHEARSAL_")}
    house = House(folder=folder, environ={**named, "GOLIVE_PLAN": str(quick_plan(folder))})
    yield house
    house.close()
    world.stop()


def test_a_second_collector_says_who_holds_the_lease_and_takes_over(quick: House) -> None:
    first = _collecting(quick)
    second = _collector(quick)
    until(lambda: f"process {first.process.pid}" in second.err())
    assert "another collector holds the lease" in second.err()
    before = quick.head()
    assert _is_held_by(before, first)

    first.end(signal.SIGKILL)

    until(lambda: _is_held_by(quick.head(), second) and quick.evaluation() > (before.evaluation or 0))
    assert 1 == second.err().count("another collector holds the lease")


def test_a_killed_collector_leaves_no_old_go_and_nothing_acknowledged_is_lost(quick: House) -> None:
    collector = _collecting(quick)
    quick.world().buy()
    quick.until_status(0)
    acknowledged = quick.evaluation()

    collector.end(signal.SIGKILL)

    told = quick.until_status(2)
    assert ["HOLD", True] == [told.stdout.splitlines()[1], "no heartbeat from the collectors" in told.stdout]
    document = json.loads(quick.status("--json").stdout)
    assert ("HOLD", "GO") == (document["verdict"], document["board"]["verdict"])
    assert document["lost"].startswith("no heartbeat from the collectors since")

    _collecting(quick)
    with quick.store() as store:
        run = store.newest_run()
        assert run is not None
        numbers = range(1, acknowledged + 1)
        assert [] == [number for number in numbers if store.board(run.id, number) is None]
        assert (1, "ok") == (store.describe().counts["runs"], store.describe().integrity)


def _collecting(house: House) -> Running:
    """The collector that is at work, or a new one that has judged."""
    alive = next((one for one in house.started if one.process.poll() is None), None)
    collector = alive or _collector(house)
    until(lambda: _is_held_by(house.head(), collector))
    before = house.evaluation()
    until(lambda: house.evaluation() > before)
    return collector


def _collector(house: House) -> Running:
    return house.start("serve", "--only", "collector")


def _is_held_by(head: Head, collector: Running) -> bool:
    assert collector.process.poll() is None, collector.err()
    return (head.holder or "").endswith(f"process {collector.process.pid}")
