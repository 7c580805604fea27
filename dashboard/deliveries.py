"""What was not delivered, as every viewer is told; the outbox is read only when it has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.launch.delivery import Attempt, Pending, shown_since, undelivered
from dashboard.store.store import Store
from dashboard.store.values import Head, Run


@dataclass(slots=True, kw_only=True)
class Deliveries:
    """What the outbox of a run held when it was last read."""

    store: Store
    _read: tuple[int, int] = (0, 0)
    _waiting: tuple[Pending, ...] = ()
    _given_up: tuple[Attempt, ...] = ()

    def look(self, run: Run, head: Head, now: datetime) -> None:
        """Read the outbox of this run if it has grown; another run's outbox is another outbox."""
        if self._read == (run.id, head.delivery_id):
            return
        is_empty = head.delivery_id == 0
        since = shown_since(now)
        self._waiting = () if is_empty else self.store.waiting_notices(run.id)
        self._given_up = () if is_empty else tuple(self.store.given_up_notices(run.id, since=since))
        self._read = (run.id, head.delivery_id)

    def undelivered(self, now: datetime) -> tuple[str, ...]:
        """One sentence for each channel that fails or has given something up."""
        return undelivered(self._waiting, self._given_up, now)
