"""What an evaluation is given: stored samples with their ids and content hashes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.observation import Sample

_SKEW = timedelta(seconds=1)
"""By so little a moment may lie in the future: two processes read the clock in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One stored sample: `id` grows with time, `sha256` is the hash of its content."""

    id: int
    sample: Sample
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """`newest` by probe; `windows` by probe, oldest first, for the rules that look back."""

    newest: Mapping[str, Input] = field(default_factory=dict)
    windows: Mapping[str, tuple[Input, ...]] = field(default_factory=dict)


def within(attempts: tuple[Input, ...], now: datetime, window_s: int) -> tuple[Input, ...]:
    """The attempts of the last `window_s` seconds, none from the future, and none that is dated later than
    one recorded after it: the clock was set back in between, and how old the former is cannot be told.
    """
    earliest = now - timedelta(seconds=window_s)
    of_one_clock = attempts[_set_back(attempts) :]
    return tuple(found for found in of_one_clock if earliest <= found.sample.observed_at <= now)


def _set_back(attempts: tuple[Input, ...]) -> int:
    """The index of the first attempt after the clock was last set back; 0 where it never was."""
    for index in range(len(attempts) - 1, 0, -1):
        before, after = attempts[index - 1].sample.observed_at, attempts[index].sample.observed_at
        if before - after > _SKEW:
            return index
    return 0


def is_stale(when: datetime, now: datetime, ttl_s: int) -> bool:
    """Older than the limit, or from so far in the future that the clock must have moved."""
    earliest, latest = fresh(when, ttl_s)
    return not earliest <= now <= latest


def fresh(when: datetime, ttl_s: int) -> tuple[datetime, datetime]:
    """From when to when an answer of this moment counts; a clock that was set back makes nothing fresh."""
    return when - _SKEW, when + timedelta(seconds=ttl_s)
