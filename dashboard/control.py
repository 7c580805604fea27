"""The use cases that pages, API and commands share.

The control room is handed everything it needs; it opens nothing and reads no environment. Viewers read the
published view, so that looking costs the store nothing however many look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from difflib import unified_diff
from typing import Literal

from collectors.observation import Sample
from dashboard.access import Action, Person, require
from dashboard.conduct import Conductor
from dashboard.evidence_room import EvidenceRoom
from dashboard.finance.books import Books, UntellableError
from dashboard.finance.values import Denials, FinancePanel, Wanted
from dashboard.launch import wording
from dashboard.launch.clock import t_text
from dashboard.launch.money.panel import PurchasePanel
from dashboard.launch.money.webhook_panel import WebhookPanel
from dashboard.launch.naming import named
from dashboard.launch.plan import Plan
from dashboard.launch.plan_file import PlanError
from dashboard.launch.replay_view import RecordedFlips, RecordedRun, Recording, Reenacted
from dashboard.launch.scene import RefusedActError, Wish
from dashboard.launch.signals import catalogue
from dashboard.launch.view import FaultRow, ProbeHistory, RehearsalView, ServiceHistory, View
from dashboard.purchases import Ours, Purchases, Reads
from dashboard.reconciliation.errors import ReconciliationError
from dashboard.replays import StoredReplays
from dashboard.room import Fault, Published, RefusedError, UnknownError, World
from dashboard.sealing.completeness import missing_for_go
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.telling import WRITING, press_told, store_told
from dashboard.webhooks import Webhooks

HISTORY = 120
"""How many of the newest attempts of a probe the Services page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The control room over a store, a published view and, in the rehearsal, a world. `pace` is that of a
    clock that is started here, `ours` what of the plan is in the environment, `denials` tells what the ledger
    turned away from a moment on, or why that is not known; `evidence` is None where nothing seals.
    """

    store: Store
    published: Published
    world: World | None
    clock: Callable[[], datetime]
    pace: int = 1
    ours: Ours = field(default_factory=Ours)
    denials: Callable[[Store, Plan, datetime, Reads], Denials | str] | None = None
    evidence: EvidenceRoom | None = None
    _books: list[Books] = field(init=False, repr=False, default_factory=list)
    _opening: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)
    _told: list[Webhooks] = field(init=False, repr=False, default_factory=list)
    _diffs: dict[tuple[str, str], str] = field(init=False, repr=False, default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan of the run that is shown; frozen while a launch is under way."""
        return self.published.plan()

    @property
    def is_rehearsal(self) -> bool:
        """Whether there is a world to put faults into."""
        return self.world is not None

    def view(self) -> View:
        """The published view: one reference, no read of the store."""
        return self.published.view()

    def sources(self) -> tuple[str, ...]:
        """The ids of everything that is asked: services, stripe, golive."""
        return (*self.plan.services, "stripe", "golive")

    def service(self, person: Person, source: str) -> ServiceHistory:
        """Every probe of one source over time."""
        require(person, Action.SEE_SERVICES)
        if source not in self.sources():
            raise RefusedError(f'There is no source "{source}"; choose one of {", ".join(self.sources())}.')
        run = self._run()
        probes = [probe for probe in catalogue(self.plan).values() if probe.source == source]
        histories = tuple(
            ProbeHistory(
                probe=probe.id,
                gates=self._judged_by(probe.id),
                samples=() if run is None else self._samples(run, probe.id),
            )
            for probe in probes
        )
        named = self.plan.services.get(source)
        return ServiceHistory(
            id=source,
            title=source if named is None else named.title,
            owner_title="" if named is None else self.plan.roles[named.owner].title,
            probes=histories,
            startable=tuple(probe.id for probe in probes if probe.id in self._startable()),
        )

    def rehearsal(self, person: Person) -> RehearsalView:
        """Faults and purchases of the rehearsal world."""
        require(person, Action.SEE_REHEARSAL)
        try:
            world = self._world()
            return RehearsalView(
                faults=tuple(self._row(fault) for fault in world.faults()),
                journeys=world.journeys(),
                unreachable=None,
            )
        except RefusedError as error:
            return RehearsalView(faults=(), journeys=(), unreachable=str(error))

    def first_dollar(self, person: Person, picked: str | None) -> PurchasePanel:
        """The payment that was picked, else the first of the run, traced through its hops."""
        require(person, Action.SEE_MONEY)
        run = self._followed_run()
        purchases = Purchases(store=self.store, plan=self.plan, ours=self.ours, clock=self.clock)
        with store_told():
            return purchases.panel(run, picked)

    def webhooks(self, person: Person) -> WebhookPanel:
        """What became of every payment of the last day."""
        require(person, Action.SEE_MONEY)
        with store_told():
            return self._webhooks().panel()

    def finance(self, person: Person, wanted: Wanted) -> FinancePanel:
        """Both sides of the money, class by class, and the rows that are wanted."""
        require(person, Action.SEE_MONEY)
        with _reconciling():
            return self._kept_books().panel(self._followed_run(), wanted)

    def finance_file(self, person: Person, wanted: Wanted, kind: Literal["csv", "parquet"]) -> bytes:
        """A file with every row that is wanted."""
        require(person, Action.SEE_MONEY)
        with _reconciling():
            return self._kept_books().file(self._followed_run(), wanted, kind)

    def start_purchase(self, person: Person) -> str:
        """Buy one in the rehearsal; the id of the purchase."""
        require(person, Action.START_PURCHASE)
        bought = self._world().buy()
        self._note(person, "purchase started", bought)
        return bought

    def refund_purchase(self, person: Person) -> None:
        """Give the newest purchase of the rehearsal its money back."""
        require(person, Action.START_PURCHASE)
        self._world().refund()
        self._note(person, "purchase refunded", "")

    def use_sample(self, person: Person) -> None:
        """Use the known sample in the rehearsal."""
        require(person, Action.START_PURCHASE)
        self._world().use()
        self._note(person, "sample used", "")

    def put_fault_in(self, person: Person, fault: str) -> None:
        """Put one fault in."""
        require(person, Action.CHANGE_FAULT)
        self._world().put_in(fault)
        self._note(person, "fault put in", fault)

    def take_fault_out(self, person: Person, fault: str) -> None:
        """Take one fault out."""
        require(person, Action.CHANGE_FAULT)
        self._world().take_out(fault)
        self._note(person, "fault taken out", fault)

    def take_all_faults_out(self, person: Person) -> None:
        """Leave a healthy world."""
        require(person, Action.CHANGE_FAULT)
        self._world().take_all_out()
        self._note(person, "all faults taken out", "")

    def start_probe(self, person: Person, probe: str) -> None:
        """Ask the collectors to run a probe that only a person may start."""
        require(person, Action.START_PROBE)
        if probe not in self._startable():
            raise RefusedError(f"{probe} is not a probe that a person starts in this plan.")
        run = self._run()
        if run is None:
            raise RefusedError("Nothing collects yet; start the collectors first.")
        with store_told(WRITING):
            self.store.request_probe(
                run.id,
                probe,
                actor=person.name,
                role=person.role,
                identity=person.identity.value,
                now=self.clock(),
            )
        self._note(person, "probe started", probe)

    def act(self, person: Person, wish: Wish, *, evaluation: int | None = None) -> str:
        """Act in the run, having looked at that evaluation's board; the sentence of what was recorded."""
        with press_told():
            run, view = self.published.run_of_plan(), self.view()
        if run is None:
            raise RefusedError("Nothing collects yet; start the collectors first.")
        conductor = Conductor(
            plan=self.plan,
            store=self.store,
            run=run,
            clock=self.clock,
            pace=self.pace,
            missing_for_go=missing_for_go(self.store, run),
        )
        board = None if view.lost else view.board
        try:
            with press_told():
                event = conductor.act(person, wish, board=board, evaluation=evaluation)
        except RefusedActError as refused:
            raise RefusedError(str(refused)) from refused
        self.published.wake()
        said = wording.recorded(event.what.value, named(self.plan, event), t_text(conductor.t_s()))
        if not event.is_back_dated:
            return said
        return f"{said} It {wording.back_dated(event.event_at, event.recorded_at)}."

    def offered_plan(self, person: Person) -> str:
        """What the plan that is on offer changes, as a unified diff; "" while none is."""
        require(person, Action.SEE_TIMELINE)
        hour = self.view().hour
        if hour is None or hour.state.offer is None:
            return ""
        of = (hour.state.offer.before, hour.state.offer.subject)
        if of not in self._diffs:  # a page draws it again and again, and a plan of one hash never changes
            with store_told():
                kept, offered = (self.store.plan_of_hash(sha256) or "" for sha256 in of)
            before, after = kept.splitlines(), offered.splitlines()
            lines = unified_diff(before, after, of[0][:12], of[1][:12], lineterm="", n=1)
            self._diffs[of] = "\n".join(lines)
        return self._diffs[of]

    def runs(
        self, person: Person, *, before: int | None = None, limit: int | None = None
    ) -> tuple[RecordedRun, ...]:
        """The runs of the store, the newest first: every one, or so many of those before this number."""
        require(person, Action.SEE_REPLAY)
        with _replaying("The runs cannot be read"):
            return StoredReplays(store=self.store).runs(before=before, limit=limit)

    def flips(
        self, person: Person, run_id: int | None, *, before: int | None = None, limit: int
    ) -> RecordedFlips:
        """The newest flips of a run, of the one that is followed where none is named."""
        require(person, Action.SEE_REPLAY)
        with _replaying("The flips cannot be read"):
            run = self._followed_run() if run_id is None else self.store.run(run_id)
            if run is None:
                raise UnknownError(f"There is no run {run_id}.")
            return StoredReplays(store=self.store).flips(run, before=before, limit=limit)

    def recording(self, person: Person, run_id: int) -> Recording:
        """The moments of a run."""
        require(person, Action.SEE_REPLAY)
        with _replaying(f"Run {run_id} cannot be replayed"):
            return StoredReplays(store=self.store).recording(run_id)

    def reenact(self, person: Person, run_id: int, at: datetime) -> Reenacted:
        """A run as it stood at a moment, judged again from what was stored."""
        require(person, Action.SEE_REPLAY)
        with _replaying(f"Run {run_id} cannot be replayed"):
            return StoredReplays(store=self.store).at(run_id, at)

    def _webhooks(self) -> Webhooks:
        """One for as long as the plan is the same, because it keeps what it has read."""
        if not self._told or self._told[0].plan is not self.plan:
            self._told[:] = [Webhooks(store=self.store, plan=self.plan, ours=self.ours, clock=self.clock)]
        return self._told[0]

    def _kept_books(self) -> Books:
        """One for as long as the plan is the same, however many look at once."""
        plan = self.plan
        if plan.money is None:
            raise RefusedError("The plan has no [money], so that nothing is read to be reconciled.")
        with self._opening:
            if not self._books or self._books[0].plan is not plan:
                for before in self._books:
                    before.close()
                books = Books(store=self.store, plan=plan, clock=self.clock, denials=self.denials)
                self._books[:] = [books]
            return self._books[0]

    def _followed_run(self) -> Run:
        run = self._run()
        if run is None:
            raise RefusedError("Nothing collects yet; start the collectors first.")
        return run

    def _row(self, fault: Fault) -> FaultRow:
        view = self.view()
        gates = {} if view.board is None or view.lost else {gate.id: gate for gate in view.board.gates}
        titles = {gate.id: gate.title for gate in self.plan.gates}
        seen = gates[fault.gate].verdict if fault.gate in gates else None
        return FaultRow(
            id=fault.id,
            title=fault.title,
            where=fault.where,
            gate=fault.gate,
            gate_title=titles.get(fault.gate, fault.gate),
            to=fault.to,
            provoke=fault.provoke,
            active=fault.active,
            seen=seen,
            noticed=fault.active and seen is fault.to,
        )

    def _world(self) -> World:
        if self.world is None:
            raise RefusedError("This is no rehearsal: there is nothing to put faults into.")
        return self.world

    def _judged_by(self, probe: str) -> tuple[str, ...]:
        return tuple(
            gate.title
            for gate in self.plan.gates
            if any(rule.signal == probe or rule.signal.rpartition(".")[0] == probe for rule in gate.rules)
        )

    def _startable(self) -> frozenset[str]:
        return frozenset(probe.id for probe in catalogue(self.plan).values() if probe.started)

    def _samples(self, run: Run, probe: str) -> tuple[Sample, ...]:
        with store_told():
            return tuple(found.sample for found in self.store.newest_of(run.id, probe, limit=HISTORY))

    def _run(self) -> Run | None:
        with store_told():
            return self.published.run_of_plan()

    def _note(self, person: Person, what: str, detail: str) -> None:
        run = self._run()
        if run is None:
            return
        with store_told(WRITING):
            self.store.append_action(
                run.id,
                actor=person.name,
                role=person.role,
                identity=person.identity.value,
                what=what,
                detail=detail,
                now=self.clock(),
            )


@contextmanager
def _replaying(what: str) -> Iterator[None]:
    """A run whose plan or records cannot be read is no fault of the page: why is said in one sentence."""
    try:
        with store_told(what):
            yield
    except PlanError as error:
        raise RefusedError(f"{what}: {' '.join(str(error).split())}") from error


@contextmanager
def _reconciling() -> Iterator[None]:
    try:
        with store_told():
            yield
    except ReconciliationError as error:
        raise RefusedError(f"The books cannot be kept: {error}") from error
    except UntellableError as error:
        raise RefusedError(f"There is nothing to take away: {error}") from error
