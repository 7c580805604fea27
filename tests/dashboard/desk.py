"""A desk to record at: a store with a run and a lease, and the clock in the test's hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collectors.observation import Environment, Sample
from dashboard.launch.board import Board, JudgedGate
from dashboard.launch.judge import Policy
from dashboard.launch.plan import Rule
from dashboard.recorder import Recorder
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease, Run
from evidence.redaction import find_secret
from tests.cast import T0, gate, plan_with
from tests.dashboard.store.scene import opened_run

PROBE = "ledger.balance"
OK = Rule(signal="ledger.balance.ok", is_=True)
QUICK = Rule(signal=PROBE, p95_below_ms=120, n_min=2, window_s=600)


@dataclass(slots=True)
class Desk:
    """A store with a run and a lease, the clock in the test's hand, and as many recorders as wanted."""

    store: Store
    run: Run
    lease: Lease
    now: datetime = T0
    rules: tuple[Rule, ...] = (OK,)

    def recorder(self) -> Recorder:
        """A recorder as a process makes it when it starts."""
        recorder = Recorder(
            store=self.store,
            run=self.run,
            lease=self.lease,
            policy=self.policy(),
            clock=lambda: self.now,
            scan=find_secret,
        )
        recorder.resume()
        return recorder

    def policy(self) -> Policy:
        """What this desk judges by."""
        return Policy.of(
            plan_with(gate(*self.rules)),
            plan_sha256=self.run.plan_sha256,
            run=self.run.id,
            attempt=self.run.attempt,
            environment=Environment.REHEARSAL,
        )

    def see(self, recorder: Recorder, *samples: Sample) -> JudgedGate:
        """These samples come in a second later, and are judged."""
        self.come_in(recorder, *samples)
        return self.gate()

    def come_in(self, recorder: Recorder, *samples: Sample) -> None:
        """They come in a second later, whatever the store does."""
        self.now += timedelta(seconds=1)
        for sample in samples:
            recorder.take(replace(sample, observed_at=self.now))
        recorder.step_patiently()

    def board(self) -> Board:
        stored = self.store.board(self.run.id)
        assert stored is not None
        return stored.board

    def gate(self) -> JudgedGate:
        return self.board().gates[0]


def desk_over(store: Store) -> Desk:
    """A desk over this store, with its run and its lease."""
    lease = store.take_lease(COLLECTORS, "host, process 1", now=T0, ttl_s=10)
    assert isinstance(lease, Lease)
    return Desk(store=store, run=opened_run(store), lease=lease)
