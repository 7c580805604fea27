"""How fast a world goes: what a viewer waits for is shortened, what is measured or guarded is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The world's own delays and deadlines pass `speed` times as fast.

    Real stay the answers of the services and their time limits, which golive measures, and the lifetimes of
    tokens and keys, which libraries check by the real clock.
    """

    speed: int = 1

    def shortened(self, seconds: float) -> float:
        """Real seconds for seconds of the world."""
        return seconds / self.speed
