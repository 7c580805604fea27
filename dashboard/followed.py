"""Follows samples in the order of their ids: which was newest, and what rules look back on, at any point."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from dashboard.launch.inputs import Input, Inputs
from dashboard.recorder import WINDOW_LIMIT


@dataclass(slots=True)
class Followed:
    """What judging was given, put together again; `looked_back_on` are the probes that rules look back on."""

    looked_back_on: Iterable[str]
    _newest: dict[str, Input] = field(init=False, default_factory=dict)
    _attempts: dict[str, deque[Input]] = field(init=False)

    def __post_init__(self) -> None:
        self._attempts = {probe: deque(maxlen=WINDOW_LIMIT) for probe in self.looked_back_on}

    def keep(self, found: Input) -> None:
        """The next sample."""
        probe = found.sample.probe
        self._newest[probe] = found
        if probe in self._attempts:
            self._attempts[probe].append(found)

    def inputs(self, ids: Collection[int]) -> Inputs | None:
        """What an evaluation was given that was made from these; None where one of them was not kept."""
        wanted = set(ids)
        newest = {probe: found for probe, found in self._newest.items() if found.id in wanted}
        if len(newest) < len(wanted):
            return None
        windows = {
            probe: tuple(attempts) if probe in newest else () for probe, attempts in self._attempts.items()
        }
        return Inputs(newest=newest, windows=windows)
