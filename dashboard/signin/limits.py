"""How often somebody may try to sign in, by the address that they come from."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

A_MINUTE = 30
_MOST_CLIENTS = 10_000


@dataclass(slots=True)
class Limits:
    """A bucket for each address: so many tries at once, and as many more in each minute. The ones that have
    not tried for longest are forgotten, so that nobody fills the memory.
    """

    a_minute: int = A_MINUTE
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(init=False, default_factory=OrderedDict)

    def allow(self, client: str) -> bool:
        """Whether this try is one that may be made."""
        now = self.clock()
        left, at = self._left.pop(client, (float(self.a_minute), now))
        left = min(self.a_minute, left + (now - at) * self.a_minute / 60)
        is_allowed = left >= 1
        self._left[client] = (left - 1 if is_allowed else left, now)
        if len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return is_allowed
