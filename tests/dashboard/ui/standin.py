"""A control room without stores or collectors: real boards of the real judge over answers made by hand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from collectors.observation import (
    Asked,
    CollectorFailure,
    Environment,
    FailureReason,
    Observation,
    Sample,
    Scalar,
)
from dashboard import access
from dashboard.access import ACTIONS, Action, Person
from dashboard.api.guard import Guard
from dashboard.control import Control
from dashboard.finance.values import FinancePanel, Wanted
from dashboard.launch import wording
from dashboard.launch.board import Board, BoardVerdict, Flip, Verdict
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.judge import Policy, evaluate
from dashboard.launch.kpi import Kpi
from dashboard.launch.measuring import measure, unmeasured
from dashboard.launch.memory import Memory
from dashboard.launch.money.notifying import NO_LOG, Notified
from dashboard.launch.money.panel import Choice, Kept, PurchasePanel, Skew
from dashboard.launch.money.purchase import Purchase
from dashboard.launch.money.trace import trace
from dashboard.launch.money.truth import Share, tell, truth
from dashboard.launch.money.webhook_panel import NO_RECEIPTS, WebhookPanel, rows_of
from dashboard.launch.plan import Plan
from dashboard.launch.replay_view import RecordedFlips, RecordedRun, Recording, Reenacted
from dashboard.launch.scene import Act, Wish
from dashboard.launch.showing import show_hour
from dashboard.launch.signals import Probe, catalogue
from dashboard.launch.view import (
    FaultRow,
    Hop,
    Journey,
    ProbeHistory,
    RehearsalView,
    ServiceHistory,
    ServiceTile,
    View,
)
from dashboard.room import EvidenceDesk, RefusedError
from tests.cast import default_plan
from tests.dashboard.launch.hour import API, CEO, COMMS, COORDINATOR, PAYMENTS, Hour
from tests.dashboard.launch.money.bought import EXPECTED, after, bought
from tests.dashboard.ui.finance_panels import healthy, unmatched

ROUNDS = 64
EVERY = timedelta(seconds=5)
PROVEN = frozenset({"health", "ledger", "tokens"})
HEALTHY, FAULTS, LOST, NOTHING, BLIND = "healthy", "faults", "lost", "nothing", "blind"
COUNTING, DECLARED = "counting", "declared"
"""Green, and twenty minutes into the hour; and green with a poll that is GO; for the pages that show it."""
SCENARIOS = (HEALTHY, FAULTS, LOST, NOTHING, BLIND)
LOST_SENTENCE = "The collectors were last heard 42 s ago; a board older than 15 s is not alive."
LATENCY = {"scholar_auth": 18, "auto_com_center": 31, "provider_register": 44, "scholarship_api": 27}

BROKEN: Mapping[str, Mapping[str, Scalar] | FailureReason] = {
    "stripe.balance": {"livemode": False},
    "notification.retired": {"accepted": 1},
    "stripe.endpoint": {"events_missing": 1},
    "scholarship_api.cors": {"foreign_allowed": True},
    "ledger.transactions": FailureReason.TIMEOUT,
}
BLINDED = {f"stripe.{kind}": FailureReason.UNREACHABLE for kind in ("balance", "endpoint", "deliveries")}


def view_of(scenario: str, *, version: int = 7, environment: Environment = Environment.REHEARSAL) -> View:
    """What is published in each scenario."""
    now = datetime.now(UTC)
    if scenario == NOTHING:
        return _view(None, now=now, version=version, environment=environment)
    broken = {FAULTS: BROKEN, BLIND: BLINDED}.get(scenario, {})
    alive = _view(_judged(broken, now, environment), now=now, version=version, environment=environment)
    if scenario == COUNTING:
        return counting(alive)
    if scenario == DECLARED:
        return declared(alive)
    if scenario != LOST:
        return alive
    return replace(
        alive,
        verdict=BoardVerdict.HOLD,
        sentence=LOST_SENTENCE,
        change="A new heartbeat of the collectors would.",
        clock="HOLD",
        lost=LOST_SENTENCE,
        heartbeat_at=now - timedelta(seconds=42),
    )


@dataclass(slots=True)
class Published:
    """The newest version, and whoever waits for a newer one."""

    number: int = 7
    newer: asyncio.Event = field(default_factory=asyncio.Event)

    def version(self) -> int:
        return self.number

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait(self, after: int) -> int:
        while self.number <= after:
            await self.newer.wait()
        return self.number

    def publish(self, number: int) -> None:
        self.number = number
        self.newer.set()
        self.newer = asyncio.Event()


class StandInRoom:
    """Everything a page may ask and do; what was done is kept in `done`."""

    _view: View

    def __init__(self, scenario: str = HEALTHY, environment: Environment = Environment.REHEARSAL) -> None:
        self._plan = default_plan()
        self.environment = environment
        self.done: list[tuple[str, str, str]] = []
        self.active: set[str] = set()
        self.hops_done: int | None = None
        self.trouble: str | None = None
        self.recorded: Control | None = None
        self.desk: EvidenceDesk | None = None
        self.panel = panel_of(bought())
        self.unknown: frozenset[str] = frozenset()
        self.hops = hops_of(bought())
        self.wanted = Wanted()
        self.show(scenario)

    def count(self) -> None:
        """The hour is under way."""
        self._view = counting(self._view)

    def show(self, scenario: str, *, version: int = 7) -> None:
        self.scenario = scenario
        self.books = healthy() if scenario == HEALTHY else unmatched()
        self._view = view_of(scenario, version=version, environment=self.environment)

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def is_rehearsal(self) -> bool:
        return self.environment is Environment.REHEARSAL

    @property
    def evidence(self) -> EvidenceDesk | None:
        return self.desk

    def view(self) -> View:
        return self._view

    def sources(self) -> tuple[str, ...]:
        return (*self._plan.services, "stripe", "golive")

    def service(self, person: Person, source: str) -> ServiceHistory:
        access.require(person, Action.SEE_SERVICES)
        probes = [probe for probe in catalogue(self._plan).values() if probe.source == source]
        nothing = self.scenario == NOTHING
        return ServiceHistory(
            id=source,
            title=source,
            owner_title="API lead",
            probes=tuple(_history(self._plan, probe, self._view.drawn_at, nothing) for probe in probes),
            startable=("ledger.write_probe",) if source == "scholarship_api" else (),
        )

    def rehearsal(self, person: Person) -> RehearsalView:
        access.require(person, Action.SEE_REHEARSAL)
        journeys = () if self.hops_done is None else (_journey(self.hops_done),)
        return RehearsalView(faults=self._faults(), journeys=journeys, unreachable=self.trouble)

    def first_dollar(self, person: Person, picked: str | None) -> PurchasePanel:
        access.require(person, Action.SEE_MONEY)
        self._refuse_in_trouble()
        if picked in self.unknown:
            return replace(panel_of(Purchase()), picked=picked, is_first=False, kept=())
        return self.panel if picked is None else replace(self.panel, picked=picked, is_first=False)

    def webhooks(self, person: Person) -> WebhookPanel:
        access.require(person, Action.SEE_MONEY)
        self._refuse_in_trouble()
        return self.hops

    def finance(self, person: Person, wanted: Wanted) -> FinancePanel:
        access.require(person, Action.SEE_MONEY)
        self._refuse_in_trouble()
        self.wanted = wanted
        rows = tuple(row for row in self.books.rows if wanted.text in row.id)
        return replace(self.books, rows=rows) if wanted.text else self.books

    def finance_file(self, person: Person, wanted: Wanted, kind: Literal["csv", "parquet"]) -> bytes:
        access.require(person, Action.SEE_MONEY)
        self._refuse_in_trouble()
        self.done.append((f"file {kind}", person.role, wanted.text))
        return b"payment_intent\r\npi_2\r\n"

    def start_purchase(self, person: Person) -> str:
        access.require(person, Action.START_PURCHASE)
        self._refuse_in_trouble()
        self.hops_done = 2
        self.done.append(("purchase", person.role, "cs_live_a1B2"))
        return "cs_live_a1B2"

    def refund_purchase(self, person: Person) -> None:
        access.require(person, Action.START_PURCHASE)
        self._refuse_in_trouble()
        self.done.append(("refund", person.role, ""))

    def use_sample(self, person: Person) -> None:
        access.require(person, Action.START_PURCHASE)
        self._refuse_in_trouble()
        self.done.append(("use", person.role, ""))

    def put_fault_in(self, person: Person, fault: str) -> None:
        access.require(person, Action.CHANGE_FAULT)
        self._refuse_in_trouble()
        self.active.add(fault)
        self.done.append(("in", person.role, fault))

    def take_fault_out(self, person: Person, fault: str) -> None:
        access.require(person, Action.CHANGE_FAULT)
        self.active.discard(fault)
        self.done.append(("out", person.role, fault))

    def take_all_faults_out(self, person: Person) -> None:
        access.require(person, Action.CHANGE_FAULT)
        self.active.clear()
        self.done.append(("all out", person.role, ""))

    def start_probe(self, person: Person, probe: str) -> None:
        access.require(person, Action.START_PROBE)
        self._refuse_in_trouble()
        self.done.append(("probe", person.role, probe))

    def act(self, person: Person, wish: Wish, *, evaluation: int | None = None) -> str:
        access.require(person, ACTIONS[wish.act])
        self._refuse_in_trouble()
        ago = f" {wish.ago_s} s ago" if wish.ago_s else ""
        said = f"{wish.subject} {wish.reason} {evaluation}{ago}".strip()
        self.done.append((person.role, wish.act.value, said))
        return f"Recorded: {wish.act.value}."

    def offered_plan(self, person: Person) -> str:
        access.require(person, Action.SEE_TIMELINE)
        return "-interval_s = 5\n+interval_s = 10"

    def runs(
        self, person: Person, *, before: int | None = None, limit: int | None = None
    ) -> tuple[RecordedRun, ...]:
        access.require(person, Action.SEE_REPLAY)
        return () if self.recorded is None else self.recorded.runs(person, before=before, limit=limit)

    def flips(
        self, person: Person, run_id: int | None, *, before: int | None = None, limit: int
    ) -> RecordedFlips:
        return self._recorded().flips(person, run_id, before=before, limit=limit)

    def recording(self, person: Person, run_id: int) -> Recording:
        return self._recorded().recording(person, run_id)

    def reenact(self, person: Person, run_id: int, at: datetime) -> Reenacted:
        return self._recorded().reenact(person, run_id, at)

    def _recorded(self) -> Control:
        assert self.recorded is not None
        return self.recorded

    def _refuse_in_trouble(self) -> None:
        if self.trouble:
            raise RefusedError(self.trouble)

    def _faults(self) -> tuple[FaultRow, ...]:
        verdicts = {gate.id: gate.verdict for gate in self._view.board.gates} if self._view.board else {}
        titles = {gate.id: gate.title for gate in self._plan.gates}
        return tuple(
            FaultRow(
                id=name,
                title=title,
                where=where,
                gate=gate,
                gate_title=titles[gate],
                to=to,
                provoke=provoke,
                active=name in self.active,
                seen=verdicts.get(gate),
                noticed=name in self.active and verdicts.get(gate) == to,
            )
            for name, title, where, gate, to, provoke in CATALOGUE
        )


CATALOGUE = (
    ("stripe_test_mode", "Our Stripe key is in test mode", "Stripe", "stripe_live", Verdict.NO_GO, ""),
    ("endpoint_missing", "The webhook endpoint is gone", "Stripe", "webhook_endpoint", Verdict.NO_GO, ""),
    ("endpoint_events", "The endpoint lacks an event", "Stripe", "webhook_endpoint", Verdict.NO_GO, ""),
    (
        "webhook_500",
        "provider_register answers 500",
        "Webhook",
        "webhook_delivery",
        Verdict.NO_GO,
        "a purchase",
    ),
    (
        "webhook_slow",
        "provider_register answers slowly",
        "Webhook",
        "webhook_delivery",
        Verdict.NO_GO,
        "a purchase",
    ),
    ("ledger_read_500", "The ledger answers 500 on read", "Ledger", "ledger", Verdict.NO_GO, ""),
    ("ledger_slow", "The ledger never answers in time", "Ledger", "ledger", Verdict.UNKNOWN, ""),
    ("cors_open", "Any origin may call", "Services", "cors", Verdict.NO_GO, ""),
    ("secret_retired", "A retired secret still works", "Services", "secret", Verdict.NO_GO, ""),
    ("service_down", "student_pilot is down", "Services", "health", Verdict.NO_GO, ""),
)
HOPS = ("student_pilot", "Stripe", "signed webhook", "provider_register", "ledger", "auto_com_center")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInServices:
    room: StandInRoom
    changes: Published
    hosts: tuple[str, ...] = ()
    guard: Guard = field(default_factory=Guard)


CHARGE = Kept(
    id="ch_1",
    what="charge",
    source="Stripe",
    first_seen_at=after(12),
    content='{"amount":999,"id":"ch_1"}',
    sha256="ab" * 32,
)


def panel_of(purchase: Purchase, seconds: float = 20) -> PurchasePanel:
    """This purchase, traced so long after its checkout was opened, as the only one."""
    found = trace(purchase, EXPECTED, after(seconds))
    choice = Choice(payment_intent="pi_1", created=after(0), said="9.99 USD · succeeded")
    return PurchasePanel(
        trace=found,
        expected=EXPECTED,
        picked=found.payment_intent,
        is_first=True,
        choices=(choice,),
        skews=(
            Skew(whose="Stripe", ms=-420, measured_at=after(3)),
            Skew(whose="ledger", ms=None, measured_at=None),
        ),
        blind=(),
        traced_at=after(seconds),
        kept=(CHARGE,),
    )


HOP_3 = "provider_register → auto_com_center"


def hops_of(
    *purchases: Purchase, endpoints: int | None = 1, seconds: float = 700, notified: Notified | None = None
) -> WebhookPanel:
    """What became of these purchases, so long after the checkout of each was opened."""
    now = after(seconds)
    told = [one for each in purchases if (one := tell(each, EXPECTED, now)) is not None]
    return WebhookPanel(
        truth=truth(told, window_s=86_400, endpoints=endpoints, now=now, settled_s=600),
        grace_s=600,
        rows=rows_of(told),
        young=0,
        first_tries=Share(k=None, n=0, why=NO_RECEIPTS),
        notified=notified or Notified(hop=HOP_3, share=Share(k=None, n=0, why=NO_LOG)),
        endpoints=endpoints,
        month_requests=1_234,
        blind=(),
        judged_at=now,
    )


def opening(services: StandInServices) -> Callable[[], AbstractAsyncContextManager[StandInServices]]:
    """What the application's lifespan opens."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[StandInServices]:
        yield services

    return opened


