"""What a process holds of the machine at a moment, and whether it held more later than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import psutil

from tests.bench.results import Measured

MEMORY_LIMIT = 1.1
COUNTS = ("threads", "sockets", "files")
MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """`rss` in bytes; `files` are all that is open and no socket: files, pipes and what else has a number.
    `named` are these files, for whoever asks what was left behind.
    """

    rss: int
    threads: int
    sockets: int
    files: int
    named: Sequence[str] = field(default=(), compare=False)


def footprint(process: psutil.Process) -> Footprint:
    """What it holds now, as Linux says it."""
    opened = [_target(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    named = [target for target in opened if target and not target.startswith("socket:")]
    return Footprint(
        rss=process.memory_info().rss,
        threads=process.num_threads(),
        sockets=sum(target.startswith("socket:") for target in opened),
        files=len(named),
        named=named,
    )


def _target(link: Path) -> str:
    """ "" for what was closed since the folder was read."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


def growth(
    name: str, early: Sequence[Footprint], late: Sequence[Footprint], when: str, *, may_differ: int = 0
) -> list[Measured]:
    """Memory in the middle of late against early, and of the rest the least: what comes and goes counts for
    neither. `may_differ` is how many more of the rest are no leak yet.
    """
    first, last = (median(each.rss for each in seen) for seen in (early, late))
    return [
        Measured(
            row="soak",
            what=f"memory of the {name} at the end",
            value=last / first,
            limit=MEMORY_LIMIT,
            unit="x",
            how=f"{last / MB:.1f} MB against {first / MB:.1f} MB {when} (RSS)",
        ),
        _more(
            f"threads, sockets and files of the {name} that were not there {when}", early, late, may_differ
        ),
    ]


def left_behind(before: Footprint, after: Footprint, name: str) -> Measured:
    """What is held after everybody has gone and was not before everybody came; threads wait in pools."""
    kept = {kind: (getattr(before, kind), getattr(after, kind)) for kind in ("sockets", "files")}
    told = _counted(f"sockets and files that viewers left behind in the {name}", kept)
    more = (Counter(after.named) - Counter(before.named)).elements()
    return replace(told, how="; ".join((told.how, *(f"one more of {Path(each).name}" for each in more))))


def _more(what: str, early: Sequence[Footprint], late: Sequence[Footprint], limit: int) -> Measured:
    held = {
        kind: (min(getattr(each, kind) for each in early), min(getattr(each, kind) for each in late))
        for kind in COUNTS
    }
    return _counted(what, held, limit)


def _counted(what: str, held: Mapping[str, tuple[int, int]], limit: int = 0) -> Measured:
    """What was let go of one kind does not make up for what was kept of another."""
    return Measured(
        row="soak",
        what=what,
        value=sum(max(0, after - before) for before, after in held.values()),
        limit=limit,
        unit="more",
        how=", ".join(f"{kind} {after} against {before}" for kind, (before, after) in held.items()),
    )
