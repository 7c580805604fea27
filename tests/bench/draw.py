"""What one published view costs, from much that is stored and from little."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from dashboard.heartbeats import Heartbeats
from dashboard.launch.view import View
from dashboard.settings import DEFAULT_PLAN
from dashboard.ui.board_page import draw
from dashboard.watch import Watch
from dashboard.wiring.plans import read_plan
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.stored import ENVIRONMENT, NEWEST, Stored, stored

MANY = 1_000_000
ROUNDS = 200
WARM = 20
LIMIT = 1.2


def measure(say: Say) -> list[Measured]:
    """Draw from both stores in turn, so that whatever else the machine does slows both."""
    loaded = read_plan(DEFAULT_PLAN)
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        little = stored(Path(folder), loaded, observations=NEWEST)
        say(f"draw: making {MANY:,} observations")
        much = stored(Path(folder), loaded, observations=MANY)
        with little.store, much.store:
            counts = [each.store.describe().counts["samples"] for each in (little, much)]
            say(f"draw: {counts[0]:,} and {counts[1]:,} observations, {ROUNDS} views of each")
            in_turn = [(_seconds(little), _seconds(much)) for _ in range(WARM + ROUNDS)][WARM:]
    few_s, many_s = (statistics.median(seconds) for seconds in zip(*in_turn, strict=True))
    return [_compared(few_s, many_s, counts)]


def _seconds(of: Stored) -> float:
    """A viewer's first view: everything is read, nothing is kept from before."""
    watch = Watch(
        store=of.store,
        loaded=of.loaded,
        environment=ENVIRONMENT,
        clock=lambda: of.now,
        _heartbeats=Heartbeats(is_listening=True),
    )
    started = time.perf_counter()
    view = watch.look()
    html = "" if view is None else "".join(draw(view))
    seconds = time.perf_counter() - started
    _refuse_half(view, html)
    return seconds


def _refuse_half(view: View | None, html: str) -> None:
    if view is None or view.board is None or len(view.flips) == 0 or "gl-spark" not in html:
        raise UnmeasurableError("got a view with something missing, expected gates, flips and tiles")


def _compared(few_s: float, many_s: float, counts: Sequence[int]) -> Measured:
    return Measured(
        row="draw",
        what=f"drawing the Control room from {counts[1]:,} observations against {counts[0]:,}",
        value=many_s / few_s,
        limit=LIMIT,
        unit="x",
        how=f"{many_s * 1000:.2f} ms and {few_s * 1000:.2f} ms, read and drawn, median of {ROUNDS} in turn",
    )
