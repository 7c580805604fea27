"""`python -m tests.bench.soak`: an hour of twenty viewers who come and go; ends with 1 if anything grew."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import psutil
from rich.console import Console

from tests.bench.footprint import MB, Footprint, footprint, growth, left_behind
from tests.bench.guarded import Guarded, guarded
from tests.bench.redraws import Redrawn
from tests.bench.results import Measured, Result, UnmeasurableError, Unmeasured
from tests.bench.tabled import document, table
from tests.bench.viewing import others

MINUTES = 60.0
VIEWERS = 20
WARM = 1 / 6
"""The part of the time after which what is held is compared with: ten minutes of an hour."""

STEADY_S = 180.0
"""Not before that do as many sessions go for good as come."""

WINDOW = 1 / 20
"""The part of the time that is looked at there, and at the end."""

ONE_VIEWER = 5
"""A socket, a stream, and an event loop of two sockets and a file: whoever comes or goes just then."""

KEPT_OPEN = 2
"""Connections of collector and world that wait for the next question: there are more or fewer by turns."""

LOOK_EVERY_S = 2.0
FEWEST_LOOKS = 240
TOLD = 12
STAY_S = 300.0
"""About so long a viewer stays; then somebody else comes in their place."""

KEPT_S = 130.0
"""Streamlit keeps what was a session for two minutes, in case its browser comes back, and lets it go when the
next one leaves.
"""

GONE_WITHIN_S = 180
PASSING_S = 5.0

EVERY_S = 2.0
OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A process, what it held before anybody came and after all had gone, and in between, look by look."""

    name: str
    process: psutil.Process
    before: Footprint
    seen: list[Footprint]


def main() -> int:
    """Soak, print what came of it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long (60)")
    parser.add_argument("--viewers", type=int, default=VIEWERS, help="how many at a time (20)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    try:
        results: Sequence[Result] = soak(asked.minutes * 60, asked.viewers)
    except (UnmeasurableError, psutil.Error, OSError, httpx.HTTPError) as error:
        results = [Unmeasured(row="soak", why=str(error))]
    if asked.json:
        sys.stdout.write(json.dumps(document(results, load), indent=2) + "\n")
    else:
        OUT.print(table(results, load))
    return 0 if all(result.holds for result in results) else 1


def soak(seconds: float, viewers: int) -> list[Measured]:
    """Let them look for so long, then go, and compare what each process holds."""
    with guarded() as golive:
        _pass_by(golive)
        watched = [
            Watched(name=name, process=process, before=footprint(process), seen=[])
            for name, process in golive.processes().items()
        ]
        stay = ("--stay", f"{min(STAY_S, seconds / 4)}")
        with others(golive.url, viewers, *golive.viewing, *stay) as redrawn:
            _look(watched, seconds)
        _refuse_idle(redrawn, seconds)
        dashboard = watched[0]
        time.sleep(KEPT_S)
        _pass_by(golive)
        after = _when_gone(dashboard)
    warm_s = max(seconds * WARM, min(seconds / 2, STEADY_S))
    return [
        *(each for one in watched for each in _grown(one, warm_s, seconds)),
        left_behind(dashboard.before, after, dashboard.name),
        _lost(redrawn, seconds, viewers),
    ]


def _pass_by(golive: Guarded) -> None:
    """Somebody looks for a moment: before all come and again when they have gone, so that both are alike."""
    with others(golive.url, 1, *golive.viewing):
        time.sleep(PASSING_S)


def _look(watched: Sequence[Watched], seconds: float) -> None:
    begun, looks = time.monotonic(), _looks(seconds)
    for look in range(1, looks + 1):
        time.sleep(max(0.0, begun + seconds * look / looks - time.monotonic()))
        for each in watched:
            each.seen.append(footprint(each.process))
        if look % (looks // TOLD) == 0:
            held = ", ".join(f"{each.name} {each.seen[-1].rss / MB:.0f} MB" for each in watched)
            ERR.print(f"soak: {seconds * look / looks / 60:.1f} minutes: {held}", markup=False)


def _looks(seconds: float) -> int:
    return max(FEWEST_LOOKS, round(seconds / LOOK_EVERY_S))


def _grown(one: Watched, warm_s: float, seconds: float) -> list[Measured]:
    looks = _looks(seconds)
    at, window = round(looks * warm_s / seconds), round(looks * WINDOW)
    early, late = one.seen[at : at + window], one.seen[-window:]
    may_differ = ONE_VIEWER if one.name.startswith("dashboard") else KEPT_OPEN
    return growth(one.name, early, late, f"after {warm_s / 60:.3g} minutes", may_differ=may_differ)


def _when_gone(one: Watched) -> Footprint:
    """What it holds when it holds no more than before anybody came, or else in the end."""
    until = time.monotonic() + GONE_WITHIN_S
    while True:
        now = footprint(one.process)
        is_as_before = now.sockets <= one.before.sockets and now.files <= one.before.files
        if is_as_before or time.monotonic() > until:
            return now
        time.sleep(1)


def _refuse_idle(redrawn: Sequence[Redrawn], seconds: float) -> None:
    least = min((len(each.seconds) for each in redrawn), default=0)
    if least * EVERY_S < seconds / 2:
        raise UnmeasurableError(
            f"got a viewer of {least} redraws in {seconds:.0f} s, expected about one in {EVERY_S:g} s"
        )


def _lost(redrawn: Sequence[Redrawn], seconds: float, viewers: int) -> Measured:
    return Measured(
        row="soak",
        what="redraws that were wanted and never came",
        value=sum(each.lost for each in redrawn),
        limit=0,
        unit="lost",
        how=f"{sum(each.wanted for each in redrawn):,} redraws for {viewers} viewers who signed in and come "
        f"and go, in {seconds / 60:.3g} minutes; {sum(each.breaks for each in redrawn)} connections broke",
    )


if __name__ == "__main__":
    sys.exit(main())
