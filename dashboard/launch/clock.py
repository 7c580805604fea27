"""The T-clock: server time since T-0, less the holds, moved back by a recycle; in a rehearsal perhaps faster.

A value; it reads no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TClock:
    """T was `mark_s` at the instant `since`; it goes on from there while `running`, by `pace` seconds of T a
    second. Never started: None.
    """

    since: datetime | None = None
    mark_s: float = 0.0
    running: bool = False
    pace: int = 1

    def at(self, now: datetime) -> float | None:
        """Seconds of T, or None before T-0. A `now` before the last mark adds nothing: T never jumps back."""
        if self.since is None:
            return None
        if not self.running:
            return self.mark_s
        return self.mark_s + max(0.0, (now - self.since) / SECOND) * self.pace

    def moment(self, t_s: float, now: datetime) -> datetime | None:
        """When T will be, or was, `t_s` if nothing holds it from now on; None before T-0."""
        reached = self.at(now)
        return None if reached is None else now + (t_s - reached) / self.pace * SECOND

    def start(self, at: datetime, pace: int = 1) -> TClock:
        """T-0 is now, and the pace is this to the end."""
        return TClock(since=at, mark_s=0.0, running=True, pace=pace)

    def hold(self, at: datetime) -> TClock:
        """T stands."""
        return replace(self, since=at, mark_s=self.at(at) or 0.0, running=False)

    def resume(self, at: datetime) -> TClock:
        """T goes on from where it stood."""
        return replace(self, since=at, mark_s=self.at(at) or 0.0, running=True)

    def recycle(self, at: datetime, mark_s: float) -> TClock:
        """T is an earlier mark again; whether it runs stays as it was."""
        return replace(self, since=at, mark_s=mark_s)

    def shift(self, by: timedelta) -> TClock:
        """The same T, told by another time base: every moment is called `by` later than before."""
        return self if self.since is None else replace(self, since=self.since + by)


def t_then(clocks: Sequence[TClock], when: datetime) -> float | None:
    """Seconds of T at an earlier moment, by the one of `clocks`, oldest first, that ruled then."""
    # From the newest on: most moments are just now, and a long log asks this at every event.
    newest = reversed(clocks)
    ruling = next((clock for clock in newest if clock.since is not None and clock.since <= when), None)
    return None if ruling is None else ruling.at(when)


def is_undone(clocks: Sequence[TClock], when: datetime) -> bool:
    """Whether T has been set back since, to before what it was at that moment."""
    reached = t_then(clocks, when)
    return reached is not None and any(
        clock.since is not None and clock.since > when and clock.mark_s < reached for clock in clocks
    )


def t_text(t_s: float | None) -> str:
    """T as every screen writes it: T+mm:ss, minutes going on beyond 60."""
    if t_s is None:
        return "T-0 not set"
    minutes, seconds = divmod(int(t_s), 60)
    return f"T+{minutes:02d}:{seconds:02d}"
