"""How fast Stripe is asked: one request at a time, two a second, and not at all while it said to wait.

The limits are shared with the service's own traffic, which needs them to take money.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.observation import FailureReason

# One round of the probes may go out together; after that the rate holds.
BURST = 4
RESERVE = 2
"""What a reading without a deadline leaves of the tokens to those that have one."""

LONGEST_RESERVE_S = 3.0
"""So long such a reading stands back, then it takes its turn: where much is asked it would never come."""

LONGEST_PAUSE_S = 60
ALL_PATHS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Until when a path (or every path) is left alone, and why."""

    until: datetime
    reason: FailureReason
    why: str


@dataclass(slots=True, kw_only=True)
class Pace:
    """A token bucket and the pauses that Stripe asked for, shared by all questions to one Stripe."""

    per_second: int = 2
    rng: random.Random = field(default_factory=random.Random)
    _tokens: float = field(init=False, default=BURST)
    _filled_at: float | None = field(init=False, default=None)
    _turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock, repr=False)
    _pauses: dict[str, Pause] = field(init=False, default_factory=dict)

    @asynccontextmanager
    async def turn(self, *, spare: bool = False) -> AsyncIterator[None]:
        """Wait for one's turn; the next one starts when this one has ended.

        `spare` is for readings without a deadline: they wait, for a while, until the others would still
        find a token.
        """
        if spare:
            await self._leave_some()
        async with self._turn:
            await self._take_token(asyncio.get_running_loop().time)
            yield

    def pause(
        self, path: str, now: datetime, *, reason: FailureReason, why: str, seconds: float | None
    ) -> None:
        """Leave a path alone: for `seconds`, or where none are given for a random while of up to a minute."""
        wait = self.rng.uniform(1, LONGEST_PAUSE_S) if seconds is None else min(seconds, LONGEST_PAUSE_S)
        self._pauses[path] = Pause(until=now + timedelta(seconds=wait), reason=reason, why=why)

    def paused(self, path: str, now: datetime) -> Pause | None:
        """The pause that a path is in, if any."""
        candidates = (self._pauses.get(ALL_PATHS), self._pauses.get(path))
        return next((pause for pause in candidates if pause is not None and now < pause.until), None)

    async def _leave_some(self) -> None:
        time = asyncio.get_running_loop().time
        given_up_at = time() + LONGEST_RESERVE_S
        while (short := RESERVE + 1 - self._available(time)) > 0:
            if time() >= given_up_at:
                return
            await asyncio.sleep(short / self.per_second)

    def _available(self, time: Callable[[], float]) -> float:
        filled_at = time() if self._filled_at is None else self._filled_at
        return min(BURST, self._tokens + (time() - filled_at) * self.per_second)

    async def _take_token(self, time: Callable[[], float]) -> None:
        self._tokens = self._available(time)
        if self._tokens < 1:
            await asyncio.sleep((1 - self._tokens) / self.per_second)
            self._tokens = 1
        self._filled_at = time()
        self._tokens -= 1
