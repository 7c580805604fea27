"""What the tests of the store talk about: samples, boards and a run that can be written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from dashboard.launch.board import Board, BoardVerdict, CheckedRule, CheckResult, Flip, JudgedGate, Verdict
from dashboard.launch.event import Draft, What
from dashboard.store.store import Store, open_store
from dashboard.store.values import COLLECTORS, Lease, Run

T0 = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLAN_TOML = 'id = "first-live-dollar"\n'


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def opened(
    url: str,
    environment: Environment = Environment.REHEARSAL,
    *,
    create: bool = True,
    timeout_ms: int = 5_000,
) -> Store:
    return open_store(url, environment=environment, app_version="0.1.0", create=create, timeout_ms=timeout_ms)


def answer(probe: str = "ledger.balance", second: float = 0, source: str = "ledger") -> Observation:
    return Observation(
        probe=probe,
        source=source,
        environment=Environment.REHEARSAL,
        asked=f"GET http://127.0.0.1/{probe}",
        observed_at=at(second),
        elapsed_ms=12,
        status=200,
        facts={"ok": True, "balance": 9990},
    )


def failure(probe: str = "ledger.balance", second: float = 0, source: str = "ledger") -> CollectorFailure:
    return CollectorFailure(
        probe=probe,
        source=source,
        environment=Environment.REHEARSAL,
        asked=f"GET http://127.0.0.1/{probe}",
        observed_at=at(second),
        elapsed_ms=4_000,
        reason=FailureReason.TIMEOUT,
        detail="no answer within 4000 ms",
    )


def board(run: Run, evaluation: int = 1, second: float = 0, environment: Environment | None = None) -> Board:
    rule = CheckedRule(
        signal="ledger.balance.ok",
        probe="ledger.balance",
        source="ledger",
        text="ledger.balance.ok is true: true",
        result=CheckResult.PASS,
        raw=CheckResult.PASS,
        reason="3 of 3 passed",
        flip="one failing answer",
        observed="true",
        expected="true",
        observed_at=at(second),
        standing=False,
        ttl_s=15,
        streak=3,
        streak_needed=3,
    )
    gate = JudgedGate(
        id="ledger",
        title="The ledger is green",
        owner="api_lead",
        owner_title="API lead",
        mandatory=True,
        waivable=False,
        verdict=Verdict.GO,
        reason="all rules pass",
        flip="one failing answer",
        since=T0,
        flapping=False,
        rules=(rule,),
    )
    return Board(
        run=run.id,
        attempt=run.attempt,
        evaluation=evaluation,
        evaluated_at=at(second),
        environment=environment or run.environment,
        plan_id=run.plan_id,
        plan_title="First live dollar",
        plan_sha256=run.plan_sha256,
        verdict=BoardVerdict.GO,
        sentence="GO: all gates pass.",
        change="one failing answer",
        gates=(gate,),
        oldest_input_at=at(second),
        blind=(),
        warnings=(),
        hash=f"{evaluation:064x}",
    )


def flip(evaluation: int, inputs: Sequence[int], second: float = 0) -> Flip:
    return Flip(
        evaluation=evaluation,
        at=at(second),
        gate="ledger",
        before=Verdict.GO,
        after=Verdict.NO_GO,
        reason="the ledger answered 500",
        inputs=tuple(inputs),
    )


def drafted(what: What = What.STARTED, at: datetime = T0, **told: Any) -> Draft:
    """What the coordinator does in the log of a run, unless told otherwise."""
    plain = Draft(
        what=what,
        event_at=at,
        actor="Robin",
        role="coordinator",
        identity="asserted",
        subject="",
        before="planned",
        after="counting",
        reason="everybody is here",
        attempt=1,
        plan_sha256="p" * 64,
    )
    return replace(plain, **told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A store with an open run and the lease to write to it."""

    store: Store
    run: Run
    lease: Lease

    def samples(self, *samples: Sample) -> tuple[int, ...]:
        return self.store.append_samples(self.run.id, samples, lease=self.lease)

    def judged(self, board: Board, flips: Sequence[Flip] = (), inputs: Sequence[int] = ()) -> None:
        self.store.append_evaluation(
            self.run.id, board, memory=b"\x00memory", flips=flips, inputs=inputs, lease=self.lease
        )


def opened_run(store: Store, sha256: str = "a" * 64, second: float = 0) -> Run:
    return store.open_run(
        plan_id="first-live-dollar", plan_sha256=sha256, plan_toml=PLAN_TOML, now=at(second)
    )


def writing(store: Store, holder: str = "host:1", ttl_s: int = 3_600) -> Writing:
    lease = store.take_lease(COLLECTORS, holder, now=T0, ttl_s=ttl_s)
    assert isinstance(lease, Lease)
    return Writing(store=store, run=opened_run(store), lease=lease)


def live(sample: Observation) -> Observation:
    return replace(sample, environment=Environment.LIVE)
