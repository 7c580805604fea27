"""Takes samples from the poller, keeps them, judges them and keeps the judgement. There is one writer.

Samples are stored the moment they come; an evaluation is stored when something changed, and otherwise once
a second. Nothing that is not stored was ever shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.observation import CollectorFailure, FailureReason, Sample
from dashboard.launch.board import Board, CheckResult, Verdict
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.judge import Evaluated, Policy, evaluate
from dashboard.launch.memory import Memory
from dashboard.store.content import content_hash
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.store.values import Lease, Run

LOG = logging.getLogger(__name__)

TICK_S = 0.25
"""How soon after a sample it is judged."""

STEADY_S = 1.0
"""How often the same verdict is recorded again, as a proof that somebody is still judging."""

WAITING_LIMIT = 50_000
"""The most samples that wait for a store that takes none: an hour of a plan of fifty probes."""

WINDOW_LIMIT = 5_000
"""The most attempts a rule can look back on; a plan that wants more is asking for a database."""


@dataclass(slots=True, kw_only=True)
class Recorder:
    """The one writer of a run. `scan` names what must never be stored, if a sample holds it; `judged` is told
    of each board once it is stored.
    """

    store: Store
    run: Run
    lease: Lease
    policy: Policy
    clock: Callable[[], datetime]
    scan: Callable[[str], str | None]
    judged: Callable[[Board], None] = field(default=lambda _: None)
    _pending: list[Sample] = field(default_factory=list)
    _newest: dict[str, Input] = field(default_factory=dict)
    _windows: dict[str, deque[Input]] = field(default_factory=dict)
    _unjudged: deque[Input] = field(default_factory=deque)
    _stored_to: int = 0
    _judged_to: int = 0
    _is_in_doubt: bool = False
    _memory: Memory = field(default_factory=Memory)
    _board: Board | None = None

    def resume(self) -> None:
        """Go on where the last process stopped, with what it remembered and what it never judged."""
        stored = self.store.board(self.run.id)
        if stored is not None:
            self._board, self._memory = stored.board, Memory.decode(stored.memory)
            self._judged_to = max(stored.inputs, default=0)
        newest = self.store.newest_samples(self.run.id)
        self._newest = {probe: found for probe, found in newest.items() if found.id <= self._judged_to}
        unjudged = self.store.samples_after(self.run.id, self._judged_to, limit=WAITING_LIMIT)
        self._unjudged = deque(unjudged)
        self._stored_to = max((found.id for found in (*newest.values(), *unjudged)), default=0)
        for probe, window_s in windows_of(self.policy).items():
            since = self.clock() - timedelta(seconds=window_s)
            attempts = self.store.samples_since(self.run.id, probe, since=since, limit=WINDOW_LIMIT)
            judged = (found for found in attempts if found.id <= self._judged_to)
            self._windows[probe] = deque(judged, maxlen=WINDOW_LIMIT)

    def take(self, sample: Sample) -> None:
        """Hand a sample over; it is stored within a tick. Called on the poller's loop."""
        self._pending.append(_without_secrets(sample, self.scan))

    def newest(self) -> Mapping[str, Sample]:
        """The newest sample of every probe, stored or about to be."""
        stored = {probe: found.sample for probe, found in self._newest.items()}
        stored |= {found.sample.probe: found.sample for found in tuple(self._unjudged)}
        return stored | {sample.probe: sample for sample in tuple(self._pending)}

    async def run_until(self, stop: asyncio.Event) -> None:
        """Store and judge until told to stop; what is pending then is still stored."""
        while not stop.is_set():
            await asyncio.to_thread(self.step_patiently)
            await _wait(stop, TICK_S)
        await asyncio.to_thread(self.step_patiently)

    def step_patiently(self) -> None:
        """One step; a store that is locked, full or away for a while costs time and no sample."""
        try:
            if self._is_in_doubt:
                self._find_out()
            self.step()
        except StoreError as error:
            if error.permanent:
                raise
            self._is_in_doubt = True
            LOG.warning("%d samples wait: %s", len(self._pending), error)
            if len(self._pending) > WAITING_LIMIT:
                LOG.warning("the oldest %d of them are given up", len(self._pending) - WAITING_LIMIT)
                del self._pending[:-WAITING_LIMIT]

    def _find_out(self) -> None:
        """What was written last may have been kept, and the answer lost. Then it is not written again: one
        sample would count twice, and an evaluation of the same number be refused for ever.
        """
        kept = self.store.samples_after(self.run.id, self._stored_to, limit=WAITING_LIMIT)
        self.resume()
        for found in kept:
            if self._pending and self._pending[0] == found.sample:
                del self._pending[0]
        self._is_in_doubt = False

    def step(self) -> None:
        """Store what came in, judge every sample of it, and store each judgement that is due."""
        self._store_waiting()
        while self._unjudged:
            found = self._unjudged[0]
            if self._is_unjudged(found.sample.probe):
                self._record(self._evaluate(self.clock()))  # before its successor hides it
            self._keep(found)
            self._unjudged.popleft()
        now = self.clock()
        evaluated = self._evaluate(now)
        if self._is_due(evaluated, now):
            self._record(evaluated)

    def _store_waiting(self) -> None:
        waiting = tuple(self._pending)  # the poller may add more while these are being stored
        if not waiting:
            return
        ids = self.store.append_samples(self.run.id, waiting, lease=self.lease)
        for sample, identifier in zip(waiting, ids, strict=True):
            self._unjudged.append(Input(id=identifier, sample=sample, sha256=content_hash(sample)))
        self._stored_to = max(self._stored_to, *ids)
        del self._pending[: len(waiting)]

    def _is_unjudged(self, probe: str) -> bool:
        newest = self._newest.get(probe)
        return newest is not None and newest.id > self._judged_to

    def _keep(self, found: Input) -> None:
        probe = found.sample.probe
        self._newest = {**self._newest, probe: found}  # a new one: the poller's loop may be reading the old
        if probe in self._windows:
            self._windows[probe].append(found)

    def _evaluate(self, now: datetime) -> Evaluated:
        inputs = Inputs(
            newest=self._newest, windows={probe: tuple(window) for probe, window in self._windows.items()}
        )
        number = 1 if self._board is None else self._board.evaluation + 1
        return evaluate(self.policy, inputs, self._memory, evaluation=number, now=now)

    def _is_due(self, evaluated: Evaluated, now: datetime) -> bool:
        if self._board is None or _outcome(evaluated.board) != _outcome(self._board):
            return True
        return abs((now - self._board.evaluated_at).total_seconds()) >= STEADY_S

    def _record(self, evaluated: Evaluated) -> None:
        self.store.append_evaluation(
            self.run.id,
            evaluated.board,
            memory=evaluated.memory.encode(),
            flips=evaluated.flips,
            inputs=[found.id for found in self._newest.values()],
            lease=self.lease,
        )
        self._board, self._memory = evaluated.board, evaluated.memory
        self._judged_to = max((found.id for found in self._newest.values()), default=0)
        self.judged(evaluated.board)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _outcome(board: Board) -> list[tuple[Verdict, list[tuple[CheckResult, CheckResult]]]]:
    return [(gate.verdict, [(rule.result, rule.raw) for rule in gate.rules]) for gate in board.gates]


