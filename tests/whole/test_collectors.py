"""Collectors die, wait for each other and take over; nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import signal

from tests.whole.running import House, collecting, collector, is_held_by, until


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

    told = quick.until_status(2)
    assert ["HOLD", True] == [told.stdout.splitlines()[1], "no heartbeat from the collectors" in told.stdout]
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
