"""The cast: who and what the tests talk about, defined once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec

from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Scalar
from dashboard.access import Identity, Person
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.judge import Evaluated, Policy, evaluate
from dashboard.launch.memory import Memory
from dashboard.launch.plan import Gate, Plan, RoleKind, Rule
from dashboard.launch.plan_file import load_plan
from evidence.redaction import find_secret

DEFAULT_PLAN = Path(__file__).parent.parent / "dashboard" / "plans" / "first-live-dollar.toml"
T0 = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)


def person(role: str = "coordinator", kind: RoleKind = RoleKind.COORDINATOR) -> Person:
    return Person(
        name="Robin", role=role, title=role.replace("_", " ").title(), kind=kind, identity=Identity.ASSERTED
    )


@cache
def default_plan() -> Plan:
    """The default plan; frozen, and so read once for all tests."""
    return load_plan(DEFAULT_PLAN.read_text(), scan=find_secret).plan


def plan_with(*gates: Gate) -> Plan:
    """The default plan's services with other gates."""
    return msgspec.structs.replace(default_plan(), gates=gates)


def gate(*rules: Rule, gate_id: str = "g", mandatory: bool = True) -> Gate:
    return Gate(id=gate_id, title=f"Gate {gate_id}", owner="api_lead", rules=rules, mandatory=mandatory)


def answer(probe: str, at: datetime = T0, elapsed_ms: int = 5, **facts: Scalar) -> Observation:
    return Observation(
        probe=probe,
        source=probe.split(".", maxsplit=1)[0],
        environment=Environment.REHEARSAL,
        asked=f"GET http://127.0.0.1/{probe}",
        observed_at=at,
        elapsed_ms=elapsed_ms,
        facts=facts,
    )


def failure(
    probe: str, at: datetime = T0, reason: FailureReason = FailureReason.TIMEOUT, elapsed_ms: int = 4_000
) -> CollectorFailure:
    return CollectorFailure(
        probe=probe,
        source=probe.split(".", maxsplit=1)[0],
        environment=Environment.REHEARSAL,
        asked=f"GET http://127.0.0.1/{probe}",
        observed_at=at,
        elapsed_ms=elapsed_ms,
        reason=reason,
        detail="no answer within 4000 ms",
    )


class Bench:
    """A plan being judged sample after sample, with the clock in the test's hand."""

    def __init__(self, *gates: Gate) -> None:
        self.policy = Policy.of(
            plan_with(*gates), plan_sha256="p" * 64, run=1, attempt=1, environment=Environment.REHEARSAL
        )
        self.now = T0
        self.samples: list[Input] = []
        self.memory = Memory()
        self.evaluations = 0

    def see(self, *samples: Observation | CollectorFailure) -> Evaluated:
        """Take these samples in as just observed, and judge."""
        for sample in samples:
            self.samples.append(
                Input(id=len(self.samples) + 1, sample=sample, sha256=f"{len(self.samples):064d}")
            )
        return self.judge()

    def judge(self) -> Evaluated:
        """Judge what is there at `now`."""
        self.evaluations += 1
        newest = {found.sample.probe: found for found in self.samples}
        windows = {
            probe: tuple(found for found in self.samples if found.sample.probe == probe) for probe in newest
        }
        inputs = Inputs(newest=newest, windows=windows)
        result = evaluate(self.policy, inputs, self.memory, evaluation=self.evaluations, now=self.now)
        self.memory = result.memory
        return result

    def wait(self, seconds: float) -> datetime:
        """Let time pass; the new now."""
        self.now += timedelta(seconds=seconds)
        return self.now
