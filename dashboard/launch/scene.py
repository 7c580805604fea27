"""What an act in a run is: who asks for what, and all that it is judged by.

Pure: who acts, the state, the board and the moment are handed in. Which roles may ask for an act at all is
the table in `dashboard.access`; here is what the state of the run allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.launch import refusing
from dashboard.launch.board import Board
from dashboard.launch.event import Draft, Event, What
from dashboard.launch.inputs import is_stale
from dashboard.launch.plan import Plan
from dashboard.launch.run import UNDER_WAY, RunState, Stage


class Act(StrEnum):
    """What a person can ask of a run, in the words of a refusal."""

    START = "start the clock"
    HOLD = "hold the clock"
    RESUME = "resume the clock"
    RECYCLE = "recycle the clock"
    SCRUB = "scrub the run"
    CLOSE = "close the run"
    NEXT_ATTEMPT = "open the next attempt"
    BEGIN = "begin a task"
    TICK = "tick a task"
    SKIP = "skip a task"
    ABANDON = "abandon a task"
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge a NO-GO"
    OPEN_POLL = "open a poll"
    VOTE = "vote"
    DECLARE = "declare a poll"
    ASK_WAIVER = "ask for a waiver"
    GRANT_WAIVER = "grant a waiver"
    END_WAIVER = "end a waiver"
    ASK_OVERRIDE = "ask for an override"
    OVERRIDE = "override"
    ROLL_BACK = "roll back"
    EXPLAIN = "explain a rollback"
    ASK_PLAN = "ask for another plan"
    ADOPT_PLAN = "adopt another plan"

    @property
    def command(self) -> str:
        """What it is called in a shell."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as far as a run cares: `role` is the id of a role of the plan; `pseudonym` stands for the
    human who signed in, and is "" where nobody did.
    """

    name: str
    role: str
    identity: str
    pseudonym: str = ""

    def did(self, event: Event) -> bool:
        """Whether it was the same person, as far as golive can tell: who signed in is one in every role."""
        return (self.pseudonym or self.name) == event.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for. `subject` is a task's id, a gate's, a vote or a verdict; `board_hash` the board that
    was shown; `mark_s` the T-mark to go back to; `event_at` when it happened, if that was not just now, or
    `ago_s` how many seconds before the act; `about` the number of the event that is answered; `until`, `risk`
    and `control` are of a waiver.
    """

    act: Act
    reason: str = ""
    subject: str = ""
    board_hash: str | None = None
    mark_s: int | None = None
    event_at: datetime | None = None
    about: int | None = None
    until: datetime | None = None
    risk: str = ""
    control: str = ""
    ago_s: int = 0


class RefusedActError(Exception):
    """The act changes nothing; the message is one sentence for whoever asked."""


GOLIVE = Actor(name="golive", role="golive", identity="machine")
"""Who acts when a signal does: recorded as the machine, never as a person."""

SHOWN_FOR = timedelta(seconds=120)
"""For so long a person may look at a GO before pressing it; after that it has to be read again."""

_BEFORE_THE_END = UNDER_WAY | {Stage.PLANNED}
_AFTERWARDS_TOO = UNDER_WAY | {Stage.CLOSED}

ALLOWED_IN: Mapping[Act, frozenset[Stage]] = {
    Act.START: frozenset({Stage.PLANNED}),
    Act.HOLD: frozenset({Stage.COUNTING}),
    Act.RESUME: frozenset({Stage.HOLDING}),
    Act.RECYCLE: UNDER_WAY,
    Act.SCRUB: _BEFORE_THE_END,
    Act.CLOSE: UNDER_WAY,
    Act.NEXT_ATTEMPT: frozenset({Stage.CLOSED, Stage.SCRUBBED}),
    Act.BEGIN: UNDER_WAY,
    Act.TICK: UNDER_WAY,
    Act.SKIP: UNDER_WAY,
    Act.ABANDON: UNDER_WAY,
    Act.DECIDE: _BEFORE_THE_END,
    Act.ACKNOWLEDGE: UNDER_WAY,
    Act.OPEN_POLL: _BEFORE_THE_END,
    Act.VOTE: _BEFORE_THE_END,
    Act.DECLARE: _BEFORE_THE_END,
    Act.ASK_WAIVER: _BEFORE_THE_END,
    Act.GRANT_WAIVER: _BEFORE_THE_END,
    Act.END_WAIVER: _BEFORE_THE_END,
    Act.ASK_OVERRIDE: _BEFORE_THE_END,
    Act.OVERRIDE: _BEFORE_THE_END,
    Act.ROLL_BACK: _AFTERWARDS_TOO,
    Act.EXPLAIN: _AFTERWARDS_TOO,
    Act.ASK_PLAN: UNDER_WAY,
    Act.ADOPT_PLAN: UNDER_WAY,
}
"""In which stages of a run an act is possible; everything else is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an act is judged by. `board` is the newest, None while it is lost or not there; `shown` is the
    stored board that whoever acts was looking at, `pace` how fast a clock would run that is started now.
    """

    plan: Plan
    plan_sha256: str
    attempt: int
    state: RunState
    board: Board | None
    now: datetime
    shown: Board | None = None
    pace: int = 1


def drafted(
    scene: Scene,
    wish: Wish,
    actor: Actor,
    *,
    what: What,
    before: str,
    after: str,
    event_at: datetime | None = None,
) -> Draft:
    """The event of an act, bound to the board that was shown."""
    board = scene.shown or scene.board
    return Draft(
        what=what,
        event_at=event_at or scene.now,
        actor=actor.name,
        role=actor.role,
        identity=actor.identity,
        pseudonym=actor.pseudonym,
        subject=wish.subject,
        before=str(before),
        after=str(after),
        reason=wish.reason.strip(),
        attempt=scene.attempt,
        plan_sha256=scene.plan_sha256,
        board_hash=None if board is None else board.hash,
        evaluation=None if board is None else board.evaluation,
        mark_s=wish.mark_s,
        until=wish.until,
        risk=wish.risk.strip(),
        control=wish.control.strip(),
        about=wish.about,
    )


def need_reason(wish: Wish) -> None:
    """Blank text is none."""
    if not wish.reason.strip():
        raise RefusedActError(refusing.blank(wish.act.value))


def need_shown(scene: Scene, wish: Wish) -> Board:
    """The living board, if the one shown is named, fresh, and every mandatory gate still stands as on it."""
    board, shown = scene.board, scene.shown
    if board is None:
        raise RefusedActError(refusing.no_board())
    if shown is None or wish.board_hash != shown.hash or board.plan_sha256 != scene.plan_sha256:
        raise RefusedActError(refusing.old_board())
    moved = scene.state.clock_moved
    is_of_another_time = moved is not None and shown.evaluation <= (moved.evaluation or 0)
    if is_of_another_time or is_stale(shown.evaluated_at, scene.now, int(SHOWN_FOR.total_seconds())):
        raise RefusedActError(refusing.old_board())
    if any(gate.since > shown.evaluated_at for gate in board.gates if gate.mandatory):
        raise RefusedActError(refusing.old_board())
    return board