def _judged(
    broken: Mapping[str, Mapping[str, Scalar] | FailureReason], now: datetime, environment: Environment
) -> tuple[Board, tuple[Flip, ...], tuple[Kpi, ...]]:
    plan = default_plan()
    policy = Policy.of(plan, plan_sha256="5e" * 32, run=1, attempt=1, environment=environment)
    memory, seen = Memory(), dict[str, tuple[Input, ...]]()
    flips: list[Flip] = []
    for turn in range(1, 9):
        at = now - (8 - turn) * EVERY
        for probe in catalogue(plan).values():
            sample = _sample(plan, probe, at - timedelta(seconds=2), broken if turn > 4 else {}, environment)
            found = Input(id=turn * 1_000 + len(seen), sample=sample, sha256="0" * 64)
            earlier = seen.get(probe.id) or _earlier(found)
            seen[probe.id] = (*earlier, found)
        inputs = Inputs(newest={probe: found[-1] for probe, found in seen.items()}, windows=seen)
        judged = evaluate(policy, inputs, memory, evaluation=turn, now=at)
        memory = judged.memory
        flips = [*reversed(judged.flips), *flips]
    drilled = PROVEN if environment is Environment.REHEARSAL else None
    return judged.board, tuple(flips), measure(plan, judged.board, inputs, proven=drilled, now=now)


