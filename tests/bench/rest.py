"""What golive costs at rest: the default rehearsal, healthy, with one viewer."""

from __future__ import annotations

from collections.abc import Sequence

import psutil

from tests.bench.launched import buy, launched
from tests.bench.results import Measured, Say
from tests.bench.viewing import chrome, viewer, wait_for_go

SECONDS = 60
SETTLE_S = 10
CPU_LIMIT = 15.0
MEMORY_LIMIT_MB = 500.0
MB = 1_000_000


def measure(say: Say) -> list[Measured]:
    """CPU over a minute and memory at its end, of the whole process group."""
    with chrome() as started, launched() as golive, golive.world() as world:
        buy(golive.url, world)
        page = viewer(started, golive.url)
        wait_for_go(page)
        page.wait_for_timeout(SETTLE_S * 1000)
        group = golive.group()
        say(f"rest: {len(group)} processes, {SECONDS} s")
        before = _cpu_seconds(group)
        page.wait_for_timeout(SECONDS * 1000)
        spent = [after - was for after, was in zip(_cpu_seconds(group), before, strict=True)]
        resident = [process.memory_info().rss / MB for process in group]
        names = [_name(process) for process in group]
    return [
        Measured(
            row="rest",
            what=f"CPU of the process group at rest, of one core, one viewer, {SECONDS} s",
            value=100 * sum(spent) / SECONDS,
            limit=CPU_LIMIT,
            unit="%",
            how=_each(names, [100 * part / SECONDS for part in spent]),
        ),
        Measured(
            row="rest",
            what="memory of the process group at rest (sum of RSS)",
            value=sum(resident),
            limit=MEMORY_LIMIT_MB,
            unit="MB",
            how=_each(names, resident),
        ),
    ]


def _cpu_seconds(group: Sequence[psutil.Process]) -> list[float]:
    return [times.user + times.system for times in (process.cpu_times() for process in group)]


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "--only" in words:
        return words[words.index("--only") + 1]
    return "world" if "rehearsal" in words else "golive"


def _each(names: Sequence[str], figures: Sequence[float]) -> str:
    return ", ".join(f"{name} {figure:.1f}" for name, figure in zip(names, figures, strict=True))
