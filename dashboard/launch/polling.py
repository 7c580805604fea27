"""The GO/NO-GO poll: opened by the chair, voted on by each role, declared by the chair.

A vote is bound to the board that the voter was shown. It dies with its time, and when a mandatory gate stops
being GO; a missing, dead or abstaining vote is not GO.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.launch import refusing
from dashboard.launch.binding import Poll, Vote
from dashboard.launch.board import Board, BoardVerdict
from dashboard.launch.event import Draft, Event, What
from dashboard.launch.plan import Plan
from dashboard.launch.plan import Poll as Rules
from dashboard.launch.run import RunState
from dashboard.launch.scene import (
    GOLIVE,
    Act,
    Actor,
    RefusedActError,
    Scene,
    Wish,
    drafted,
    need_reason,
    need_shown,
)
from dashboard.launch.standing import standing, worsened


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One voter of an open poll: `vote` is None while there is none that counts, and `why` says why not."""

    role: str
    title: str
    vote: Vote | None
    why: str
    cast: Event | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How the poll stands. `is_go` needs the GO of every voter, alive, at once."""

    poll: Poll
    ballots: tuple[Ballot, ...]

    @property
    def is_go(self) -> bool:
        """Whether every voter says GO."""
        return all(ballot.vote is Vote.GO for ballot in self.ballots)

    @property
    def died(self) -> str:
        """Why every earlier vote is dead, while somebody has not voted again; else empty."""
        died = self.poll.died
        is_missing = any(ballot.cast is None for ballot in self.ballots)
        return died.reason if died is not None and is_missing else ""

    @property
    def is_declared_go(self) -> bool:
        """Whether the chair has declared a GO that still stands."""
        declared = self.poll.declared
        return self.is_go and declared is not None and declared.subject == Vote.GO

    @property
    def sentence(self) -> str:
        """The poll in one sentence, naming whoever stands in the way."""
        missing = [ballot.title for ballot in self.ballots if ballot.vote is None]
        against = [ballot.title for ballot in self.ballots if ballot.vote in (Vote.NO_GO, Vote.ABSTAIN)]
        declared = None if self.poll.declared is None else self.poll.declared.subject
        return refusing.poll_stands(missing, against, declared)


def tally(plan: Plan, state: RunState, board: Board | None, now: datetime) -> Tally | None:
    """The open poll at this moment; None where there is none."""
    rules = None if plan.hour is None else plan.hour.poll
    if rules is None or state.poll is None:
        return None
    ballots = []
    for role in rules.voters:
        cast, title = state.poll.votes.get(role), plan.roles[role].title
        if cast is None:
            ballots.append(Ballot(role=role, title=title, vote=None, why="", cast=None, until=None))
            continue
        until = cast.recorded_at + timedelta(minutes=rules.ttl_min)
        dead = _dead(cast, until, board, now)
        vote, why = (Vote(cast.subject), cast.reason) if dead is None else (None, dead)
        ballots.append(Ballot(role=role, title=title, vote=vote, why=why, cast=cast, until=until))
    return Tally(poll=state.poll, ballots=tuple(ballots))


def opened(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """A new poll; the gates are sampled before it, so that voters see the evidence."""
    _need_rules(scene)
    need_shown(scene, wish)
    now = tally(scene.plan, scene.state, scene.board, scene.now)
    if now is not None and now.poll.declared is None and any(ballot.vote for ballot in now.ballots):
        raise RefusedActError(refusing.poll_open(now.sentence))
    return drafted(scene, wish, actor, what=What.POLL_OPENED, before="", after="open")


def voted(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """One role's vote, on the board that it was shown; the newest of a role counts, each stays recorded."""
    rules = _need_rules(scene)
    if scene.state.poll is None:
        raise RefusedActError(refusing.no_poll())
    if actor.role not in rules.voters:
        titles = [scene.plan.roles[role].title for role in rules.voters]
        raise RefusedActError(refusing.no_voter(titles))
    if wish.subject not in set(Vote):
        raise RefusedActError(refusing.no_vote(wish.subject))
    board = need_shown(scene, wish)
    if wish.subject == Vote.GO:
        _need_go(scene, board)
    else:
        need_reason(wish)
    earlier = scene.state.poll.votes.get(actor.role)
    before = "" if earlier is None else earlier.subject
    return drafted(scene, wish, actor, what=What.VOTED, before=before, after=wish.subject)


def declared(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """What the chair makes of the votes: never looser than they are, stricter with a reason."""
    _need_rules(scene)
    now = tally(scene.plan, scene.state, scene.board, scene.now)
    if now is None:
        raise RefusedActError(refusing.no_poll())
    if wish.subject not in (Vote.GO, Vote.NO_GO):
        raise RefusedActError(refusing.no_declaration(wish.subject))
    if wish.subject == Vote.GO:
        _need_go(scene, need_shown(scene, wish))
        if not now.is_go:
            raise RefusedActError(now.sentence)
    else:
        need_reason(wish)
    before = "" if now.poll.declared is None else now.poll.declared.subject
    return drafted(scene, wish, actor, what=What.DECLARED, before=before, after=wish.subject)


def undeclared(plan: Plan, tallied: Tally | None) -> str | None:
    """Why the poll of the plan gives no GO, or None; a plan without a poll asks for none."""
    if plan.hour is None or plan.hour.poll is None:
        return None
    if tallied is None:
        return refusing.no_poll()
    return None if tallied.is_declared_go else tallied.sentence


def died(scene: Scene) -> Draft | None:
    """The death of every vote, when a mandatory gate has stopped being GO since the oldest of them."""
    poll, board = scene.state.poll, scene.board
    if poll is None or board is None or not poll.votes:
        return None
    gate = worsened(board, min(vote.recorded_at for vote in poll.votes.values()))
    if gate is None:
        return None
    wish = Wish(act=Act.VOTE, subject=gate.id, reason=refusing.gate_fell(gate.title, gate.reason))
    return drafted(scene, wish, GOLIVE, what=What.VOTES_DIED, before="", after="died")


def _dead(cast: Event, until: datetime, board: Board | None, now: datetime) -> str | None:
    """Why a vote counts no more, or None."""
    if now >= until:
        return refusing.vote_over(until)
    gate = None if board is None else worsened(board, cast.recorded_at)
    return None if gate is None else refusing.gate_fell(gate.title, gate.reason)


def _need_rules(scene: Scene) -> Rules:
    if scene.plan.hour is None or scene.plan.hour.poll is None:
        raise RefusedActError(refusing.no_voters())
    return scene.plan.hour.poll


def _need_go(scene: Scene, board: Board) -> None:
    stands = standing(scene.plan, board, scene.state, scene.now)
    if stands.verdict is not BoardVerdict.GO:
        raise RefusedActError(refusing.not_go(stands.sentence))