def _earlier(found: Input) -> tuple[Input, ...]:
    """An hour's worth of attempts before the first one, for the rules over a window."""
    return tuple(
        replace(found, sample=replace(found.sample, observed_at=found.sample.observed_at - back * EVERY))
        for back in range(ROUNDS, 0, -1)
    )


def _sample(
    plan: Plan,
    probe: Probe,
    at: datetime,
    broken: Mapping[str, Mapping[str, Scalar] | FailureReason],
    environment: Environment,
) -> Sample:
    wrong = broken.get(probe.id, {})
    asked = Asked(
        probe=probe.id,
        source=probe.source,
        environment=environment,
        asked=f"GET http://127.0.0.1:8801/{probe.id.replace('.', '/')}",
        observed_at=at,
        elapsed_ms=LATENCY.get(probe.source, 38),
        status=200,
        request_id="req_7Hq2" if probe.source == "stripe" else None,
    )
    values = {name: getattr(asked, name) for name in Asked.__slots__}
    if isinstance(wrong, FailureReason):
        values |= {"elapsed_ms": 4_003, "status": None}
        return CollectorFailure(**values, reason=wrong, detail="no answer within 4,000 ms")
    build = "2026.11.21+4f9c1e7" if probe.id.endswith(".ready") else None
    return Observation(**values, facts=_facts(plan, probe) | dict(wrong), build=build)


