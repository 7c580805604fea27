"""Conducting a run: a person's act, and what signals prove by themselves, become events of its log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collectors.observation import Environment
from dashboard.access import ACTIONS, Person, require
from dashboard.launch import refusing
from dashboard.launch.acting import act
from dashboard.launch.board import Board, BoardVerdict
from dashboard.launch.deciding import latched
from dashboard.launch.ending import proven
from dashboard.launch.event import Draft, Event
from dashboard.launch.plan import Plan
from dashboard.launch.polling import died
from dashboard.launch.replanning import offered
from dashboard.launch.run import RunState, Stage, fold
from dashboard.launch.scene import GOLIVE, Act, Actor, RefusedActError, Scene, Wish
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.intake import hidden_secret

LONGEST = 200
"""What is written into the log is sealed and never erased: so it is short, and goes through the gate."""

TRIES = 3
"""How often golive tries to write what a board means before the next board says it again, and how often a
person's act is judged anew because golive recorded something in the same moment.
"""


@dataclass(slots=True, kw_only=True)
class Conductor:
    """Appends to the log of one run. What it has read of the log is kept, so that each act reads the rest.

    A draft is made of what was read and appended behind it, so no two threads are in it at once.

    `missing_for_go` tells what the plan wants proven before a GO and is not, by title.

    `pace` is how many seconds of T pass in one of a clock that is started here; of a live one, 1.
    """

    plan: Plan
    store: Store
    run: Run
    clock: Callable[[], datetime]
    pace: int = 1
    missing_for_go: Callable[[RunState, datetime], Sequence[str]] | None = None
    _events: list[Event] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.pace != 1 and self.run.environment is not Environment.REHEARSAL:
            raise ValueError(
                f"got {self.pace} × speed in a live run, expected 1; only a rehearsal is quickened"
            )

    def act(self, person: Person, wish: Wish, *, board: Board | None, evaluation: int | None) -> Event:
        """Do what a person asks. `board` is the living board, `evaluation` the one that person was shown.

        What golive itself recorded in the same moment (a task proven, a latch) is judged with the act; what
        another person did is for whoever acts to look at first. Raises `AccessDeniedError`, or
        `RefusedActError` with one sentence; then nothing has changed.
        """
        require(person, ACTIONS[wish.act])
        _refuse_unsealable(wish)
        actor = Actor(
            name=person.name,
            role=person.role,
            identity=person.identity.value,
            pseudonym=person.pseudonym,
        )
        with self._one_at_a_time:
            shown = None if evaluation is None else self.store.board(self.run.id, evaluation)
            for _ in range(TRIES):
                scene = self._scene(board, shown=None if shown is None else shown.board)
                draft = act(scene, wish, actor)
                self._refuse_unproven(scene, wish)
                event = self._append(draft)
                if event is not None:
                    return event
                if not self._was_golive(since=scene.state.seq):
                    break
            raise RefusedActError(self._overtaken())

    def _refuse_unproven(self, scene: Scene, wish: Wish) -> None:
        is_go = wish.act is Act.OVERRIDE or (wish.act is Act.DECIDE and wish.subject == BoardVerdict.GO)
        if not is_go or self.missing_for_go is None:
            return
        missing = self.missing_for_go(scene.state, scene.now)
        if missing:
            raise RefusedActError(refusing.not_proven(missing))

    def follow(self, board: Board) -> None:
        """Latch a NO-GO, let votes die, and end the tasks that this board proves.

        A person who acts just then goes first, and the board is looked at again with what that person did.
        """
        if self.plan.hour is None:
            return
        with self._one_at_a_time:
            for _ in range(TRIES):
                scene = self._scene(board)
                drafts = (latched(scene), died(scene), *proven(scene))
                if all(self._append(draft) is not None for draft in drafts if draft is not None):
                    return

    def is_done(self) -> bool:
        """Whether the next attempt was opened, or another plan adopted: then nobody judges on as before."""
        with self._one_at_a_time:
            self._read()
            state = fold(self._events)
        is_changed = state.plan_sha256 is not None and state.plan_sha256 != self.run.plan_sha256
        return is_changed or state.stage is Stage.OVER

    def offer(self, plan_sha256: str) -> None:
        """Say in the log that golive was started with another plan than the one it goes on with."""
        with self._one_at_a_time:
            for _ in range(TRIES):
                draft = offered(self._scene(None), plan_sha256)
                if draft is None or self._append(draft) is not None:
                    return

    def t_s(self) -> float | None:
        """The T-clock after what was read and done."""
        return fold(self._events).clock.at(self.clock())

    def _scene(self, board: Board | None, shown: Board | None = None) -> Scene:
        self._read()
        return Scene(
            plan=self.plan,
            plan_sha256=self.run.plan_sha256,
            attempt=self.run.attempt,
            state=fold(self._events),
            board=board,
            now=self.clock(),
            shown=shown,
            pace=self.pace,
        )

    def _read(self) -> None:
        self._events += self.store.events(self.run.id, after=len(self._events))

    def _append(self, draft: Draft) -> Event | None:
        event = self.store.append_event(self.run.id, draft, expected=len(self._events), now=self.clock())
        if event is not None:
            self._events.append(event)
        return event

    def _was_golive(self, *, since: int) -> bool:
        """Whether nobody but golive itself has recorded anything since this event."""
        self._read()
        return all(event.identity == GOLIVE.identity for event in self._events[since:])

    def _overtaken(self) -> str:
        self._read()
        first = self._events[-1]
        what = f"{first.what.value} {first.subject}".strip()
        return f"{first.actor} acted first ({what}); nothing of yours was done, look again and decide anew."


def _refuse_unsealable(wish: Wish) -> None:
    for said in (wish.reason, wish.risk, wish.control):
        if len(said) > LONGEST:
            raise RefusedActError(refusing.too_long(LONGEST, len(said)))
        kind = hidden_secret(said)
        if kind is not None:
            raise RefusedActError(refusing.withheld(kind))
