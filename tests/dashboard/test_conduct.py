"""Acts of people and proofs by signals become events of one log; what is refused leaves no trace in it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from msgspec import structs

from collectors.observation import Environment
from dashboard.access import ACTIONS, ALLOWED, AccessDeniedError, Person, require
from dashboard.conduct import Conductor
from dashboard.launch.board import Board, Verdict
from dashboard.launch.event import Event, What
from dashboard.launch.plan import Plan, RoleKind
from dashboard.launch.run import RunState, Stage, TaskState, fold
from dashboard.launch.scene import ALLOWED_IN, Act, Actor, RefusedActError, Wish
from dashboard.store.store import Store
from tests.cast import T0, default_plan, person
from tests.dashboard.launch.hour import SUBJECTS, judged, prepared, staged
from tests.dashboard.store.scene import Writing, drafted, opened, opened_run, writing

OWNERS = {RoleKind.COORDINATOR: "capture_evidence", RoleKind.LEAD: "checkout_ready"}
PEOPLE = {kind: replace(person(kind.value, kind), name=kind.value) for kind in RoleKind} | {
    RoleKind.COORDINATOR: person(),
    RoleKind.LEAD: replace(person("frontend_lead", RoleKind.LEAD), name="Lou"),
}
ACTIONS_OF_TASKS = frozenset({Act.BEGIN, Act.TICK, Act.SKIP, Act.ABANDON})
STEPS: dict[Stage, tuple[Act, ...]] = {
    Stage.PLANNED: (),
    Stage.COUNTING: (Act.START,),
    Stage.HOLDING: (Act.START, Act.HOLD),
    Stage.CLOSED: (Act.START, Act.CLOSE),
    Stage.SCRUBBED: (Act.SCRUB,),
    Stage.OVER: (Act.SCRUB, Act.NEXT_ATTEMPT),
}


@dataclass(slots=True)
class Stand:
    """A stored run, and the clock in the test's hand."""

    store: Store
    writer: Writing
    plan: Plan = field(default_factory=default_plan)
    now: datetime = T0
    shown: Board | None = None

    def conductor(self) -> Conductor:
        """A conductor as another process, or another click, makes it."""
        return Conductor(plan=self.plan, store=self.store, run=self.writer.run, clock=lambda: self.now)

    def board(self, evaluation: int = 1, **gates: Verdict) -> Board:
        """A board of this moment, stored."""
        board = replace(
            judged(self.plan, at=self.now, evaluation=evaluation, **gates),
            run=self.writer.run.id,
            plan_sha256=self.writer.run.plan_sha256,
        )
        self.writer.judged(board)
        return board

    def act(
        self, kind: RoleKind, act: Act, subject: str = "", reason: str = "because", about: int | None = None
    ) -> Event:
        """An act of somebody who looks at `shown`."""
        return self.by(PEOPLE[kind], act, subject, reason, about)

    def by(
        self, who: Person, act: Act, subject: str = "", reason: str = "because", about: int | None = None
    ) -> Event:
        board = self.shown
        wish = Wish(
            act=act,
            subject=subject,
            reason=reason,
            mark_s=1,
            board_hash=None if board is None else board.hash,
            about=about,
            until=self.now + timedelta(minutes=30),
            risk="a page fails",
            control="a person looks",
        )
        evaluation = None if board is None else board.evaluation
        return self.conductor().act(who, wish, board=board, evaluation=evaluation)

    def made_possible(self, act: Act) -> int | None:
        """What others have to have done before; the number of the event that is answered, if it is one."""
        if act is Act.ACKNOWLEDGE:
            self.conductor().follow(self.board(2, ledger=Verdict.NO_GO, secret=Verdict.UNKNOWN))
        elif act is Act.VOTE:
            self.act(RoleKind.CHAIR, Act.OPEN_POLL)
        elif act is Act.DECLARE:
            self.poll()
        elif act in (Act.GRANT_WAIVER, Act.END_WAIVER):
            return self.act(RoleKind.LEAD, Act.ASK_WAIVER, "cors").seq
        elif act is Act.OVERRIDE:
            self.act(RoleKind.COORDINATOR, Act.ASK_OVERRIDE)
        elif act in (Act.ASK_PLAN, Act.ADOPT_PLAN):
            self.conductor().offer("q" * 64)
            if act is Act.ADOPT_PLAN:
                self.act(RoleKind.COORDINATOR, Act.ASK_PLAN)
        elif act is Act.EXPLAIN:
            self.act(RoleKind.COORDINATOR, Act.ROLL_BACK, reason="")
        return None

    def poll(self) -> None:
        """Every voter of the plan says GO."""
        assert self.plan.hour is not None
        assert self.plan.hour.poll is not None
        self.act(RoleKind.CHAIR, Act.OPEN_POLL)
        for role in self.plan.hour.poll.voters:
            self.by(person(role, self.plan.roles[role].kind), Act.VOTE, "GO")

    def state(self) -> RunState:
        return fold(self.store.events(self.writer.run.id))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield Stand(store, writing(store))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """One store for the whole table: each triple has a run of its own in it."""
    with opened(f"sqlite:///{tmp_path_factory.mktemp('table') / 'golive.sqlite3'}") as store:
        yield writing(store)


