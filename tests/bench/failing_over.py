"""One of two dashboards is killed while fifty people look: nothing that was asked for may be lost."""

from __future__ import annotations

import time
from collections.abc import Sequence

from dashboard.launch.proportion import nearest_rank
from tests.bench.asking import Asked, asking
from tests.bench.guarded import BOARD, guarded
from tests.bench.redraws import ANSWERED_WITHIN_S, Redrawn
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.viewing import others

VIEWERS = 50
BEFORE_S = 20
AFTER_S = 40
ASKED_EVERY_S = 0.1
BREAKS_AT_LEAST = VIEWERS // 4
"""Half of them look at the one that is killed, or nearly; with much less nothing was tried."""


def measure(say: Say) -> list[Measured]:
    """Kill it as an operating system would, and count what was asked for and never came."""
    with guarded(dashboards=2) as golive:
        doomed = golive.dashboards()[0]
        with others(golive.url, VIEWERS, *golive.viewing) as redrawn, asking(golive, ASKED_EVERY_S) as asked:
            time.sleep(BEFORE_S)
            say("failover: one of two dashboards is killed")
            doomed.kill()
            time.sleep(AFTER_S)
    broken = [each for each in redrawn if each.breaks]
    if len(broken) < BREAKS_AT_LEAST:
        raise UnmeasurableError(f"got {len(broken)} broken connections, expected {BREAKS_AT_LEAST} at least")
    return [_lost(redrawn, broken, asked)]


def _lost(redrawn: Sequence[Redrawn], broken: Sequence[Redrawn], asked: Asked) -> Measured:
    wanted, lost = sum(each.wanted for each in redrawn), sum(each.lost for each in redrawn)
    gaps = [each.longest_gap_s for each in broken]
    return Measured(
        row="failover",
        what=f"requests lost when one of two dashboards is killed with {VIEWERS} viewers",
        value=lost + len(asked.refused),
        limit=0,
        unit="lost",
        how=f"{wanted:,} redraws that viewers wanted, lost where no whole drawing of a live board came "
        f"within {ANSWERED_WITHIN_S:g} s, when a page greys out: {lost} lost; {asked.count:,} GETs of "
        f"{BOARD} through a balancer that asks the next one where one breaks off unanswered: "
        f"{len(asked.refused)} without a board, slowest {max(asked.seconds):.2f} s; {len(broken)} viewers "
        f"lost their connection and saw nothing new for {nearest_rank(gaps, 50):.1f} s (p50), "
        f"{max(gaps):.1f} s at most",
    )
