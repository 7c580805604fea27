"""The loop that reads money while the collectors hold the lease: one window after another, each kept whole.

A step that fails is recorded with its reason, and what is known stays as old as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from collectors.asking import Asker, AskError
from collectors.ledger_denials import DenialHistory
from collectors.ledger_history import LedgerHistory
from collectors.money_window import Cursor, MoneyList, Window, is_open
from collectors.notification_log import NotificationHistory
from collectors.observation import FailureReason, Observation, Sample
from collectors.receipts import ReceiptHistory
from collectors.stripe_history import StripeHistory
from dashboard.store.money import MoneyStore
from dashboard.store.money_values import FailedRead
from dashboard.store.values import Lease
from dashboard.wiring.loops import patience, pause, told

OFTEN = (MoneyList.EVENTS, MoneyList.CHECKOUT_SESSIONS, MoneyList.PAYMENT_INTENTS, MoneyList.CHARGES)
SELDOM = (
    MoneyList.REFUNDS,
    MoneyList.DISPUTES,
    MoneyList.BALANCE_TRANSACTIONS,
    MoneyList.WEBHOOK_ENDPOINTS,
    MoneyList.DENIALS,
)
_OURS = frozenset({MoneyList.LEDGER, MoneyList.RECEIPTS, MoneyList.NOTIFICATIONS})
"""What is asked of the services of the launch in every round; none of it is a request to Stripe."""

SELDOM_EVERY = 6
"""Rounds: what moves no money by itself can be a minute old. A round asks one of these lists at most, so that
it is short: what is judged can be as old as two of them.
"""

NEWS = "stripe.deliveries"
"""The probe whose answer tells that there is an event more: then money is read at once."""

AGAIN_AT_ONCE = 20
"""So many objects are read by id in one round; the rest waits for the next ones."""

LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class MoneyReading:
    """Reads every list of Stripe, the ledger, receipts and notifications, each from where its cursor is."""

    store: MoneyStore
    lease: Lease
    asker: Asker
    stripe: StripeHistory
    ledger: LedgerHistory | None
    receipts: ReceiptHistory | None
    interval_s: float
    clock: Callable[[], datetime]
    denials: DenialHistory | None = None
    notifications: NotificationHistory | None = None
    _cursors: dict[MoneyList, Cursor] = field(init=False, default_factory=dict)
    _behind: set[MoneyList] = field(init=False, default_factory=set)
    _told: dict[MoneyList, Hashable] = field(init=False, default_factory=dict)
    _round: int = field(init=False, default=0)
    _counted: int = field(init=False, default=0)
    _events: int = field(init=False, default=0)
    _news: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def take(self, sample: Sample) -> None:
        """Hear what a probe was answered: an event that was not there before is worth a round of its own."""
        if sample.probe != NEWS or not isinstance(sample, Observation):
            return
        events = sum(int(sample.facts.get(name, 0)) for name in ("judged", "pending"))
        if events > self._events:
            self._news.set()
        self._events = events

    async def run_until(self, ended: asyncio.Event) -> None:
        """Read until told to end; a window that is on its way then is dropped, and read again by the next."""
        reading = asyncio.create_task(self._keep_reading(ended))
        ending = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

    async def round(self, *, early: bool = False) -> None:
        """Read each list that is due once, an early round only those that move money. What is not new
        is recorded together, at the end.
        """
        self._cursors = self._cursors or await asyncio.to_thread(self.store.cursors)
        again = await asyncio.to_thread(self.store.due_again, now=self.clock(), limit=AGAIN_AT_ONCE)
        due = [name for name in self._due(whole=True) if not early or name not in SELDOM]
        self._round += not early
        quiet: list[Window | FailedRead] = []
        for name in due:
            outcome = await self._outcome(name, again.get(name, ()), spare=not early)
            if isinstance(outcome, Window) and not self._is_quiet(outcome):
                await self._record(outcome)
                self._told[name] = _told_by(outcome) if outcome.caught_up else None
            else:
                quiet.append(_without_the_settled(outcome))
        if quiet:
            await self._record(*quiet)

    @property
    def is_behind(self) -> bool:
        """Whether a list has more to tell than one window took."""
        return any(self._may_ask(name) for name in self._behind)

    async def step(self, name: MoneyList) -> None:
        """Read one window of a list and keep it, or keep why it could not be read."""
        await self._record(await self._outcome(name, ()))

    async def _record(self, *outcomes: Window | FailedRead) -> None:
        sent = self.stripe.reader.sent
        await asyncio.to_thread(self.store.record, *outcomes, lease=self.lease, requests=sent - self._counted)
        self._counted = sent
        for outcome in outcomes:
            if isinstance(outcome, Window):
                self._went_on(outcome)

    def _is_quiet(self, window: Window) -> bool:
        """Whether the list told nothing but what it told the last time, and that was recorded."""
        return self._told.get(window.list) == _told_by(window) and window.caught_up and not window.missing

    async def _keep_reading(self, ended: asyncio.Event) -> None:
        time = asyncio.get_running_loop().time
        while not ended.is_set():
            started = time()
            with patience():
                await self.round()
            while self.is_behind and time() - started < self.interval_s:
                for name in list(self._due(whole=False)):
                    with patience():
                        await self.step(name)
            await self._pause(ended, until=started + self.interval_s)

    async def _pause(self, ended: asyncio.Event, *, until: float) -> None:
        """Wait for the next round, with one early round in between if there are news. Only one: Stripe is not
        asked ever more often for being busy.
        """
        time = asyncio.get_running_loop().time
        if await told(ended, self._news, seconds=until - time()):
            self._news.clear()
            with patience():
                await self.round(early=True)
        await pause(ended, max(0.0, until - time()))

    def _due(self, *, whole: bool) -> Iterator[MoneyList]:
        names = self._all() if whole else sorted(self._behind)
        yield from [name for name in names if self._may_ask(name)]

    def _all(self) -> Iterator[MoneyList]:
        yield from OFTEN
        if self.ledger is not None:
            yield MoneyList.LEDGER
        if self.receipts is not None:
            yield MoneyList.RECEIPTS
        if self.notifications is not None:
            yield MoneyList.NOTIFICATIONS
        yield from SELDOM if self._round == 0 else SELDOM[self._round % SELDOM_EVERY :][:1]

    def _may_ask(self, name: MoneyList) -> bool:
        if name is MoneyList.DENIALS:
            return self.denials is not None
        return name in _OURS or self.stripe.may_ask(name)

    async def _outcome(
        self, name: MoneyList, again: tuple[str, ...], *, spare: bool = True
    ) -> Window | FailedRead:
        try:
            return await self._read(name, self._cursors.get(name), again, spare=spare)
        except AskError as error:
            return FailedRead(list=name, at=self.clock(), reason=error.reason.value, detail=error.detail)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # Not foreseen: the gates must go on, so it is told where whoever looks for money will see it.
            detail = f"got {type(error).__name__}, expected a window: a bug of golive"
            LOG.error("%s: %s", name, detail)  # noqa: TRY400 - its text may quote an answer
            return FailedRead(list=name, at=self.clock(), reason=FailureReason.INTERNAL.value, detail=detail)

    async def _read(
        self, name: MoneyList, cursor: Cursor | None, again: tuple[str, ...], *, spare: bool
    ) -> Window:
        if name is MoneyList.LEDGER and self.ledger is not None:
            return await self.ledger.step(self.asker, cursor)
        if name is MoneyList.RECEIPTS and self.receipts is not None:
            return await self.receipts.step(self.asker, cursor)
        if name is MoneyList.DENIALS and self.denials is not None:
            return await self.denials.step(self.asker, cursor)
        if name is MoneyList.NOTIFICATIONS and self.notifications is not None:
            return await self.notifications.step(self.asker, cursor)
        return await self.stripe.step(self.asker, name, cursor, again=again, spare=spare)

    def _went_on(self, window: Window) -> None:
        self._cursors[window.list] = window.cursor
        if window.caught_up:
            self._behind.discard(window.list)
        else:
            self._behind.add(window.list)


def _told_by(window: Window) -> Hashable:
    rows = window.objects, window.entries, window.receipts, window.denials, window.notifications
    return *rows, window.undelivered


def _without_the_settled(outcome: Window | FailedRead) -> Window | FailedRead:
    """A quiet window less what is recorded as it is; of the rest it is noted when it was seen."""
    if isinstance(outcome, FailedRead):
        return outcome
    still_open = tuple(each for each in outcome.objects if is_open(each))
    return replace(
        outcome,
        objects=still_open,
        entries=(),
        receipts=(),
        denials=(),
        notifications=(),
        undelivered=None,
        is_whole=False,
    )