def act_in(hour: Stand, kind: RoleKind, act: Act) -> None:
    """This act, by this kind of role, with all that it needs beside the stage and the role."""
    waived = act in (Act.ASK_WAIVER, Act.GRANT_WAIVER, Act.END_WAIVER, Act.ASK_OVERRIDE, Act.OVERRIDE)
    board = hour.board(1, **({"cors": Verdict.UNKNOWN} if waived else {}))
    hour.shown = board
    about = hour.made_possible(act) if hour.state().stage in ALLOWED_IN[act] else None
    subject = {
        Act.DECIDE: "HOLD",
        Act.VOTE: "GO",
        Act.DECLARE: "GO",
        Act.ASK_WAIVER: "cors",
        Act.TICK: "checkout_ready",
    }.get(act, OWNERS.get(kind, "checkout_ready"))
    if act in (Act.BEGIN, Act.TICK) and kind is RoleKind.COORDINATOR:
        act, subject = Act.SKIP, "capture_evidence"  # it waits for the purchase; the row is the same
    before = hour.state().seq
    try:
        hour.act(kind, act, subject, about=about)
    except (AccessDeniedError, RefusedActError):
        assert before == hour.state().seq
        raise
    assert before + 1 == hour.state().seq


@pytest.fixture
def own(shared: Writing, request: pytest.FixtureRequest) -> Iterator[Stand]:
    """A run of one's own; it ends with the test, because a launch under way would be gone on with."""
    run = opened_run(shared.store, sha256(request.node.name.encode()).hexdigest())
    stand = Stand(shared.store, replace(shared, run=run))
    yield stand
    end = replace(drafted(), what=What.SCRUBBED)
    shared.store.append_event(run.id, end, expected=stand.state().seq, now=stand.now)


@pytest.mark.parametrize(("stage", "act", "kind"), list(product(Stage, Act, RoleKind)))
def test_what_each_role_may_do_at_each_stage(stage: Stage, act: Act, kind: RoleKind) -> None:
    """The whole table: who may, then what the stage allows, then what the act itself asks for."""
    hour = staged(stage)
    more = prepared(hour, act)
    person_, before = PEOPLE[kind], len(hour.events)
    actor = Actor(name=kind.value, role=person_.role, identity=person_.identity.value)
    subject = SUBJECTS.get(act, "")
    if act in ACTIONS_OF_TASKS and kind is RoleKind.COORDINATOR:
        act, subject = Act.SKIP, "capture_evidence"  # it waits for the purchase; the row is the same

    def ask() -> None:
        require(person_, ACTIONS[act])
        hour.do(act, actor, subject, "because", **more)

    if kind not in ALLOWED[ACTIONS[act]]:
        with pytest.raises(AccessDeniedError, match=f"may not {ACTIONS[act].value}; a "):
            ask()
    elif stage not in ALLOWED_IN[act]:
        with pytest.raises(RefusedActError, match=f"The run is {stage.value}: nobody can"):
            ask()
    elif act is Act.VOTE and kind in (RoleKind.CEO, RoleKind.FINANCE):
        with pytest.raises(RefusedActError, match="Only Payments lead, Comms lead, API lead"):
            ask()
    else:
        ask()
        before += 1
    assert before == len(hour.events)


