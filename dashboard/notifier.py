"""Announces a run: puts what happened into the outbox, has each channel deliver it, records how that went.

It reads what judging has stored and runs beside it, so that no channel, however slow, holds up a verdict. A
notice is sent at least once: golive killed between a delivery and its record delivers that one again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from dashboard.launch.announcing import Announcer
from dashboard.launch.board import Flip
from dashboard.launch.delivery import GIVE_UP_AFTER, Attempt, Outcome, Pending, UndeliveredError, failed_again
from dashboard.launch.event import Event
from dashboard.launch.notice_wording import NOT_TRIED
from dashboard.store.errors import LeaseLostError, StoreError
from dashboard.store.store import Store
from dashboard.store.values import Lease, Run

LOOK_S = 0.5
STOP_S = 2.0
"""So long a delivery under way may go on when golive ends."""

OVERLAP = timedelta(minutes=1)
"""What was recorded shortly before the newest notice may have been put in after it."""

FLIPS_LIMIT = 1_000
"""The most flips that a start looks back on: ten minutes of a plan whose gates all flap."""

LOG = logging.getLogger(__name__)


class Channel(Protocol):
    """Delivers one notice at a time. Raises `UndeliveredError`."""

    @property
    def name(self) -> str: ...

    async def send(self, text: str) -> None: ...


@dataclass(slots=True, kw_only=True)
class Notifier:
    """The announcing of one run, under its lease, over channels with different names."""

    store: Store
    run: Run
    lease: Lease
    announcer: Announcer
    channels: Sequence[Channel]
    clock: Callable[[], datetime]
    look_s: float = LOOK_S
    _events: list[Event] = field(default_factory=list)
    _since: datetime | None = None
    _told_event: int = 0
    _told_evaluation: int = 0
    _told: set[str] = field(default_factory=set)
    _waiting: dict[tuple[str, str], Pending] = field(default_factory=dict)
    _sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _unrecorded: list[Attempt] = field(default_factory=list)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Announce until told to stop. Raises `LeaseLostError`; what else fails is logged and tried again."""
        try:
            while not stop.is_set():
                await self._turn_patiently()
                await self._next_turn(stop)
        finally:
            await self._end()

    async def turn(self) -> None:
        """Record how deliveries went, put in what is new, and begin every delivery that is due."""
        await self._record()
        since = self._since or await self._resume()
        if self.channels:
            for made in await asyncio.to_thread(self._put_in, since):
                self._waiting[made.notice.key, made.channel] = made
        self._give_up()
        for channel in self.channels:
            self._begin(channel)

    async def _turn_patiently(self) -> None:
        try:
            await self.turn()
        except LeaseLostError:
            raise
        except StoreError as error:
            LOG.warning("notices wait: %s", error)
        except Exception:
            LOG.exception("announcing failed and is tried again")

    async def _next_turn(self, stop: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(self._woken.wait())}
        await asyncio.wait(waits, timeout=self.look_s, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()
        self._woken.clear()

    async def _resume(self) -> datetime:
        """Go on where the last process stopped. What a first start finds older than news is not announced."""
        found = await asyncio.to_thread(self.store.waiting_notices, self.run.id)
        self._waiting = {(each.notice.key, each.channel): each for each in found}
        newest = await asyncio.to_thread(self.store.newest_notice_at, self.run.id)
        self._since = self.clock() - GIVE_UP_AFTER if newest is None else newest - OVERLAP
        return self._since

    def _put_in(self, since: datetime) -> list[Pending]:
        head = self.store.head(self.run.id)
        if head is None:
            return []
        if head.event_seq > len(self._events):
            self._events += self.store.events(self.run.id, after=len(self._events))
        evaluation = head.evaluation or 0
        now = self.clock()
        old = (event.seq for event in self._events[self._told_event :] if event.recorded_at < since)
        told = [
            *self.announcer.of_flips(self._flips(evaluation, since), self._events),
            *self.announcer.of_events(self._events, after=max(old, default=self._told_event)),
            *self.announcer.of_tasks(self._events, now),
        ]
        fresh = [notice for notice in told if notice.key not in self._told and notice.at >= since]
        made: list[Pending] = []
        if fresh:
            names = [channel.name for channel in self.channels]
            made = self.store.put_notices(self.run.id, fresh, channels=names, now=now, lease=self.lease)
        self._told |= {notice.key for notice in fresh}
        self._told_event, self._told_evaluation = len(self._events), evaluation
        return made

    def _flips(self, evaluation: int, since: datetime) -> list[Flip]:
        if self._told_evaluation == 0:
            newest = self.store.flips(self.run.id, FLIPS_LIMIT)
            return [flip for flip in reversed(newest) if flip.at >= since]
        if self._told_evaluation == evaluation:
            return []
        found = self.store.flips_between(self.run.id, self._told_evaluation, evaluation)
        return [flip for flips in found.values() for flip in flips]

    def _give_up(self) -> None:
        now, busy = self.clock(), set(self._sending)
        for each in [*self._waiting.values()]:
            if each.is_too_old(now) and each.channel not in busy:
                self._became(each, Outcome.GIVEN_UP, each.error or NOT_TRIED)

    def _begin(self, channel: Channel) -> None:
        if channel.name in self._sending:
            return
        now = self.clock()
        mine = [each for each in self._waiting.values() if each.channel == channel.name]
        due = min(
            (each for each in mine if each.next_at <= now), key=lambda each: each.notice.at, default=None
        )
        if due is not None:
            self._sending[channel.name] = asyncio.create_task(self._deliver(channel, due))

    async def _deliver(self, channel: Channel, due: Pending) -> None:
        try:
            await channel.send(due.notice.text)
        except UndeliveredError as error:
            self._became(due, Outcome.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - a channel's bug is shown; its text may quote an address
            self._became(due, Outcome.FAILED, f"a fault of golive ({type(error).__name__})")
        else:
            self._became(due, Outcome.SENT)
        finally:
            del self._sending[channel.name]

    def _became(self, each: Pending, outcome: Outcome, error: str = "") -> None:
        key = (each.notice.key, each.channel)
        attempt = Attempt(key=key[0], channel=key[1], at=self.clock(), outcome=outcome, error=error)
        if outcome is Outcome.FAILED:
            self._waiting[key] = failed_again(each, attempt)
        else:
            del self._waiting[key]
        self._unrecorded.append(attempt)
        self._woken.set()

    async def _record(self) -> None:
        made = tuple(self._unrecorded)
        if made:
            await asyncio.to_thread(self.store.record_attempts, self.run.id, made, lease=self.lease)
            del self._unrecorded[: len(made)]

    async def _end(self) -> None:
        if self._sending:
            await asyncio.wait([*self._sending.values()], timeout=STOP_S)
        for task in [*self._sending.values()]:
            task.cancel()
        with suppress(StoreError):
            await self._record()
