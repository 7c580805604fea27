"""What people, and golive itself, did in a run: one append-only log, of which all state of a run is a fold.

An event is written once and never changed; a correction is another event. `event_at` is when it happened,
`recorded_at` when it was written, and both are kept so that a back-dated entry is visible as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class What(StrEnum):
    """Everything that can happen in a run."""

    STARTED = "clock started"
    HELD = "clock held"
    RESUMED = "clock resumed"
    RECYCLED = "clock recycled"
    SCRUBBED = "run scrubbed"
    CLOSED = "run closed"
    NEXT_ATTEMPT = "next attempt opened"
    BEGUN = "task begun"
    TICKED = "task ticked"
    PROVEN = "task proven"
    SKIPPED = "task skipped"
    ABANDONED = "task abandoned"
    DECIDED = "decided"
    LATCHED = "NO-GO latched"
    ACKNOWLEDGED = "NO-GO acknowledged"
    POLL_OPENED = "poll opened"
    VOTED = "voted"
    VOTES_DIED = "votes died"
    DECLARED = "poll declared"
    WAIVER_ASKED = "waiver asked for"
    WAIVED = "waiver granted"
    WAIVER_ENDED = "waiver ended"
    OVERRIDE_ASKED = "override asked for"
    OVERRIDDEN = "override granted"
    ROLLED_BACK = "rolled back"
    EXPLAINED = "rollback explained"
    PLAN_OFFERED = "another plan offered"
    PLAN_ASKED = "another plan asked for"
    PLAN_CHANGED = "plan changed"
    CLOCK_MOVED = "clock moved"


_AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event before the log has given it its number and the time at which it was written.

    `pseudonym` stands for the human who signed in, whichever role they acted as; "" where nobody did.
    `subject` is what it is about: a task's id, a gate's, or the decision (GO, NO_GO, HOLD); `before` and
    `after` are the old and the new state of it. `board_hash` and `evaluation` name the board that whoever
    acted was shown. `about` is the number of the event that this one answers: a granted waiver, the one that
    asked for it.

    Only some have the rest: `mark_s` is the T-mark of a recycle; `until`, `risk` and `control` (the
    compensating control) belong to a waiver; `pace` to a start, in seconds of the T-clock per second, 1 but
    in a quickened rehearsal; `shift_ms` says by how much later the same instant is called from here on.
    """

    what: What
    event_at: datetime
    actor: str
    role: str
    identity: str
    subject: str
    before: str
    after: str
    reason: str
    attempt: int
    plan_sha256: str
    board_hash: str | None = None
    evaluation: int | None = None
    mark_s: int | None = None
    until: datetime | None = None
    risk: str = ""
    control: str = ""
    about: int | None = None
    pace: int | None = None
    shift_ms: int | None = None
    pseudonym: str = ""

    @property
    def by(self) -> str:
        """Who it was, as far as golive can tell two people apart."""
        return self.pseudonym or self.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Draft):
    """A recorded event. `seq` counts from 1 within a run without a gap."""

    seq: int
    recorded_at: datetime

    @property
    def is_back_dated(self) -> bool:
        """Whether it was written down well after it happened."""
        return self.recorded_at - self.event_at >= _AT_ONCE