def _facts(plan: Plan, probe: Probe) -> dict[str, Scalar]:
    """What makes every rule over this probe pass."""
    facts: dict[str, Scalar] = {}
    for rule in (
        rule for gate in plan.gates for rule in gate.rules if rule.signal.startswith(f"{probe.id}.")
    ):
        name = rule.signal.removeprefix(f"{probe.id}.")
        facts[name] = "2026.11.21+4f9c1e7" if rule.constant else 112 if rule.is_ is None else rule.is_
        if rule.n:
            facts[rule.n.rpartition(".")[2]] = max(rule.n_min or 1, 1)
    return facts


def _view(
    judged: tuple[Board, tuple[Flip, ...], tuple[Kpi, ...]] | None,
    *,
    now: datetime,
    version: int,
    environment: Environment,
) -> View:
    plan = default_plan()
    board, flips, kpis = (None, (), unmeasured(plan)) if judged is None else judged
    return View(
        version=version,
        drawn_at=now,
        environment=environment,
        plan_title=plan.title,
        verdict=BoardVerdict.HOLD if board is None else board.verdict,
        sentence="Nothing has been judged yet: no answer has come in." if board is None else board.sentence,
        change="The first answers of the five services and Stripe would." if board is None else board.change,
        clock=wording.CLOCK_NOT_STARTED,
        lost=None,
        board=board,
        judged_at=None if board is None else board.evaluated_at,
        heartbeat_at=now,
        heartbeat_limit_s=15,
        tiles=() if board is None else tuple(_tile(plan, name, board, now) for name in plan.services),
        flips=flips,
        hour=show_hour(plan, (), now),
        kpis=kpis,
    )


