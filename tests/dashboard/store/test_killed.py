"""A process that is killed in the middle of a write loses nothing that it had acknowledged."""

from __future__ import annotations

import signal

from tests.dashboard.store.processes import BATCH, received, started, write_for_ever
from tests.dashboard.store.scene import opened

KILLS = 10


def test_what_was_acknowledged_survives_a_kill_and_the_store_opens_again(url: str) -> None:
    acknowledged: list[int] = []
    for kill in range(KILLS):
        acknowledged += _write_until_killed(url, start=kill * 10, after=30 + 17 * kill)
        with opened(url, create=False) as store:
            run = store.newest_run()
            assert run is not None
            stored = [sample.id for sample in store.samples_after(run.id, 0, limit=100_000)]
            integrity = store.describe().integrity

        assert set(acknowledged) <= set(stored)
        assert integrity in {"ok", None}
        # A transaction is all there or not at all.
        assert len(stored) % BATCH == 0


def _write_until_killed(url: str, *, start: int, after: int) -> list[int]:
    process, connection = started(write_for_ever, url, start)
    acknowledged = [connection.recv() for _ in range(after)]
    process.kill()
    acknowledged += received(connection)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return acknowledged
