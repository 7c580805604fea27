"""The one clock of the dashboard's processes, and the only module of them that asks the host what time it is.

It goes on evenly whatever is done to the host's clock, and tells how far that was moved away from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.launch.timebase import TOLERANCE, Anchor, moment
from dashboard.settings import TIME_BASE

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _boot_id() -> str:
    """Which boot of this host it is; "" where the system does not say, and then no boot is like another."""
    with suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return ""


def _boot_ns() -> int:
    """What the host has counted since it booted, asleep or not."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What a host knows of time: which boot it is, what it has counted since, and the time of day as set."""

    boot: str = field(default_factory=_boot_id)
    boot_ns: Callable[[], int] = _boot_ns
    wall_ns: Callable[[], int] = time.time_ns

    def anchor(self) -> Anchor:
        """The time base of whoever starts now."""
        return Anchor(boot=self.boot, boot_ns=self.boot_ns(), wall_ns=self.wall_ns())


class SteadyClock:
    """The time of day at an anchor, and what the host has counted since. Safe to share between threads."""

    def __init__(self, host: Host, anchor: Anchor | None = None) -> None:
        self._host = host
        self.anchor = anchor or host.anchor()

    @staticmethod
    def handed(environ: Mapping[str, str]) -> SteadyClock:
        """By the time base that a parent handed over, so that a process that is started again goes on by it;
        one that was started alone makes its own. Raises `ValueError` for a text that is no time base.
        """
        host, given = Host(), environ.get(TIME_BASE)
        anchor = None if given is None else Anchor.read(given)
        return SteadyClock(host, anchor if anchor is not None and anchor.boot == host.boot else None)

    def now(self) -> datetime:
        """An aware UTC datetime."""
        return self.anchor.at(self._host.boot_ns())

    def now_by(self, other: Anchor | None) -> datetime:
        """Now, as a process with that time base calls it; as we do where it is of another boot."""
        return other.at(self._host.boot_ns()) if other is not None and self.knows(other) else self.now()

    def moved_by(self) -> timedelta:
        """How far the host's clock is from this one by now; 0 within the tolerance."""
        by = moment(self._host.wall_ns()) - self.now()
        return by if abs(by) > TOLERANCE else timedelta()

    def knows(self, other: Anchor) -> bool:
        """Whether a time base is of this boot of this host, and so can be compared with ours."""
        return bool(other.boot) and other.boot == self._host.boot

    def follow(self, other: Anchor | None) -> None:
        """Go by the time base of the collectors, where they are on this host."""
        if other is not None and self.knows(other):
            self.anchor = other

    def moved_since(
        self, other: Anchor | None, newest: datetime | None, *, ahead: timedelta | None = None
    ) -> timedelta | None:
        """How far our base is from the one that went before, or None where nothing tells that it is.

        `newest` is the latest moment recorded by it, `ahead` how far it was seen to be behind ours while
        whoever goes by it lived. Without that, of another boot only a clock that was set back can be told,
        and only by how much at least.
        """
        if other is not None and self.knows(other):
            ahead = self.now() - self.now_by(other)
        if ahead is not None:
            return ahead if abs(ahead) > TOLERANCE else None
        if newest is None or self.now() >= newest - TOLERANCE:
            return None
        return self.now() - newest
