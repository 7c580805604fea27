"""Tells what became of every payment of the last day by the two-hop table, for the Webhooks page.

Everything is read from what was stored; a side that was not read is blind, and makes a share unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collectors.money import Charge, LedgerEntry, MoneyEvent, WebhookEndpoint
from collectors.money_window import MoneyList
from dashboard.launch.money.purchase import Purchase
from dashboard.launch.money.truth import SETTLED_S, Share, Told, tell, truth
from dashboard.launch.money.webhook_panel import NO_RECEIPTS, WebhookPanel, first_tries, rows_of
from dashboard.launch.plan import Plan
from dashboard.purchases import PAID, as_of, blind_of, expected_of, takes
from dashboard.store.money_values import MoneyRead
from dashboard.store.store import Store

WINDOW_S = 86_400
EARLY = timedelta(days=1)
"""A ledger's clock may be off; what is credited a day before its charge is found all the same."""


@dataclass(slots=True, kw_only=True)
class Webhooks:
    """The panel of one plan. What was told is kept until something was read anew."""

    store: Store
    plan: Plan
    clock: Callable[[], datetime]
    _kept: tuple[tuple[object, ...], tuple[Purchase, ...]] | None = field(init=False, default=None)

    def panel(self) -> WebhookPanel:
        """The two hops of the last day. Raises `StoreError`."""
        now, reads = self.clock(), self.store.money.reads()
        sides, expected = as_of(reads), expected_of(self.plan)
        purchases, endpoints = self._purchases(now, reads), self._endpoints(reads)
        told = [one for each in purchases if (one := tell(each, expected, now)) is not None]
        settled = truth(told, window_s=WINDOW_S, endpoints=endpoints, now=now)
        return WebhookPanel(
            truth=settled,
            rows=rows_of(told),
            young=sum(each.created >= settled.end for each in told),
            first_tries=self._first_tries(purchases, settled.told),
            endpoints=endpoints,
            month_requests=self.store.money.month_requests(f"{now:%Y-%m}"),
            blind=tuple(blind_of(sides)),
            judged_at=now,
        )

    def _purchases(self, now: datetime, reads: Mapping[MoneyList, MoneyRead]) -> tuple[Purchase, ...]:
        state = tuple((read.list, read.at) for read in reads.values())
        if self._kept is None or self._kept[0] != state:
            self._kept = (state, tuple(self._grouped(now, reads)))
        return self._kept[1]

    def _grouped(self, now: datetime, reads: Mapping[MoneyList, MoneyRead]) -> Iterator[Purchase]:
        """Every payment of the window with its events and credits, in three reads however many there are."""
        money, start = self.store.money, now - timedelta(seconds=WINDOW_S + SETTLED_S)
        since = int(start.timestamp())
        charges: dict[str, list[Charge]] = defaultdict(list)
        for charge in money.each(Charge, since=since):
            if charge.payment_intent is not None and charge.livemode:
                charges[charge.payment_intent].append(charge)
        events: dict[str, list[MoneyEvent]] = defaultdict(list)
        for event in money.each(MoneyEvent, since=since):
            events[event.data.object.id].append(event)
        entries: dict[str, list[LedgerEntry]] = defaultdict(list)
        for entry in money.entries(since=start - EARLY, until=now + EARLY):
            if entry.payment_intent is not None:
                entries[entry.payment_intent].append(entry)
        undelivered = frozenset(each.event for each in money.undelivered() if each.left_at is None)
        seen_at = _seen_at(reads)
        sides, endpoints = as_of(reads), self._endpoints(reads)
        for intent, paid in charges.items():
            told = tuple(events[intent])
            yield Purchase(
                charges=tuple(paid),
                events=told,
                entries=tuple(entries[intent]),
                acknowledged={each.id: seen_at for each in told if each.id not in undelivered},
                undelivered=undelivered & {each.id for each in told},
                subscribed=endpoints,
                as_of=sides,
            )

    def _endpoints(self, reads: Mapping[MoneyList, MoneyRead]) -> int | None:
        read = reads.get(MoneyList.WEBHOOK_ENDPOINTS)
        if read is None or read.as_of is None:
            return None
        return sum(takes(each, PAID) for each in self.store.money.each(WebhookEndpoint))

    def _first_tries(self, purchases: tuple[Purchase, ...], told: tuple[Told, ...]) -> Share:
        if self.plan.receipts is None:
            return Share(k=None, n=0, why=NO_RECEIPTS)
        counted = {each.payment_intent for each in told}
        paid = [each.succeeded for each in purchases if each.payment_intent in counted]
        events = [event.id for event in paid if event is not None]
        return first_tries(self.store.money.receipts(), good=self.plan.receipts.good, events=events)


def _seen_at(reads: Mapping[MoneyList, MoneyRead]) -> datetime:
    """When an event was seen at the latest: at the newest read of the events."""
    read = reads.get(MoneyList.EVENTS)
    return datetime.fromtimestamp(0, UTC) if read is None else read.at
