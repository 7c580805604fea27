"""Collectors that are started after the host's clock was set, as whole processes over a real world."""

from __future__ import annotations

import signal
from dataclasses import replace
from functools import partial

from dashboard.conduct import Conductor
from dashboard.launch.board import BoardVerdict, Verdict
from dashboard.launch.plan import RoleKind
from dashboard.launch.run import fold
from dashboard.launch.scene import Act, Wish
from dashboard.settings import TIME_BASE
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Run
from tests.cast import default_plan, person
from tests.whole.running import House, collecting, until

NS = 1_000_000_000
ROUNDED_S = 0.001
"""A shift is recorded in milliseconds."""


def test_a_clock_that_was_set_while_nobody_collected_moves_no_t_and_makes_nothing_green(quick: House) -> None:
    first = collecting(quick)
    quick.world().buy()
    quick.until_status(0)
    with quick.store() as store:
        run = store.newest_run()
        assert run is not None
        _start(store, run)
        first.end(signal.SIGKILL)

        # Away from the services all clocks disagree, and back with them they agree again.
        for by, since, clocks in ((600, 600, Verdict.NO_GO), (-600, 0, Verdict.GO)):
            host = Host()
            anchor = host.anchor()
            judged, before = quick.evaluation(), _t_s(store, run)
            later = replace(anchor, wall_ns=anchor.wall_ns + since * NS)

            again = collecting(replace(quick, environ={**quick.environ, TIME_BASE: later.text()}))

            after = _t_s(store, run)
            assert before <= after <= before + (host.boot_ns() - anchor.boot_ns) / NS + ROUNDED_S
            moved = fold(store.events(run.id)).clock_moved
            assert moved is not None
            assert by == round((moved.shift_ms or 0) / 1_000)
            assert f"clock moved by {by:+d} s; the T-clock goes on as if it had not" in again.err()
            next_board = store.board(run.id, judged + 1)
            assert next_board is not None
            assert BoardVerdict.GO is not next_board.board.verdict
            until(partial(_clocks_are, clocks, store, run))
            again.end(signal.SIGKILL)

    assert 0 == quick.run("replay", "--data-dir", str(quick.data_dir)).returncode


def _start(store: Store, run: Run) -> None:
    robin = person("coordinator", RoleKind.COORDINATOR)
    conductor = Conductor(plan=default_plan(), store=store, run=run, clock=_clock(store).now)
    conductor.act(robin, Wish(act=Act.START, reason="everybody is here"), board=None, evaluation=None)


def _clocks_are(verdict: Verdict, store: Store, run: Run) -> bool:
    """Whether the gate that compares golive's clock with those of the services says so."""
    stored = store.board(run.id)
    return stored is not None and ("clocks", verdict) in [
        (gate.id, gate.verdict) for gate in stored.board.gates
    ]


def _t_s(store: Store, run: Run) -> float:
    """T, by the collectors' clock."""
    t_s = fold(store.events(run.id)).clock.at(_clock(store).now())
    assert t_s is not None
    return t_s


def _clock(store: Store) -> SteadyClock:
    clock = SteadyClock(Host())
    clock.follow(store.time_base(COLLECTORS))
    return clock
