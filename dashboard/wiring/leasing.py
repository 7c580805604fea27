"""Waits for the lease of the collectors: of however many are started, one collects, the others stand by.

Whether a holder is gone is told by the clock that it goes by itself, where that can be read here. Another
host's clock may be ten minutes off: there it counts how long the holder has given no sign, by our own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.launch.timebase import Anchor
from dashboard.steady import SteadyClock
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease, LeaseSeen
from dashboard.wiring.loops import patience, pause

LEASE_S = 10
RENEW_S = 3.0
LOOK_S = 0.5
SIGN_WITHIN = timedelta(seconds=RENEW_S + 2)
"""So soon after the store is back a holder that lives has renewed its lease."""

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The lease, the time base of whoever had it before, and how far our clock is ahead of theirs, where that
    was seen: on another host nothing else tells.
    """

    lease: Lease
    before: Anchor | None
    ahead: timedelta | None = None


@dataclass(slots=True, kw_only=True)
class Waiting:
    """One collector that waits for its turn. `pace` is that of a T-clock that is started by it."""

    store: Store
    clock: SteadyClock
    holder: str
    pace: int = 1
    _seen: LeaseSeen | None = field(init=False, default=None)
    _seen_at: datetime | None = field(init=False, default=None)
    _ahead: timedelta | None = field(init=False, default=None)
    _is_away: bool = field(init=False, default=False)
    _back_at: datetime | None = field(init=False, default=None)
    _said: str = field(init=False, default="")

    async def until_taken(self, stop: asyncio.Event) -> Taken | None:
        """Wait, as long as it takes and whatever the store does; None where told to stop first."""
        while not stop.is_set():
            with patience():
                taken = await asyncio.to_thread(self.look)
                if taken is not None:
                    return taken
            await pause(stop, LOOK_S)
        return None

    def look(self) -> Taken | None:
        """Take the lease if its holder is gone. Raises `StoreError`."""
        seen = self._read()
        if self._is_held(seen):
            self._say_who_holds(seen)
            return None
        before = None if seen is None else seen.time_base
        now = self.clock.now_by(before)
        found = self.store.take_lease(
            COLLECTORS, self.holder, now=now, ttl_s=LEASE_S, pace=self.pace, seen=seen
        )
        if not isinstance(found, Lease):
            return None  # somebody was quicker
        LOG.info("this collector has the lease, and collects as %s", self.holder)
        return Taken(lease=found, before=before, ahead=self._ahead)

    def _read(self) -> LeaseSeen | None:
        """The lease as it stands; and since when, by our clock, it has stood like that."""
        try:
            seen = self.store.lease(COLLECTORS)
        except StoreError:
            self._is_away, self._seen = True, None
            raise
        now = self.clock.now()
        if self._is_away:
            self._is_away, self._back_at = False, now
        if self._seen != seen or self._seen_at is None:
            self._compare(seen, now)
            self._seen, self._seen_at = seen, now
        return seen

    def _compare(self, seen: LeaseSeen | None, now: datetime) -> None:
        """A sign of life that was just given tells what the holder's clock says; an old one does not."""
        is_renewed = seen is not None and self._seen is not None and seen.token == self._seen.token
        if seen is None or not is_renewed or seen.heartbeat_at is None:
            self._ahead = None
            return
        ahead = now - seen.heartbeat_at
        self._ahead = ahead if self._ahead is None else min(ahead, self._ahead)

    def _is_held(self, seen: LeaseSeen | None) -> bool:
        if seen is None or seen.holder is None or seen.until is None or self._seen_at is None:
            return False
        now = self.clock.now()
        if self._back_at is not None and now - self._back_at < SIGN_WITHIN:
            return True  # while the store was away nobody could give a sign
        if seen.time_base is not None and self.clock.knows(seen.time_base):
            return seen.until > self.clock.now_by(seen.time_base)
        return now - self._seen_at < timedelta(seconds=LEASE_S)

    def _say_who_holds(self, seen: LeaseSeen | None) -> None:
        holder = "nobody" if seen is None or seen.holder is None else seen.holder
        if holder != self._said:
            LOG.warning("another collector holds the lease (%s); this one waits until it is free", holder)
        self._said = holder


def holder_name() -> str:
    """Who this collector is, as another one will print it."""
    return f"{socket.gethostname()}, process {os.getpid()}"
