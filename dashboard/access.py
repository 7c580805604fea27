"""Who you are and what your role may do: one table, used by pages, API and commands. The default is deny."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dashboard.launch.plan import Role, RoleKind
from dashboard.launch.scene import Act


class Identity(StrEnum):
    """How sure golive is of who acted; stored with every action."""

    ASSERTED = "asserted"  # picked from a menu or typed
    LOGIN = "login"  # an authenticated session
    SIGNED = "signed"  # a key or PIN of the role


class Action(StrEnum):
    """Everything that can be seen or done, in the words of a refusal ("may not …")."""

    SEE_BOARD = "see the board"
    SEE_SERVICES = "see the services' answers"
    SEE_REHEARSAL = "see the rehearsal"
    START_PURCHASE = "buy, refund or use in the rehearsal"
    CHANGE_FAULT = "put a fault in or take it out"
    START_PROBE = "start a probe that writes"
    SEE_TIMELINE = "see the timeline"
    SEE_REPLAY = "see the replay"
    SEE_MONEY = "see the money"
    SEE_EVIDENCE = "see the evidence"
    HAND_IN_EVIDENCE = "hand evidence in"
    REVIEW_EVIDENCE = "review evidence"
    TAKE_EVIDENCE = "take evidence away"
    ERASE_EVIDENCE = "erase evidence"
    START_CLOCK = "start the clock"
    HOLD_CLOCK = "hold the clock"
    RESUME_CLOCK = "resume the clock"
    RECYCLE_CLOCK = "recycle the clock"
    SCRUB = "scrub the run"
    CLOSE = "close the run"
    NEXT_ATTEMPT = "open the next attempt"
    BEGIN_TASK = "begin a task"
    END_TASK = "end a task"
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge a NO-GO"
    CHAIR_POLL = "open or declare a poll"
    VOTE = "vote"
    ASK_WAIVER = "ask for a waiver"
    GRANT_WAIVER = "grant or end a waiver"
    ASK_OVERRIDE = "ask for an override"
    OVERRIDE = "be the second of an override"
    ROLL_BACK = "roll back"
    ASK_PLAN = "ask for another plan"
    ADOPT_PLAN = "adopt another plan"


class Scope(StrEnum):
    """What a bearer token may be for: one for each kind of answer that a script can ask for."""

    BOARD = "golive:board"
    METRICS = "golive:metrics"
    RUNS = "golive:runs"
    FLIPS = "golive:flips"
    EVIDENCE = "golive:evidence"
    TRACE = "golive:trace"


SHOWN_OF_PSEUDONYM = 6

_ALL = frozenset(RoleKind)
_WORKING = frozenset({RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD, RoleKind.FINANCE})

ALLOWED: Mapping[Action, frozenset[RoleKind]] = {
    Action.SEE_BOARD: _ALL,
    Action.SEE_SERVICES: _ALL,
    Action.SEE_REHEARSAL: _ALL,
    Action.START_PURCHASE: _WORKING,
    Action.CHANGE_FAULT: frozenset({RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD}),
    Action.START_PROBE: frozenset({RoleKind.COORDINATOR, RoleKind.LEAD}),
    Action.SEE_TIMELINE: _ALL,
    Action.SEE_REPLAY: _ALL,
    Action.SEE_MONEY: _ALL,
    Action.SEE_EVIDENCE: _ALL,
    Action.HAND_IN_EVIDENCE: frozenset({RoleKind.COORDINATOR, RoleKind.LEAD, RoleKind.FINANCE}),
    Action.REVIEW_EVIDENCE: _WORKING,
    Action.TAKE_EVIDENCE: _ALL - {RoleKind.VIEWER},
    Action.ERASE_EVIDENCE: frozenset({RoleKind.CHAIR, RoleKind.COORDINATOR}),
    Action.START_CLOCK: frozenset({RoleKind.CEO, RoleKind.COORDINATOR}),
    Action.HOLD_CLOCK: frozenset({RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR}),
    Action.RESUME_CLOCK: frozenset({RoleKind.COORDINATOR}),
    Action.RECYCLE_CLOCK: frozenset({RoleKind.COORDINATOR}),
    Action.SCRUB: frozenset({RoleKind.CEO, RoleKind.COORDINATOR}),
    Action.CLOSE: frozenset({RoleKind.COORDINATOR}),
    Action.NEXT_ATTEMPT: frozenset({RoleKind.COORDINATOR}),
    Action.BEGIN_TASK: frozenset({RoleKind.COORDINATOR, RoleKind.LEAD}),
    Action.END_TASK: frozenset({RoleKind.COORDINATOR, RoleKind.LEAD}),
    Action.DECIDE: frozenset({RoleKind.CEO}),
    Action.ACKNOWLEDGE: frozenset({RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR}),
    Action.CHAIR_POLL: frozenset({RoleKind.CHAIR}),
    Action.VOTE: _WORKING - {RoleKind.CHAIR},
    Action.ASK_WAIVER: _WORKING,
    Action.GRANT_WAIVER: frozenset({RoleKind.CEO, RoleKind.CHAIR}),
    Action.ASK_OVERRIDE: frozenset({RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR}),
    Action.OVERRIDE: frozenset({RoleKind.CEO, RoleKind.CHAIR}),
    Action.ASK_PLAN: frozenset({RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR}),
    Action.ADOPT_PLAN: frozenset({RoleKind.CEO, RoleKind.CHAIR}),
    Action.ROLL_BACK: frozenset({RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD}),
}


ACTIONS: Mapping[Act, Action] = {
    Act.START: Action.START_CLOCK,
    Act.HOLD: Action.HOLD_CLOCK,
    Act.RESUME: Action.RESUME_CLOCK,
    Act.RECYCLE: Action.RECYCLE_CLOCK,
    Act.SCRUB: Action.SCRUB,
    Act.CLOSE: Action.CLOSE,
    Act.NEXT_ATTEMPT: Action.NEXT_ATTEMPT,
    Act.BEGIN: Action.BEGIN_TASK,
    Act.TICK: Action.END_TASK,
    Act.SKIP: Action.END_TASK,
    Act.ABANDON: Action.END_TASK,
    Act.DECIDE: Action.DECIDE,
    Act.ACKNOWLEDGE: Action.ACKNOWLEDGE,
    Act.OPEN_POLL: Action.CHAIR_POLL,
    Act.DECLARE: Action.CHAIR_POLL,
    Act.VOTE: Action.VOTE,
    Act.ASK_WAIVER: Action.ASK_WAIVER,
    Act.GRANT_WAIVER: Action.GRANT_WAIVER,
    Act.END_WAIVER: Action.GRANT_WAIVER,
    Act.ASK_OVERRIDE: Action.ASK_OVERRIDE,
    Act.OVERRIDE: Action.OVERRIDE,
    Act.ROLL_BACK: Action.ROLL_BACK,
    Act.EXPLAIN: Action.ROLL_BACK,
    Act.ASK_PLAN: Action.ASK_PLAN,
    Act.ADOPT_PLAN: Action.ADOPT_PLAN,
}
"""What of this table each act in a run needs."""

SCOPES: Mapping[Scope, Action] = {
    Scope.BOARD: Action.SEE_BOARD,
    Scope.METRICS: Action.SEE_BOARD,
    Scope.RUNS: Action.SEE_REPLAY,
    Scope.FLIPS: Action.SEE_REPLAY,
    Scope.EVIDENCE: Action.SEE_EVIDENCE,
    Scope.TRACE: Action.SEE_MONEY,
}
"""What of this table whoever asks for each kind of answer needs, with a token of that scope or without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whoever acts. `role` is the id of a role in the plan, `title` how the screen calls it; `pseudonym`
    stands for the human who signed in, whichever role they act as, and is "" where nobody did.
    """

    name: str
    role: str
    title: str
    kind: RoleKind
    identity: Identity
    pseudonym: str = ""

    @property
    def by(self) -> str:
        """Who it is, as far as golive can tell two people apart."""
        return self.pseudonym or self.name

    @property
    def sealed_as(self) -> str:
        """What a record calls them: what people call themselves is not sealed."""
        return self.pseudonym or self.role


def asserted(role_id: str, role: Role) -> Person:
    """Whoever says to be this role: called by its title, and proven by nothing."""
    return Person(name=role.title, role=role_id, title=role.title, kind=role.kind, identity=Identity.ASSERTED)


def signed_in(role_id: str, role: Role, pseudonym: str) -> Person:
    """Who signed in and acts as this role of theirs."""
    name = f"{role.title} {pseudonym[:SHOWN_OF_PSEUDONYM]}"
    return Person(
        name=name,
        role=role_id,
        title=role.title,
        kind=role.kind,
        identity=Identity.LOGIN,
        pseudonym=pseudonym,
    )


def script(identity: Identity) -> Person:
    """Whoever asks without being a person of the launch: it sees what a viewer sees, whatever else its token
    says, and can do nothing.
    """
    return Person(name="A script", role="", title="A script", kind=RoleKind.VIEWER, identity=identity)


class AccessDeniedError(Exception):
    """The person's role may not do this; the message is for that person."""

    def __init__(self, person: Person, action: Action) -> None:
        super().__init__(_denial(person, action))
        self.person = person
        self.action = action


def allows(kind: RoleKind, action: Action) -> bool:
    """Whether the table names this kind of role for this action."""
    return kind in ALLOWED.get(action, frozenset())


def denied(person: Person, action: Action) -> str | None:
    """That the person may not do this, and who may, as a sentence; None where the person may."""
    return None if allows(person.kind, action) else _denial(person, action)


def require(person: Person, action: Action) -> None:
    """Return silently where allowed; raise `AccessDeniedError` otherwise."""
    if not allows(person.kind, action):
        raise AccessDeniedError(person, action)


def _denial(person: Person, action: Action) -> str:
    may = sorted(ALLOWED.get(action, frozenset()))
    return f"{person.title} may not {action.value}; a {' or '.join(may) or 'nobody'} may."
