"""A gate is proven when a fault that is in made it fall, and by nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.view import Journey
from dashboard.proving import Prover, proven_by
from dashboard.room import Fault, RefusedError
from dashboard.store.values import Run
from tests.cast import T0
from tests.dashboard.store.scene import Writing, board, flip, opened, writing


@dataclass(slots=True)
class DrilledWorld:
    """A world with one fault that promises NO-GO of the ledger, in since a moment or not at all."""

    since: datetime | None = None
    to: Verdict = Verdict.NO_GO
    gate: str = "ledger"
    silent: bool = False
    asked: threading.Event = field(default_factory=threading.Event)

    def faults(self) -> tuple[Fault, ...]:
        self.asked.set()
        if self.silent:
            raise RefusedError("The rehearsal world does not answer (ConnectError).")
        fault = Fault(
            id="ledger_down",
            title="The ledger is down",
            where="scholarship_api",
            gate=self.gate,
            to=self.to,
            provoke="none",
            active=self.since is not None,
            also={},
            since=self.since,
        )
        return (fault, replace(fault, id="another", gate="cors", active=False, since=None))

    def put_in(self, fault: str) -> None: ...

    def take_out(self, fault: str) -> None: ...

    def take_all_out(self) -> None: ...

    def journeys(self) -> tuple[Journey, ...]:
        return ()

    def buy(self) -> str:
        return "pur_1"

    def refund(self) -> None:
        raise NotImplementedError

    def use(self) -> None:
        raise NotImplementedError


@dataclass(slots=True)
class Drill:
    world: DrilledWorld
    writer: Writing
    evaluation: int = 0

    def prover(self, *, run: Run | None = None) -> Prover:
        return Prover(
            store=self.writer.store,
            world=self.world,
            run=lambda: run or self.writer.run,
            clock=lambda: T0,
        )

    def falls(self, seconds: float) -> None:
        """The ledger's gate changes from GO to NO-GO."""
        self.evaluation += 1
        judged = board(self.writer.run, self.evaluation, seconds)
        self.writer.judged(judged, flips=[flip(self.evaluation, (), seconds)])

    def records(self) -> list[tuple[str, str, str]]:
        actions = self.writer.store.actions(self.writer.run.id)
        return [(one.actor, one.identity, one.detail) for one in actions if one.what == "gate proven"]

    def proven(self) -> frozenset[str]:
        return proven_by(self.writer.store.actions(self.writer.run.id))


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield Drill(world=DrilledWorld(), writer=writing(store))


def test_a_gate_that_falls_under_its_fault_is_proven_and_recorded_once(drill: Drill) -> None:
    drill.world.since = T0
    drill.falls(5)
    drill.prover().look()
    drill.falls(9)

    drill.prover().look()

    assert frozenset({"ledger"}) == drill.proven()
    assert [("golive", "machine", "ledger NO_GO in evaluation 1 under ledger_down")] == drill.records()


@pytest.mark.parametrize(("seconds", "proven"), [(-0.001, False), (0, True)])
def test_a_gate_that_fell_before_the_fault_was_put_in_is_not_proven(
    drill: Drill, seconds: float, *, proven: bool
) -> None:
    drill.world.since = T0
    drill.falls(seconds)

    drill.prover().look()

    assert proven is ("ledger" in drill.proven())


def test_a_gate_that_falls_without_a_fault_is_not_proven(drill: Drill) -> None:
    drill.falls(5)

    drill.prover().look()

    assert frozenset() == drill.proven()


@pytest.mark.parametrize(("to", "gate"), [(Verdict.UNKNOWN, "ledger"), (Verdict.NO_GO, "health")])
def test_another_verdict_or_another_gate_than_was_promised_proves_nothing(
    drill: Drill, to: Verdict, gate: str
) -> None:
    drill.world.since, drill.world.to, drill.world.gate = T0, to, gate
    drill.falls(5)

    drill.prover().look()

    assert frozenset() == drill.proven()


def test_a_world_that_began_anew_proves_nothing_by_a_fault_of_before(drill: Drill) -> None:
    drill.writer.store.append_action(
        drill.writer.run.id,
        actor="Robin",
        role="coordinator",
        identity="asserted",
        what="fault put in",
        detail="ledger_down",
        now=T0,
    )
    drill.falls(5)

    drill.prover().look()

    assert frozenset() == drill.proven()


def test_what_was_proven_stays_when_the_fault_is_out(drill: Drill) -> None:
    drill.world.since = T0
    drill.falls(5)
    drill.prover().look()
    drill.world.since = None

    drill.prover().look()

    assert frozenset({"ledger"}) == drill.proven()


def test_a_silent_world_is_said_to_the_caller_and_records_nothing(drill: Drill) -> None:
    drill.world.silent = True

    with pytest.raises(RefusedError, match="does not answer"):
        drill.prover().look()
    assert [] == drill.records()


async def test_a_watch_goes_on_after_a_world_that_was_silent(drill: Drill) -> None:
    drill.world.silent = True
    drill.world.since = T0 + timedelta(seconds=1)
    drill.falls(5)
    seen = asyncio.Event()
    loop = asyncio.get_running_loop()
    store = drill.writer.store
    append = store.append_action

    def told(*given: object, **named: object) -> int:
        number = append(*given, **named)  # type: ignore[arg-type]  # handed on as it came
        loop.call_soon_threadsafe(seen.set)
        return number

    store.append_action = told  # type: ignore[method-assign]  # the real one, and a bell
    watching = asyncio.create_task(drill.prover().watch())
    assert await asyncio.to_thread(drill.world.asked.wait, 30)
    drill.world.silent = False

    await asyncio.wait_for(seen.wait(), timeout=30)
    watching.cancel()

    assert frozenset({"ledger"}) == drill.proven()