@pytest.mark.parametrize("act", list(Act))
def test_a_conductor_asks_who_may_first_and_a_refusal_leaves_no_trace(own: Stand, act: Act) -> None:
    stage = next(stage for stage in STEPS if stage in ALLOWED_IN[act])
    for step in STEPS[stage]:
        own.act(RoleKind.COORDINATOR, step)
        own.now += timedelta(minutes=1)
    kinds = sorted(ALLOWED[ACTIONS[act]])
    allowed = next(kind for kind in (RoleKind.LEAD, *kinds) if kind in kinds)

    before = own.state().seq
    with pytest.raises(AccessDeniedError):
        own.act(RoleKind.VIEWER, act)
    assert before == own.state().seq
    act_in(own, allowed, act)


def test_an_act_records_who_how_sure_and_as_which_role(stand: Stand) -> None:
    event = stand.act(RoleKind.COORDINATOR, Act.START, reason=" everybody is here ")

    assert ("Robin", "coordinator", "asserted") == (event.actor, event.role, event.identity)
    assert ("planned", "counting", "everybody is here") == (event.before, event.after, event.reason)
    assert 1 == event.pace
    assert stand.writer.run.plan_sha256 == event.plan_sha256


def test_the_start_records_the_pace_and_the_hour_passes_by_it(stand: Stand) -> None:
    conductor = Conductor(
        plan=stand.plan, store=stand.store, run=stand.writer.run, clock=lambda: stand.now, pace=60
    )
    start = Wish(act=Act.START, reason="because")

    event = conductor.act(PEOPLE[RoleKind.COORDINATOR], start, board=None, evaluation=None)
    stand.now += timedelta(seconds=15)

    assert (60, 900) == (event.pace, stand.state().clock.at(stand.now))


def test_a_launch_is_never_quickened(stand: Stand) -> None:
    live = replace(stand.writer.run, environment=Environment.LIVE)

    with pytest.raises(ValueError, match=r"got 60 × speed in a live run, expected 1"):
        Conductor(plan=stand.plan, store=stand.store, run=live, clock=lambda: T0, pace=60)


def test_a_tick_stands_although_golive_proves_other_tasks_in_the_same_moment(stand: Stand) -> None:
    stand.act(RoleKind.COORDINATOR, Act.START)
    boards = [stand.board()]

    def meanwhile() -> datetime:
        """The clock is read after the log was read and before it is written: just then golive proves."""
        if boards:
            stand.conductor().follow(boards.pop())
        return stand.now

    second = Conductor(plan=stand.plan, store=stand.store, run=stand.writer.run, clock=meanwhile)
    tick = Wish(act=Act.TICK, subject="checkout_ready")

    event = second.act(PEOPLE[RoleKind.LEAD], tick, board=None, evaluation=None)

    assert TaskState.DONE is stand.state().ended["checkout_ready"].state
    assert TaskState.AUTO is stand.state().ended["rotate_secret"].state
    assert stand.state().seq == event.seq


def test_a_go_is_judged_again_with_the_latch_that_golive_set_in_the_same_moment(stand: Stand) -> None:
    hour = stand.plan.hour
    assert hour is not None
    stand.plan = structs.replace(stand.plan, hour=structs.replace(hour, poll=None))
    stand.act(RoleKind.COORDINATOR, Act.START)
    green, red = stand.board(), [stand.board(2, ledger=Verdict.NO_GO)]

    def meanwhile() -> datetime:
        if red:
            stand.conductor().follow(red.pop())
        return stand.now

    second = Conductor(plan=stand.plan, store=stand.store, run=stand.writer.run, clock=meanwhile)
    go = Wish(act=Act.DECIDE, subject="GO", board_hash=green.hash)

    with pytest.raises(RefusedActError, match=r"not acknowledged yet"):
        second.act(PEOPLE[RoleKind.CEO], go, board=green, evaluation=1)


