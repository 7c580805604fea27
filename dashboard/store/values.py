"""What the store takes and gives: frozen values, never rows.

Every instant is an aware UTC datetime and comes in from the caller; the store reads no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.observation import Environment
from dashboard.launch.board import Board
from dashboard.launch.inputs import Input
from dashboard.launch.timebase import Anchor

COLLECTORS: Final = "collectors"
"""The lease that the one collector of a store holds; its heartbeat is the one that `head` reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt at a launch. `plan_sha256` is the plan that it is judged by now; `under_way` from T-0 on
    until it ends, and so long its plan is frozen.
    """

    id: int
    environment: Environment
    plan_id: str
    plan_sha256: str
    attempt: int
    started_at: datetime
    under_way: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBoard:
    """One evaluation as it was recorded: what was seen, what judging remembered, what it had looked at."""

    board: Board
    memory: bytes
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """One evaluation as it lies in the store: `content` is the board that nobody has read yet, `verdict` and
    `hash` are what is listed beside it.
    """

    evaluation: int
    evaluated_at: datetime
    verdict: str
    hash: str
    content: str
    memory: bytes
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInput:
    """A sample as it was read back; `altered` where its content is no longer what its hash names."""

    input: Input
    altered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far a run has come. `event_seq` is 0 and all else None until there is something to tell;
    `time_base` is what the collectors go by, `delivery_id` the newest line of the outbox, 0 before the first.
    """

    event_seq: int
    evaluation: int | None
    evaluated_at: datetime | None
    sample_id: int | None
    heartbeat_at: datetime | None
    holder: str | None
    time_base: Anchor | None = None
    delivery_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write. `token` grows with every take-over, so that an old holder is told apart."""

    name: str
    holder: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseSeen:
    """A lease as it stood when it was looked at. `until` and `heartbeat_at` are by the clock of its holder,
    and `time_base` is that clock; `holder` is None where nobody has it.
    """

    holder: str | None
    token: int
    until: datetime | None
    heartbeat_at: datetime | None
    time_base: Anchor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Somebody else has the lease, and until when if they do not renew it."""

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """A person asked for a probe that golive does not run by itself."""

    id: int
    probe: str
    actor: str
    role: str
    identity: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAction:
    """Something that a person did. `identity` says how sure golive is of who it was."""

    id: int
    actor: str
    role: str
    identity: str
    what: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinning:
    """How long everything stays (`Store.thin` states the rule), and how much one call may do."""

    keep_samples_s: int = 86_400
    keep_boards_s: int = 600
    minutes_per_call: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """What one call of thinning took away, and whether there is nothing more to take now."""

    samples: int
    evaluations: int
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinnedTo:
    """Up to when a run has been thinned, None where nothing was ever taken away; and the launch in it, of
    which nothing ever is (`whole_to` is None while it goes on).
    """

    samples_before: datetime | None
    boards_before: datetime | None
    whole_from: datetime | None
    whole_to: datetime | None

    def has_samples_gone(self, at: datetime) -> bool:
        """Whether thinning may have taken samples of this moment."""
        return self._gone(at, self.samples_before)

    def has_boards_gone(self, at: datetime) -> bool:
        """Whether thinning may have taken evaluations of this moment."""
        return self._gone(at, self.boards_before)

    def _gone(self, at: datetime, before: datetime | None) -> bool:
        is_whole = self.whole_from is not None and self.whole_from < at
        is_whole = is_whole and (self.whole_to is None or at <= self.whole_to)
        return before is not None and at < before and not is_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """What `golive doctor` prints of the store. `integrity` is None where the database has no such check."""

    url: str
    environment: Environment
    schema: str
    opened_by: str
    size_bytes: int
    counts: Mapping[str, int]
    newest_observed_at: datetime | None
    integrity: str | None
