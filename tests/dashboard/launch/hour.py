"""An hour told to the tests: the default plan, a board as wanted, and a log that grows by acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

import msgspec
import pytest

from collectors.observation import Environment
from dashboard.launch.acting import act
from dashboard.launch.board import Board, BoardVerdict, JudgedGate, Verdict
from dashboard.launch.deciding import latched
from dashboard.launch.event import Draft, Event
from dashboard.launch.plan import Plan
from dashboard.launch.polling import died
from dashboard.launch.replanning import offered
from dashboard.launch.run import RunState, Stage, fold
from dashboard.launch.scene import ALLOWED_IN, Act, Actor, RefusedActError, Scene, Wish
from tests.cast import T0, default_plan

CEO = Actor(name="Ada", role="ceo", identity="asserted")
COORDINATOR = Actor(name="Robin", role="coordinator", identity="asserted")
COMMS = Actor(name="Kim", role="comms_lead", identity="asserted")
FRONTEND = Actor(name="Lou", role="frontend_lead", identity="asserted")
PAYMENTS = Actor(name="Pat", role="payments_lead", identity="asserted")
CHAIR = Actor(name="Noor", role="chair", identity="asserted")
API = Actor(name="Jo", role="api_lead", identity="asserted")
VOTERS = (PAYMENTS, COMMS, API, FRONTEND, COORDINATOR)


def judged(plan: Plan, *, at: datetime = T0, evaluation: int = 1, **gates: Verdict) -> Board:
    """A board on which these gates stand so since T0, and all others are GO."""
    unknown = set(gates) - {gate.id for gate in plan.gates}
    assert not unknown, unknown
    found = tuple(
        JudgedGate(
            id=gate.id,
            title=gate.title,
            owner=gate.owner,
            owner_title=gate.owner,
            mandatory=gate.mandatory,
            waivable=gate.waivable,
            verdict=gates.get(gate.id, Verdict.GO),
            reason="as told",
            flip="as told",
            since=T0,
            flapping=False,
            rules=(),
        )
        for gate in plan.gates
    )
    verdicts = {gate.verdict for gate in found if gate.mandatory}
    verdict = BoardVerdict.GO
    if Verdict.NO_GO in verdicts:
        verdict = BoardVerdict.NO_GO
    elif Verdict.UNKNOWN in verdicts:
        verdict = BoardVerdict.HOLD
    return Board(
        run=1,
        attempt=1,
        evaluation=evaluation,
        evaluated_at=at,
        environment=Environment.REHEARSAL,
        plan_id=plan.id,
        plan_title=plan.title,
        plan_sha256="p" * 64,
        verdict=verdict,
        sentence=f"{verdict.value}: as told.",
        change="as told",
        gates=found,
        oldest_input_at=at,
        blind=(),
        warnings=(),
        hash=f"{evaluation:064d}",
    )


def recorded(draft: Draft, seq: int, at: datetime) -> Event:
    """The event that the log makes of a draft."""
    told = {each.name: getattr(draft, each.name) for each in fields(Draft)}
    return Event(**told, seq=seq, recorded_at=at)


@dataclass(slots=True, kw_only=True)
class Hour:
    """A run with the clock in the test's hand. `board` is what is seen now, `shown` what was looked at."""

    plan: Plan = field(default_factory=default_plan)
    now: datetime = T0
    events: list[Event] = field(default_factory=list)
    board: Board | None = None
    shown: Board | None = None
    pace: int = 1

    def __post_init__(self) -> None:
        self.see()

    def see(self, **gates: Verdict) -> Board:
        """The board is judged anew, and looked at."""
        evaluation = 1 if self.board is None else self.board.evaluation + 1
        self.board = judged(self.plan, at=self.now, evaluation=evaluation, **gates)
        self.shown = self.board
        return self.board

    def wait(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def state(self) -> RunState:
        return fold(self.events)

    def scene(self) -> Scene:
        return Scene(
            plan=self.plan,
            plan_sha256="p" * 64,
            attempt=1,
            state=self.state(),
            board=self.board,
            now=self.now,
            shown=self.shown,
            pace=self.pace,
        )

    def do(self, wish: Act, actor: Actor, subject: str = "", reason: str = "", **more: object) -> Event:
        """Act, and record what comes of it."""
        asked = replace(Wish(act=wish, subject=subject, reason=reason), **more)  # type: ignore[arg-type]  # fields of Wish, by the caller
        draft = act(self.scene(), asked, actor)
        return self.record(draft)

    def record(self, draft: Draft) -> Event:
        self.events.append(recorded(draft, len(self.events) + 1, self.now))
        return self.events[-1]

    def latch(self) -> Event | None:
        """golive latches a NO-GO, if there is one to latch."""
        draft = latched(self.scene())
        return None if draft is None else self.record(draft)

    def ask(self, wish: Act, actor: Actor, subject: str = "", reason: str = "", **more: object) -> Event:
        """Act on the board that is looked at."""
        assert self.shown is not None
        return self.do(wish, actor, subject, reason, board_hash=self.shown.hash, **more)

    def die(self) -> Event | None:
        """golive lets votes die, if they have to."""
        draft = died(self.scene())
        return None if draft is None else self.record(draft)

    def poll(self) -> None:
        """The chair opens a poll, and everybody votes GO."""
        self.ask(Act.OPEN_POLL, CHAIR)
        for voter in VOTERS:
            self.ask(Act.VOTE, voter, "GO")

    def declare(self) -> None:
        """A poll that is declared GO."""
        self.poll()
        self.ask(Act.DECLARE, CHAIR, "GO")

    def waiver(self, gate: str = "cors", **more: object) -> Event:
        """The API lead asks for a waiver of this gate, for half an hour."""
        told = {
            "risk": "credits late",
            "control": "a person looks",
            "until": self.now + timedelta(minutes=30),
        }
        return self.ask(Act.ASK_WAIVER, API, gate, "one origin is missing", **(told | more))

    def start(self) -> None:
        """T-0 is now."""
        self.do(Act.START, COORDINATOR, reason="everybody is here")


def refused(asked: Callable[[], object]) -> str:
    with pytest.raises(RefusedActError) as caught:
        asked()
    return str(caught.value)


def staged(stage: Stage) -> Hour:
    """An hour that stands at this stage."""
    hour = Hour()
    if stage is Stage.SCRUBBED:
        hour.do(Act.SCRUB, COORDINATOR, reason="no quorum")
    elif stage is Stage.OVER:
        hour.do(Act.SCRUB, COORDINATOR, reason="no quorum")
        hour.do(Act.NEXT_ATTEMPT, COORDINATOR, reason="again tomorrow")
    elif stage is not Stage.PLANNED:
        hour.start()
        hour.wait(10)
        if stage is Stage.HOLDING:
            hour.do(Act.HOLD, COORDINATOR, reason="a question")
        elif stage is Stage.CLOSED:
            hour.do(Act.CLOSE, COORDINATOR, reason="all is done")
    hour.see()
    assert stage is hour.state().stage
    return hour


def fixed(task: str) -> Hour:
    """An hour in which this task must not move."""
    plan = default_plan()
    assert plan.hour is not None
    tasks = tuple(
        msgspec.structs.replace(each, fixed=each.id == task, proven_by=()) for each in plan.hour.tasks
    )
    return Hour(plan=msgspec.structs.replace(plan, hour=msgspec.structs.replace(plan.hour, tasks=tasks)))


SUBJECTS = dict.fromkeys((Act.BEGIN, Act.TICK, Act.SKIP, Act.ABANDON), "checkout_ready") | {
    Act.DECIDE: "GO",
    Act.VOTE: "GO",
    Act.DECLARE: "GO",
    Act.ASK_WAIVER: "cors",
}
"""What each act is about, where it is about something."""


def prepared(hour: Hour, wish: Act) -> dict[str, object]:
    """What has to be so before this act is one; and what it is asked with, beside its subject."""
    hour.board = hour.shown = judged(hour.plan, at=hour.now)
    if wish is Act.ACKNOWLEDGE:
        hour.see(ledger=Verdict.NO_GO)
        hour.latch()
    elif wish in (Act.ASK_WAIVER, Act.GRANT_WAIVER, Act.END_WAIVER, Act.ASK_OVERRIDE, Act.OVERRIDE):
        hour.see(cors=Verdict.UNKNOWN)
    assert hour.board is not None
    more: dict[str, object] = {"board_hash": hour.board.hash}
    if hour.state().stage in ALLOWED_IN[wish]:
        more |= _made_possible(hour, wish)
    if wish is Act.ASK_WAIVER:
        more |= {"risk": "late", "control": "a person", "until": hour.now + timedelta(minutes=30)}
    return more | ({"mark_s": 60} if wish is Act.RECYCLE else {})


def _made_possible(hour: Hour, wish: Act) -> dict[str, object]:
    if wish is Act.DECIDE:
        hour.declare()
    elif wish is Act.DECLARE:
        hour.poll()
    elif wish is Act.VOTE:
        hour.ask(Act.OPEN_POLL, CHAIR)
    elif wish in (Act.GRANT_WAIVER, Act.END_WAIVER):
        return {"about": hour.waiver().seq}
    elif wish is Act.OVERRIDE:
        hour.ask(Act.ASK_OVERRIDE, CHAIR, "", "we know the ledger is well")
    elif wish is Act.EXPLAIN:
        hour.do(Act.ROLL_BACK, CHAIR)
    elif wish in (Act.ASK_PLAN, Act.ADOPT_PLAN):
        draft = offered(hour.scene(), "q" * 64)
        assert draft is not None
        hour.record(draft)
        if wish is Act.ADOPT_PLAN:
            hour.do(Act.ASK_PLAN, CHAIR, "", "tighter")
    return {}
