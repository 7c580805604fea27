"""Opens the evidence of a run for a command, and says who acts; every refusal is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from collectors.observation import Environment
from dashboard.access import AccessDeniedError, Identity, Person, asserted
from dashboard.commands.terminal import ERR, Exit, explained
from dashboard.evidence_room import EvidenceRoom
from dashboard.launch.naming import unknown
from dashboard.launch.plan import Plan, RoleKind
from dashboard.launch.plan_file import load_plan
from dashboard.room import RefusedError
from dashboard.settings import Settings
from dashboard.steady import Host, SteadyClock
from dashboard.store.errors import StoreMissingError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Run
from dashboard.wiring.sealing import Seal
from dashboard.wiring.stores import open_existing_store
from evidence.redaction import find_secret

SHELL = Person(
    name="shell",
    role="auditor",
    title="The shell",
    kind=RoleKind.AUDITOR,
    identity=Identity.ASSERTED,
)
"""Whoever runs a command that only looks, or takes away what lies here anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The evidence of one run, and what it is kept with."""

    room: EvidenceRoom
    store: Store
    run: Run
    plan: Plan
    seal: Seal

    def person(self, role: str) -> Person:
        """Whoever acts as this role of the plan. Raises `RefusedError`."""
        if role not in self.plan.roles:
            raise RefusedError(unknown("role", role, self.plan.roles))
        return asserted(role, self.plan.roles[role])


@contextmanager
def open_desk(
    settings: Settings,
    environment: Environment | None,
    run_id: int | None = None,
    *,
    refused: Exit = Exit.NO_GO,
) -> Iterator[Desk]:
    """The newest run's, or that run's. What is refused ends with the code that is named, what cannot be
    answered with 3.
    """
    with explained(), open_existing_store(settings, environment) as store:
        run = store.newest_run() if run_id is None else store.run(run_id)
        if run is None:
            got = "no run at all" if run_id is None else f"no run {run_id}"
            raise StoreMissingError(
                f"got {got} in {store.called}, expected one; start golive, or name another run"
            )
        clock = SteadyClock(Host())
        clock.follow(store.time_base(COLLECTORS))
        seal = Seal.of(settings, store.environment)
        room = EvidenceRoom(store=store, run=lambda: run, sealing=seal, clock=clock.now)
        plan = load_plan(store.plan_text(run), scan=find_secret).plan
        try:
            yield Desk(room=room, store=store, run=run, plan=plan, seal=seal)
        except (AccessDeniedError, RefusedError) as error:
            ERR.print(str(error), markup=False)
            raise typer.Exit(refused) from error
