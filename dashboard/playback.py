"""Reads a run back from the store, evaluation by evaluation, with the inputs that each was made from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.followed import Followed
from dashboard.launch import replay_wording
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Policy
from dashboard.launch.replay import Recorded
from dashboard.recorder import all_windows
from dashboard.store.store import Store
from dashboard.store.values import StoredEvaluation, StoredInput, ThinnedTo

PAGE = 500
"""How much is read in one go; a run of an hour is some thousands of each."""


@dataclass(slots=True, kw_only=True)
class Playback:
    """One run, read once from its first evaluation to its last."""

    store: Store
    run_id: int
    policies: Sequence[Policy]
    _thinned: ThinnedTo = field(init=False)
    _windows_s: Mapping[str, int] = field(init=False)
    _waiting: deque[StoredInput] = field(init=False, default_factory=deque)
    _read_to: int = field(init=False, default=0)
    _followed: Followed = field(init=False)
    _altered: int | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._thinned = self.store.thinned_to(self.run_id)
        self._windows_s = all_windows(self.policies)
        self._followed = Followed(self._windows_s)

    def recorded(self) -> Iterator[Recorded]:
        """Every evaluation that is kept, oldest first."""
        last = 0
        while True:
            page = self.store.evaluations_after(self.run_id, last, limit=PAGE)
            flips = self.store.flips_between(self.run_id, last, page[-1].evaluation) if page else {}
            for stored in page:
                last = stored.evaluation
                yield Recorded(
                    evaluation=last,
                    evaluated_at=stored.evaluated_at,
                    verdict=stored.verdict,
                    hash=stored.hash,
                    content=stored.content.encode(),
                    memory=stored.memory,
                    flips=flips.get(last, ()),
                    inputs=self._inputs(stored),
                    thinned_before=self._thinned.has_boards_gone(stored.evaluated_at),
                    damage=None if self._altered is None else replay_wording.altered_sample(self._altered),
                )
            if len(page) < PAGE:
                return

    def _inputs(self, stored: StoredEvaluation) -> Inputs | None:
        self._read_until(max(stored.inputs, default=0))
        if self._has_thinned_window(stored.evaluated_at):
            return None
        return self._followed.inputs(stored.inputs)

    def _read_until(self, sample_id: int) -> None:
        while True:
            while self._waiting and self._waiting[0].input.id <= sample_id:
                self._keep(self._waiting.popleft())
            if self._waiting or self._read_to >= sample_id:
                return
            self._waiting.extend(self.store.verified_after(self.run_id, self._read_to, limit=PAGE))
            self._read_to = self._waiting[-1].input.id if self._waiting else sample_id

    def _keep(self, stored: StoredInput) -> None:
        self._followed.keep(stored.input)
        if self._altered is None and stored.altered:
            self._altered = stored.input.id

    def _has_thinned_window(self, at: datetime) -> bool:
        longest = timedelta(seconds=max(self._windows_s.values(), default=0))
        return self._thinned.has_samples_gone(at - longest)
