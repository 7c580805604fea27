"""A scripted hour in a process of its own, to be killed at any moment: it tells each act that is recorded.

`ROUND` is the script. Whoever adds an act to a run adds it here. A step makes exactly one event, and a round
ends so that it can begin again. Which step is next is read from the log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from dashboard.access import Person
from dashboard.conduct import Conductor
from dashboard.launch.board import Board, Verdict
from dashboard.launch.event import Event, What
from dashboard.launch.plan import Plan, RoleKind
from dashboard.launch.run import RunState, fold
from dashboard.launch.scene import Act, Wish
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease, Run
from dashboard.timekeeping import take_over_time
from tests.cast import default_plan, person
from tests.dashboard.launch.hour import judged
from tests.dashboard.store.scene import Writing, opened, opened_run

CEO = person("ceo", RoleKind.CEO)
CHAIR = person("chair", RoleKind.CHAIR)
COORDINATOR = person("coordinator", RoleKind.COORDINATOR)
COMMS = person("comms_lead", RoleKind.LEAD)
FRONTEND = person("frontend_lead", RoleKind.LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One run, one collector's lease, and a conductor over the same files as everybody else's."""

    store: Store
    run: Run
    lease: Lease
    plan: Plan
    clock: SteadyClock

    def conductor(self) -> Conductor:
        return Conductor(plan=self.plan, store=self.store, run=self.run, clock=self.clock.now)

    def act(self, who: Person, act: Act, subject: str = "", **more: Any) -> None:
        wish = Wish(act=act, subject=subject, reason="because", **more)
        self.conductor().act(who, wish, board=None, evaluation=None)

    def judge(self, **gates: Verdict) -> Board:
        """A board of this moment, stored as the collectors do."""
        now = self.clock.now()
        head = self.store.head(self.run.id)
        number = 1 if head is None or head.evaluation is None else head.evaluation + 1
        board = replace(
            judged(self.plan, at=now, evaluation=number, **gates),
            run=self.run.id,
            plan_sha256=self.run.plan_sha256,
        )
        board = replace(board, gates=tuple(replace(gate, since=now) for gate in board.gates))
        Writing(store=self.store, run=self.run, lease=self.lease).judged(board)
        return board

    def on(self, board: Board, who: Person, act: Act, subject: str = "", **more: Any) -> None:
        """An act of somebody who reads this board."""
        wish = Wish(act=act, subject=subject, reason="because", board_hash=board.hash, **more)
        self.conductor().act(who, wish, board=board, evaluation=board.evaluation)

    def ask_waiver(self) -> None:
        told = {"risk": "late", "control": "a person", "until": self.clock.now() + timedelta(minutes=30)}
        self.on(self.judge(cors=Verdict.UNKNOWN), COMMS, Act.ASK_WAIVER, "cors", **told)

    def end_waiver(self) -> None:
        asked = [event.seq for event in self.store.events(self.run.id) if event.what is What.WAIVER_ASKED]
        self.act(CEO, Act.END_WAIVER, about=asked[-1])

    def latch(self) -> None:
        """The machines see a NO-GO, and nothing that proves a task."""
        proving = (
            {gate for task in self.plan.hour.tasks for gate in task.proven_by} if self.plan.hour else set()
        )
        seen = dict.fromkeys(proving, Verdict.UNKNOWN) | {"ledger": Verdict.NO_GO}
        self.conductor().follow(self.judge(**seen))


Step = Callable[[Stage], None]

START: Step = lambda stage: stage.act(COORDINATOR, Act.START)  # noqa: E731 - a step of the script
VOTERS = tuple(
    person(role, RoleKind.COORDINATOR if role == "coordinator" else RoleKind.LEAD)
    for role in ("payments_lead", "comms_lead", "api_lead", "frontend_lead", "coordinator")
)


def vote(who: Person) -> Step:
    return lambda stage: stage.on(stage.judge(), who, Act.VOTE, "GO")


ROUND: tuple[Step, ...] = (
    lambda stage: stage.act(FRONTEND, Act.TICK, "checkout_ready"),
    lambda stage: stage.act(COORDINATOR, Act.HOLD),
    lambda stage: stage.act(COMMS, Act.SKIP, "rotate_secret"),
    lambda stage: stage.act(COORDINATOR, Act.RESUME),
    Stage.latch,
    lambda stage: stage.act(CEO, Act.DECIDE, "HOLD"),
    lambda stage: stage.act(CEO, Act.ACKNOWLEDGE),
    Stage.ask_waiver,
    Stage.end_waiver,
    lambda stage: stage.on(stage.judge(), CHAIR, Act.OPEN_POLL),
    *(vote(who) for who in VOTERS),
    lambda stage: stage.on(stage.judge(), CHAIR, Act.DECLARE, "GO"),
    lambda stage: stage.on(stage.judge(), CEO, Act.DECIDE, "GO"),
    lambda stage: stage.act(FRONTEND, Act.ROLL_BACK),
    lambda stage: stage.act(COORDINATOR, Act.RECYCLE, mark_s=0),
    lambda stage: stage.act(COORDINATOR, Act.RESUME),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the process said of an event once it was recorded: the event, and what it made of the run."""

    event: Event
    seen: tuple[object, ...]


def seen(state: RunState, event: Event) -> tuple[object, ...]:
    """All that people would read of a run at the moment of an event."""
    return (
        state.clock.at(event.event_at),
        state.stage,
        {task: ended.state for task, ended in state.ended.items()},
        [decision.seq for decision in state.decisions],
        None if state.latch is None else state.latch.seq,
        None if state.poll is None else {role: vote.seq for role, vote in state.poll.votes.items()},
        {seq: waiver.ended is None for seq, waiver in state.waivers.items()},
        None if state.rollback is None else state.rollback.seq,
    )


def perform(connection: Connection, url: str) -> None:
    """Go on with the hour from where the log ends, for ever, and tell each event when it is recorded."""
    stage = _enter(opened(url))
    log = stage.store.events(stage.run.id)
    while True:
        step = ROUND[(len(log) - 1) % len(ROUND)] if log else START
        step(stage)
        (event,) = stage.store.events(stage.run.id, after=len(log))
        log.append(event)
        connection.send(Told(event=event, seen=seen(fold(log), event)))


def _enter(store: Store) -> Stage:
    """As a collector that is started again: with a clock of its own that takes the time over."""
    clock, before = SteadyClock(Host()), store.time_base(COLLECTORS)
    run, plan = opened_run(store), default_plan()
    lease = store.take_lease(COLLECTORS, "host", now=clock.now_by(before), ttl_s=0)
    assert isinstance(lease, Lease)
    take_over_time(store, clock, before, plan=plan, run=run, lease=lease, ttl_s=0)
    return Stage(store=store, run=run, lease=lease, plan=plan, clock=clock)
