"""The heartbeats of the collectors as they come in at this dashboard, which may go by another clock.

What is stamped by a clock that is ahead would be fresh again ten minutes after they died, and what is stamped
by one that is behind looks dead while they live. So it counts when something new was heard, too; and what was
there when this dashboard began to listen was heard by nobody, however fresh it looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.launch import wording
from dashboard.launch.inputs import is_stale
from dashboard.launch.showing import HEARTBEAT_LIMIT_S

SURE = 2
"""So many in a row tell that it is the clock: one that comes in late tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why the board must not be believed, and what would change that."""

    why: str
    mend: str


@dataclass(slots=True)
class Heartbeats:
    """What was heard, by the dashboard's own clock. `is_listening` is whether the store was read before."""

    is_listening: bool = False
    _found: datetime | None = None
    _newest: datetime | None = None
    _heard_at: datetime | None = None
    _in_a_row: int = 0

    def hear(self, newest: datetime | None, now: datetime) -> None:
        """What the store says now of the newest one."""
        was_listening, self.is_listening = self.is_listening, True
        if newest == self._newest or newest is None:
            return
        self._found = None if was_listening else newest
        is_next = self._newest is not None and self._heard_at is not None
        self._in_a_row = self._in_a_row + 1 if is_next and not self._is_silent(now) else 0
        self._newest, self._heard_at = newest, now

    def trouble(self, now: datetime) -> Trouble | None:
        """What the stamp of the newest one does not tell by itself."""
        if self._newest is None or self._heard_at is None:
            return None
        is_fresh = not is_stale(self._newest, now, HEARTBEAT_LIMIT_S)
        if is_fresh and self._is_silent(now):
            return Trouble(why=wording.no_heartbeat(self._heard_at), mend=wording.COLLECTORS_BACK)
        if is_fresh and self._found is not None:
            return Trouble(why=wording.not_heard_yet(self._heard_at), mend=wording.COLLECTORS_BACK)
        came_in_time = not is_stale(self._newest, self._heard_at, HEARTBEAT_LIMIT_S)
        if is_fresh or came_in_time or self._is_silent(now) or self._in_a_row < SURE:
            return None
        ahead_s = (self._newest - self._heard_at).total_seconds()
        return Trouble(why=wording.clocks_differ(ahead_s), mend=wording.CLOCKS_SET)

    def _is_silent(self, now: datetime) -> bool:
        return self._heard_at is not None and is_stale(self._heard_at, now, HEARTBEAT_LIMIT_S)
