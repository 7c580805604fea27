"""What came of the redraws that one viewer wanted: how soon each was drawn, and which never was."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import msgspec

ANSWERED_WITHIN_S = 12.0
"""After so long without a word a page greys out (dashboard/ui/static/watch.js): what comes later was lost."""


class Redrawn(msgspec.Struct, frozen=True, kw_only=True):
    """One viewer's redraws. `seconds` are from the wish to the drawing, `longest_gap_s` is the longest time
    without a new drawing, `breaks` counts lost connections.
    """

    seconds: tuple[float, ...]
    lost: int
    breaks: int
    longest_gap_s: float

    @property
    def wanted(self) -> int:
        """How many redraws were wanted."""
        return len(self.seconds) + self.lost


@dataclass(slots=True)
class Redraws:
    """Counts as it goes; all times are of one monotonic clock, in seconds."""

    breaks: int = 0
    _seconds: list[float] = field(default_factory=list)
    _lost: int = 0
    _longest_gap_s: float = 0
    _drawn_at: float = 0
    _waiting: deque[float] = field(default_factory=deque)
    _is_closed: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether something that was wanted is not drawn yet."""
        return bool(self._waiting)

    def begin(self, at: float) -> None:
        """Count from here on; what came before was to get started."""
        self._seconds.clear()
        self._lost = self.breaks = 0
        self._longest_gap_s, self._drawn_at = 0, at

    def want(self, at: float) -> bool:
        """A redraw is wanted; whether it is still time for that."""
        if not self._is_closed:
            self._waiting.append(at)
        return not self._is_closed

    def answered(self, at: float) -> None:
        """The oldest that was wanted is drawn now."""
        took_s = at - self._waiting.popleft()
        if took_s > ANSWERED_WITHIN_S:
            self._lost += 1
        else:
            self._seconds.append(took_s)
        self._longest_gap_s = max(self._longest_gap_s, at - self._drawn_at)
        self._drawn_at = at

    def leave(self) -> None:
        """The viewer went, and wants nothing any more."""
        self._waiting.clear()

    def close(self) -> None:
        """Want nothing more."""
        self._is_closed = True

    def told(self, at: float) -> Redrawn:
        """What came of them until now; what is still waited for is lost."""
        return Redrawn(
            seconds=tuple(self._seconds),
            lost=self._lost + len(self._waiting),
            breaks=self.breaks,
            longest_gap_s=max(self._longest_gap_s, at - self._drawn_at),
        )