def test_of_two_who_act_at_once_one_is_told_who_was_first(stand: Stand) -> None:
    stand.act(RoleKind.COORDINATOR, Act.START)
    waiting = [Act.HOLD]

    def meanwhile() -> datetime:
        """The clock is read after the log was read and before it is written: just then the other acts."""
        if waiting:
            stand.act(RoleKind.COORDINATOR, waiting.pop())
        return stand.now

    second = Conductor(plan=stand.plan, store=stand.store, run=stand.writer.run, clock=meanwhile)
    hold = Wish(act=Act.HOLD, reason="a question")

    with pytest.raises(RefusedActError, match=r"Robin acted first \(clock held\); nothing of yours was done"):
        second.act(PEOPLE[RoleKind.CEO], hold, board=None, evaluation=None)

    assert ["clock started", "clock held"] == [e.what.value for e in stand.store.events(stand.writer.run.id)]


def test_a_crowd_starts_the_clock_once(stand: Stand) -> None:
    def start(_: int) -> bool:
        try:
            stand.act(RoleKind.COORDINATOR, Act.START)
        except RefusedActError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert 1 == sum(pool.map(start, range(8)))
    assert 1 == stand.state().seq


def test_what_the_board_proves_is_completed_once_by_golive_itself(stand: Stand) -> None:
    stand.act(RoleKind.COORDINATOR, Act.START)
    conductor = stand.conductor()
    board = stand.board()

    conductor.follow(board)
    conductor.follow(board)

    ended = stand.state().ended
    assert {"rotate_secret", "stripe_live", "align_tokens"} == set(ended)
    assert {TaskState.AUTO} == {each.state for each in ended.values()}
    assert {board.hash} == {each.event.board_hash for each in ended.values()}


def test_a_red_board_completes_nothing_and_latches_once(stand: Stand) -> None:
    stand.act(RoleKind.COORDINATOR, Act.START)
    board = stand.board(secret=Verdict.NO_GO, stripe_live=Verdict.UNKNOWN, tokens=Verdict.NO_GO)

    stand.conductor().follow(board)
    stand.conductor().follow(board)

    assert {} == stand.state().ended
    latch = stand.state().latch
    assert latch is not None
    assert (2, "secret", board.hash) == (stand.state().seq, latch.subject, latch.board_hash)


def test_a_go_is_bound_to_the_stored_board_that_was_shown(stand: Stand) -> None:
    shown, newest = stand.board(1), stand.board(2)
    go = Wish(act=Act.DECIDE, subject="GO", board_hash=shown.hash)

    stand.shown = newest
    stand.poll()
    stand.act(RoleKind.CHAIR, Act.DECLARE, "GO")

    event = stand.conductor().act(PEOPLE[RoleKind.CEO], go, board=newest, evaluation=1)

    assert (shown.hash, 1) == (event.board_hash, event.evaluation)
    with pytest.raises(RefusedActError, match="a decision is made once"):
        stand.conductor().act(PEOPLE[RoleKind.CEO], go, board=newest, evaluation=1)


def test_a_go_for_a_board_that_was_never_stored_is_refused(stand: Stand) -> None:
    newest = stand.board(1)

    with pytest.raises(RefusedActError, match="changed since it was shown"):
        stand.conductor().act(
            PEOPLE[RoleKind.CEO],
            Wish(act=Act.DECIDE, subject="GO", board_hash=newest.hash),
            board=newest,
            evaluation=9,
        )


def test_after_a_restart_clock_holds_and_ticks_are_as_they_were(stand: Stand) -> None:
    stand.act(RoleKind.COORDINATOR, Act.START)
    stand.now += timedelta(minutes=5)
    stand.act(RoleKind.LEAD, Act.TICK, "checkout_ready")
    stand.act(RoleKind.COORDINATOR, Act.HOLD)
    stand.now += timedelta(minutes=30)

    state = stand.state()

    assert (Stage.HOLDING, 300) == (state.stage, state.clock.at(stand.now))
    assert ["checkout_ready"] == list(state.ended)


def test_whether_a_run_is_done_can_be_asked_by_many_threads_while_the_log_grows(stand: Stand) -> None:
    asked = stand.conductor()
    stand.act(RoleKind.COORDINATOR, Act.START)

    for _ in range(20):
        stand.act(RoleKind.COORDINATOR, Act.HOLD)
        stand.act(RoleKind.COORDINATOR, Act.RESUME)
        with ThreadPoolExecutor(8) as pool:
            assert {False} == {over.result() for over in [pool.submit(asked.is_done) for _ in range(8)]}
