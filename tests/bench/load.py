"""Fifty people who have signed in look at the Control room: how soon it is redrawn, and what that costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from dashboard.launch.proportion import nearest_rank
from dashboard.wiring.processes import Child
from tests.bench.asking import Asked, asking, script
from tests.bench.guarded import BOARD, PEOPLE, guarded
from tests.bench.launched import LOOK_S, ROOT, free_port, own_environment
from tests.bench.redraws import Redrawn
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.viewing import others

VIEWERS = 50
SECONDS = 60
EVERY_S = 2.0
LATENCY_LIMIT_MS = 200.0
CPU_LIMIT = 3.0
BOARD_LIMIT_MS = 20.0
ASKS = 200
ASKED_EVERY_S = 0.5
STARTS_WITHIN_S = 30
MS = 1_000


def measure(say: Say) -> list[Measured]:
    """golive with nobody, then with everybody; then Streamlit's own least, redrawn as often."""
    with guarded() as golive:
        alone = Asked()
        with script() as client:
            for _ in range(ASKS):
                alone.once(client, golive)
                time.sleep(LOOK_S)
        say(f"load: {ASKS} boards; {VIEWERS} viewers come")
        (process,) = golive.dashboards()
        with asking(golive, ASKED_EVERY_S) as beside:
            redrawn, ours_s = _looked_at(golive.url, process, *golive.viewing)
    seconds = [each for one in redrawn for each in one.seconds]
    rate = len(seconds) / SECONDS
    say(f"load: {rate:.1f} redraws a second; the same of an empty fragment")
    with _empty() as (url, least):
        empty, least_s = _looked_at(url, least, "--every", f"{VIEWERS / rate}")
    return [
        _latency(redrawn, seconds, [each for one in empty for each in one.seconds]),
        _cost(ours_s, least_s, len(seconds), sum(len(one.seconds) for one in empty)),
        _board(alone, beside),
    ]


def _looked_at(url: str, process: psutil.Process, *options: str) -> tuple[list[Redrawn], float]:
    """What came of the redraws of a minute, and the seconds of CPU that they took there."""
    with others(url, VIEWERS, *options) as redrawn:
        before = _cpu_s(process)
        time.sleep(SECONDS)
        spent_s = _cpu_s(process) - before
    broken = sum(each.breaks for each in redrawn)
    if broken or min(len(each.seconds) for each in redrawn) * EVERY_S < SECONDS / 2:
        raise UnmeasurableError(
            f"got {broken} broken connections and a viewer of {min(len(each.seconds) for each in redrawn)} "
            f"redraws in {SECONDS} s, expected none and about one in {EVERY_S:g} s"
        )
    return redrawn, spent_s


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _latency(redrawn: Sequence[Redrawn], seconds: Sequence[float], least: Sequence[float]) -> Measured:
    """With what the same machine needed for nothing, so that its own business is seen as that."""
    ranked = [nearest_rank(list(seconds), percent) * MS for percent in (50, 95, 99)]
    each = [len(one.seconds) for one in redrawn]
    return Measured(
        row="load",
        what=f"redraw of the Control room, asked for to drawn, p95, {VIEWERS} viewers who signed in",
        value=ranked[1],
        limit=LATENCY_LIMIT_MS,
        unit="ms",
        how=f"{len(seconds):,} redraws in {SECONDS} s over websockets through the gate, on every new version "
        f"(every 2 s and at every change) and Streamlit's own timer, {min(each)} to {max(each)} a viewer, as "
        f"{', '.join(PEOPLE)} in turn; p50 {ranked[0]:.0f}, p99 {ranked[2]:.0f}, slowest "
        f"{max(seconds) * MS:.0f} ms; {sum(one.lost for one in redrawn)} lost; p95 of the empty fragment "
        f"just after {nearest_rank(list(least), 95) * MS:.0f} ms",
    )


def _cost(ours_s: float, least_s: float, ours: int, least: int) -> Measured:
    return Measured(
        row="load",
        what=f"CPU of the dashboard with {VIEWERS} viewers against Streamlit's with an empty fragment",
        value=(ours_s / ours) / (least_s / least),
        limit=CPU_LIMIT,
        unit="x",
        how=f"{100 * ours_s / SECONDS:.0f} and {100 * least_s / SECONDS:.0f} % of one core over {SECONDS} s, "
        f"{MS * ours_s / ours:.1f} and {MS * least_s / least:.1f} ms a redraw at {ours / SECONDS:.1f} and "
        f"{least / SECONDS:.1f} redraws a second; all that the process does, over what it redrew",
    )


def _board(alone: Asked, beside: Asked) -> Measured:
    refused = [*alone.refused, *beside.refused]
    if refused:
        raise UnmeasurableError(f"got {refused[0]} instead of a board, expected {BOARD} to answer")
    at_rest, busy = [[each * MS for each in asked.seconds] for asked in (alone, beside)]
    return Measured(
        row="load",
        what=f"a cold {BOARD}, p95 of {len(at_rest)}",
        value=nearest_rank(at_rest, 95),
        limit=BOARD_LIMIT_MS,
        unit="ms",
        how=f"each on a connection of its own, past the gate with a cookie, and encoded anew; p50 "
        f"{nearest_rank(at_rest, 50):.1f} ms with no viewer; beside {VIEWERS} viewers p50 "
        f"{nearest_rank(busy, 50):.1f} and p95 {nearest_rank(busy, 95):.1f} ms of {len(busy)}",
    )


@contextmanager
def _empty() -> Iterator[tuple[str, psutil.Process]]:
    """Streamlit with an empty fragment; its address and its process."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        environ = {**own_environment(), "PYTHONPATH": str(ROOT)}
        child = Child(
            name="empty",
            command=["tests.bench.empty", str(port)],
            environ=environ,
            log=Path(folder) / "empty.log",
        )
        child.start()
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            (process,) = (
                each for each in psutil.Process().children() if "tests.bench.empty" in each.cmdline()
            )
            yield url, process
        finally:
            child.stop()


def _wait_for(url: str) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            httpx.get(f"{url}/_stcore/health", trust_env=False).raise_for_status()
        except httpx.HTTPError as error:
            if time.monotonic() > until:
                raise UnmeasurableError(f"got no Streamlit ({error}), expected one") from error
            time.sleep(LOOK_S)
        else:
            return