def declared(view: View) -> View:
    """The same, after a poll in which everybody said GO."""
    hour = Hour(now=view.drawn_at - timedelta(minutes=1))
    hour.declare()
    return replace(view, hour=show_hour(default_plan(), hour.events, view.drawn_at, view.board))


def counting(view: View) -> View:
    """The same, twenty minutes into its hour: one task skipped, one back-dated, one in progress, one overdue;
    a hold of a minute before that, a flip, and GO decided.
    """
    hour = Hour(now=view.drawn_at - timedelta(minutes=21))
    hour.start()
    hour.do(Act.HOLD, COORDINATOR, reason="waiting for the bank")
    hour.wait(1)
    hour.do(Act.RESUME, COORDINATOR, reason="the bank is here")
    hour.wait(6)
    hour.do(Act.BEGIN, API, "align_tokens")
    hour.wait(6)
    hour.do(Act.SKIP, COMMS, "rotate_secret", "rotated <yesterday>")
    hour.do(Act.TICK, PAYMENTS, "stripe_live", event_at=hour.now - timedelta(minutes=2))
    board = hour.see()
    hour.declare()
    hour.do(Act.DECIDE, CEO, "GO", board_hash=board.hash)
    hour.wait(1)
    hour.see(ledger=Verdict.NO_GO)
    hour.latch()
    fell = Flip(
        evaluation=1,
        at=hour.now,
        gate="ledger",
        before=Verdict.GO,
        after=Verdict.NO_GO,
        reason="the ledger <fell>",
        inputs=(),
    )
    shown = show_hour(default_plan(), hour.events, view.drawn_at, flips=[fell])
    assert shown is not None
    assert shown.latch is not None
    return replace(
        view,
        hour=shown,
        clock=shown.clock,
        verdict=BoardVerdict.NO_GO,
        sentence=wording.latched(shown.latch.event_at, shown.latch.reason),
        change=wording.SOMEBODY_ACKNOWLEDGES,
    )


