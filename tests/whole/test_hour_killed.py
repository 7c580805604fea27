"""The hour is killed thirty times: what was acknowledged is there afterwards, and T is where it was."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from dashboard.launch.event import Event, What
from dashboard.launch.run import fold
from dashboard.steady import Host, SteadyClock
from dashboard.store.values import COLLECTORS
from tests.dashboard.store.processes import received, started
from tests.dashboard.store.scene import opened
from tests.whole.hour_script import ROUND, Told, perform, seen

KILLS = 30
MOST_ACTS = 24
"""More than a round has steps, so that every step is killed sooner or later."""

WITHIN_S = 0.04
"""About as long as an act takes: the kill comes anywhere in it."""


@pytest.mark.endurance
def test_killed_at_thirty_random_points_the_hour_is_as_it_was_acknowledged(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    rng = random.Random(seed)
    url = f"sqlite:///{tmp_path / 'golive.sqlite3'}"
    clock, log = SteadyClock(Host()), list[Event]()
    for _ in range(KILLS):
        began_at = clock.now()

        told = _perform_until_killed(url, rng)

        with opened(url, create=False) as store:
            clock.follow(store.time_base(COLLECTORS))
            run = store.newest_run()
            assert run is not None
            recorded = store.events(run.id)
        _compare(log, told, recorded)
        for event in recorded[len(log) :]:
            assert began_at <= event.event_at <= clock.now()
            assert What.CLOCK_MOVED is not event.what
        log = recorded

    assert {event.what for event in log} >= {
        What.STARTED,
        What.HELD,
        What.RESUMED,
        What.RECYCLED,
        What.TICKED,
        What.SKIPPED,
        What.DECIDED,
        What.LATCHED,
        What.ACKNOWLEDGED,
        What.VOTED,
        What.DECLARED,
        What.WAIVER_ASKED,
        What.WAIVER_ENDED,
        What.ROLLED_BACK,
    }
    assert len(log) > 2 * len(ROUND)


def _compare(before: list[Event], told: list[Told], recorded: list[Event]) -> None:
    acknowledged = [*before, *(one.event for one in told)]
    more = recorded[len(acknowledged) :]
    assert acknowledged == recorded[: len(acknowledged)]
    assert len(more) <= 1
    for one in told:
        state = fold(recorded[: one.event.seq])
        assert one.seen == seen(state, one.event)
    for event in more:
        # Recorded, and killed before it could be said: it stands where T was, or at the mark it went back to.
        t_s = event.mark_s if event.what is What.RECYCLED else fold(acknowledged).clock.at(event.event_at)
        assert (t_s if acknowledged else 0) == fold(recorded).clock.at(event.event_at)


def _perform_until_killed(url: str, rng: random.Random) -> list[Told]:
    process, connection = started(perform, url)
    told = [connection.recv() for _ in range(rng.randint(1, MOST_ACTS))]
    process.join(rng.uniform(0, WITHIN_S))
    process.kill()
    told += received(connection)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return told
