"""When a list of Stripe is asked again after it failed: soon, then ever later, and not at all after a 401.

Waiting in full jitter keeps the readers of many launches apart; a Stripe that fails on every list is left
alone for a while (the breaker), as every request of ours competes with one that takes money.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from collectors.observation import FailureReason

FIRST_S = 0.5
LONGEST_S = 60.0
BREAKER = 5
_PACED = frozenset({FailureReason.RATE_LIMITED, FailureReason.AUTH})
_LASTING = frozenset({FailureReason.SCOPE, FailureReason.INTERNAL, FailureReason.STATUS})
_MOST_DOUBLINGS = 10


@dataclass(slots=True, kw_only=True)
class Backoff:
    """What failed lately, by list; `now` is a clock that never jumps."""

    rng: random.Random
    _failures: dict[str, int] = field(init=False, default_factory=dict)
    _until: dict[str, float] = field(init=False, default_factory=dict)
    _in_a_row: int = field(init=False, default=0)
    _all_until: float = field(init=False, default=0.0)

    def failed(self, name: str, reason: FailureReason, now: float) -> None:
        """Note a failure. One that Stripe paced, or that stops everything, is not this one's to wait for."""
        if reason in _PACED:
            return
        if reason in _LASTING:
            self._until[name] = now + LONGEST_S
            return
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        longest = min(LONGEST_S, FIRST_S * 2 ** min(failures, _MOST_DOUBLINGS))
        self._until[name] = now + self.rng.uniform(FIRST_S, longest)
        self._in_a_row += 1
        if self._in_a_row >= BREAKER:
            self._all_until = now + self.rng.uniform(LONGEST_S / 2, LONGEST_S)

    def worked(self, name: str) -> None:
        """Note a good answer: whatever waited goes on."""
        self._failures.pop(name, None)
        self._until.pop(name, None)
        self._in_a_row = 0
        self._all_until = 0.0

    def may_ask(self, name: str, now: float) -> bool:
        """Whether the list's wait, and the breaker's, are over."""
        return now >= max(self._until.get(name, 0.0), self._all_until)