def _tile(plan: Plan, name: str, board: Board, now: datetime) -> ServiceTile:
    chance = random.Random(name)
    down = name == "scholarship_api" and board.verdict is not BoardVerdict.GO and not board.blind
    typical = LATENCY.get(name, 38)
    latencies = tuple(typical + chance.randrange(typical) for _ in range(40))
    if down:
        latencies = (*latencies[:-4], 4_003, 4_002, 4_003, 4_001)
    return ServiceTile(
        id=name,
        title=plan.services[name].title,
        owner_title=plan.roles[plan.services[name].owner].title,
        state=Verdict.UNKNOWN if down else Verdict.GO,
        word="not answering" if down else "ready",
        build="2026.11.21+4f9c1e7",
        latency_ms=latencies[-1],
        p95_ms=sorted(latencies)[37],
        latencies_ms=latencies,
        failed=4 if down else 0,
        n=40,
        observed_at=now - timedelta(seconds=2),
    )


def _history(plan: Plan, probe: Probe, now: datetime, nothing: bool) -> ProbeHistory:
    chance = random.Random(probe.id)
    samples: list[Sample] = []
    for back in range(0 if nothing else 60):
        wrong = {probe.id: FailureReason.TIMEOUT} if back in {7, 8, 31} else {}
        sample = _sample(plan, probe, now - back * EVERY, wrong, Environment.REHEARSAL)
        if isinstance(sample, Observation):
            sample = replace(sample, elapsed_ms=sample.elapsed_ms + chance.randrange(25))
        samples.append(sample)
    gates = tuple(
        gate.title
        for gate in plan.gates
        if any(rule.signal.startswith(f"{probe.id}.") for rule in gate.rules)
    )
    return ProbeHistory(probe=probe.id, gates=gates, samples=tuple(samples))


def _journey(done: int) -> Journey:
    started = datetime.now(UTC) - timedelta(seconds=done)
    hops = tuple(
        Hop(
            name=name,
            state="done" if place < done else "waiting",
            at=started + timedelta(milliseconds=400 * place) if place < done else None,
            detail="999 cents, 9,990 credits" if place == 0 else "",
        )
        for place, name in enumerate(HOPS)
    )
    return Journey(id="cs_live_a1B2", started_at=started, hops=hops)
