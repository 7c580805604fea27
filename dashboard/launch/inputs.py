"""What an evaluation is given: stored samples with their ids and content hashes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.observation import Sample

_SKEW = timedelta(seconds=1)


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
    """The attempts of the last `window_s` seconds, none from the future."""
    earliest = now - timedelta(seconds=window_s)
    return tuple(found for found in attempts if earliest <= found.sample.observed_at <= now)


def is_stale(when: datetime, now: datetime, ttl_s: int) -> bool:
    """Older than the limit, or from so far in the future that the clock must have moved."""
    earliest, latest = fresh(when, ttl_s)
    return not earliest <= now <= latest


def fresh(when: datetime, ttl_s: int) -> tuple[datetime, datetime]:
    """From when to when an answer of this moment counts; a clock that was set back makes nothing fresh."""
    return when - _SKEW, when + timedelta(seconds=ttl_s)