def all_windows(policies: Sequence[Policy]) -> dict[str, int]:
    """The same of several plans: how far back any of them looks."""
    windows: dict[str, int] = {}
    for policy in policies:
        for probe, window_s in windows_of(policy).items():
            windows[probe] = max(window_s, windows.get(probe, 0))
    return windows


def windows_of(policy: Policy) -> dict[str, int]:
    """The probes that rules look back on, and how many seconds at most."""
    windows: dict[str, int] = {}
    for gate in policy.plan.gates:
        for rule in gate.rules:
            if rule.window_s is not None:
                windows[rule.signal] = max(rule.window_s, windows.get(rule.signal, 0))
    return windows


def _texts(sample: Sample) -> Iterator[str]:
    """Everything in a sample that somebody outside may have written, their headers too."""
    yield sample.asked
    yield sample.request_id or ""
    if isinstance(sample, CollectorFailure):
        yield sample.detail
        return
    yield from (value for value in sample.facts.values() if isinstance(value, str))
    yield sample.build or ""
    yield sample.account or ""


def _without_secrets(sample: Sample, scan: Callable[[str], str | None]) -> Sample:
    kind = next((found for text in _texts(sample) if (found := scan(text))), None)
    if kind is None:
        return sample
    return CollectorFailure(
        probe=sample.probe,
        source=sample.source,
        environment=sample.environment,
        asked=f"ask {sample.probe}",
        observed_at=sample.observed_at,
        elapsed_ms=sample.elapsed_ms,
        reason=FailureReason.WITHHELD,
        detail=f"the answer held what looks like a {kind}; nothing of it is kept",
    )
