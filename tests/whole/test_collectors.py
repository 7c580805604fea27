"""Collectors die, wait for each other and take over; nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from tests.whole.running import House, collecting, collector, is_held_by, quick_plan, until


def test_a_second_collector_says_who_holds_the_lease_and_takes_over(quick: House) -> None:
    first = collecting(quick)
    second = collector(quick)
    until(lambda: f"process {first.process.pid}" in second.err())
    assert "another collector holds the lease" in second.err()
    before = quick.head()
    assert is_held_by(before, first)

    first.end(signal.SIGKILL)

    until(lambda: is_held_by(quick.head(), second) and quick.evaluation() > (before.evaluation or 0))
    assert 1 == second.err().count("another collector holds the lease")


def test_a_killed_collector_leaves_no_old_go_and_nothing_acknowledged_is_lost(quick: House) -> None:
    alive = collecting(quick)
    quick.world().buy()
    quick.until_status(0)
    acknowledged = quick.evaluation()

    alive.end(signal.SIGKILL)

    # A gate that held just then would be another HOLD, and none of the dead collector's.
    told = until(lambda: one if "no heartbeat" in (one := quick.status()).stdout else None, every_s=0.5)
    assert (2, "HOLD") == (told.returncode, told.stdout.splitlines()[1])
    document = json.loads(quick.status("--json").stdout)
    assert ("HOLD", "GO") == (document["verdict"], document["board"]["verdict"])
    assert document["lost"].startswith("no heartbeat from the collectors since")

    collecting(quick)
    with quick.store() as store:
        run = store.newest_run()
        assert run is not None
        numbers = range(1, acknowledged + 1)
        assert [] == [number for number in numbers if store.board(run.id, number) is None]
        assert (1, "ok") == (store.describe().counts["runs"], store.describe().integrity)


def test_a_launch_goes_on_by_its_plan_until_two_people_change_it(quick: House, tmp_path: Path) -> None:
    """The file is changed in the middle of a launch, and the collectors are started with it."""
    first = collecting(quick)
    act(quick, "start", role="coordinator")
    frozen = _plan(quick)
    first.end(signal.SIGTERM)
    changed = tmp_path / "changed.toml"
    changed.write_text(quick_plan(tmp_path).read_text() + "\n# a word more\n")

    second = quick.start("serve", "--only", "collector", "--plan", str(changed))

    until(lambda: is_held_by(quick.head(), second))
    told = until(lambda: _notices(quick))
    assert "is on offer until two people change to it" in told
    assert "goes on by its plan" in second.err()
    assert frozen == _plan(quick)
    assert 1 == act(quick, "adopt-plan", role="ceo").returncode
    act(quick, "ask-plan", role="coordinator")
    assert 0 == act(quick, "adopt-plan", role="ceo").returncode
    until(lambda: _plan(quick) != frozen)
    until(lambda: not _notices(quick))
    with quick.store() as store:
        run = store.newest_run()
        assert run is not None
        assert (1, 2) == (store.describe().counts["runs"], len(store.plans_of(run.id)))
    act(quick, "close", role="coordinator")
    replayed = quick.run("replay", "--data-dir", str(quick.data_dir))
    assert (0, "") == (replayed.returncode, replayed.stderr)
    assert replayed.stdout.startswith("run 1 reproduced, ")


def act(house: House, *words: str, role: str) -> subprocess.CompletedProcess[str]:
    return house.run("act", *words, "--as", role, "--reason", "told", "--data-dir", str(house.data_dir))


def _plan(house: House) -> str:
    sha256: str = json.loads(house.status("--json").stdout)["board"]["plan_sha256"]
    return sha256


def _notices(house: House) -> str:
    return " ".join(json.loads(house.status("--json").stdout)["notices"])
