"""Every payment since a moment with its events and credits, and the credits that no payment stands for.

They are read in a few sweeps however many there are, and kept until something was read anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collectors.money import Charge, LedgerEntry, MoneyEvent, WebhookEndpoint
from collectors.money_window import MoneyList
from dashboard.launch.money.purchase import Purchase
from dashboard.launch.plan import Plan
from dashboard.purchases import PAID, as_of, takes
from dashboard.store.money_values import MoneyRead
from dashboard.store.store import Store

EARLY = timedelta(days=1)
"""A ledger's clock may be off; what is credited a day before its charge is found all the same."""

Reads = Mapping[MoneyList, MoneyRead]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """What was read: the payments that took money or tried to, and the credits without any."""

    purchases: tuple[Purchase, ...]
    unpaid: tuple[LedgerEntry, ...]
    endpoints: int | None
    reads: Reads


@dataclass(slots=True, kw_only=True)
class StoredPayments:
    """Reads the payments of one plan. One at a time: not to be shared between threads."""

    store: Store
    plan: Plan
    _state: tuple[object, ...] = field(init=False, default=())
    _kept: Payments | None = field(init=False, default=None)

    def since(self, start: datetime, now: datetime) -> Payments:
        """The payments from `start` on, as they were read last. Raises `StoreError`."""
        reads = self.store.money.reads()
        state = (start, *((read.list, read.at) for read in reads.values()))
        if self._kept is None or state != self._state:
            self._state, self._kept = state, self._read(start, now, reads)
        return self._kept

    def _read(self, start: datetime, now: datetime, reads: Reads) -> Payments:
        charges, entries = self._charges(start), self._entries(start, now)
        endpoints = self._endpoints(reads)
        return Payments(
            purchases=tuple(self._purchases(charges, entries, reads, endpoints, start)),
            unpaid=tuple(self._unpaid(entries, charges)),
            endpoints=endpoints,
            reads=reads,
        )

    def _charges(self, start: datetime) -> dict[str, list[Charge]]:
        charges: dict[str, list[Charge]] = defaultdict(list)
        for charge in self.store.money.each(Charge, since=int(start.timestamp())):
            if charge.payment_intent is not None and charge.livemode:
                charges[charge.payment_intent].append(charge)
        return charges

    def _entries(self, start: datetime, now: datetime) -> dict[str | None, list[LedgerEntry]]:
        entries: dict[str | None, list[LedgerEntry]] = defaultdict(list)
        for entry in self.store.money.entries(since=start - EARLY, until=now + EARLY):
            entries[entry.payment_intent].append(entry)
        return entries

    def _purchases(
        self,
        charges: Mapping[str, list[Charge]],
        entries: Mapping[str | None, list[LedgerEntry]],
        reads: Reads,
        endpoints: int | None,
        start: datetime,
    ) -> Iterator[Purchase]:
        money, sides, seen_at = self.store.money, as_of(reads), _seen_at(reads)
        events: dict[str, list[MoneyEvent]] = defaultdict(list)
        for event in money.each(MoneyEvent, since=int(start.timestamp())):
            events[event.data.object.id].append(event)
        undelivered = frozenset(each.event for each in money.undelivered() if each.left_at is None)
        for intent, paid in charges.items():
            told = tuple(events.get(intent, ()))
            yield Purchase(
                charges=tuple(paid),
                events=told,
                entries=tuple(entries.get(intent, ())),
                acknowledged={each.id: seen_at for each in told if each.id not in undelivered},
                undelivered=undelivered & {each.id for each in told},
                subscribed=endpoints,
                as_of=sides,
            )

    def _unpaid(
        self, entries: Mapping[str | None, list[LedgerEntry]], charges: Mapping[str, list[Charge]]
    ) -> Iterator[LedgerEntry]:
        """Purchases of the ledger for which Stripe knows no payment, not even an older one."""
        for intent, rows in entries.items():
            given = [row for row in rows if row.kind == self.plan.ledger.purchase_kind and row.credits > 0]
            if given and intent not in charges and not self._is_paid(intent):
                yield from given

    def _is_paid(self, intent: str | None) -> bool:
        return intent is not None and bool(self.store.money.purchase(intent).charges)

    def _endpoints(self, reads: Reads) -> int | None:
        read = reads.get(MoneyList.WEBHOOK_ENDPOINTS)
        if read is None or read.as_of is None:
            return None
        return sum(takes(each, PAID) for each in self.store.money.each(WebhookEndpoint))


def _seen_at(reads: Reads) -> datetime:
    """When an event was seen at the latest: at the newest read of the events."""
    read = reads.get(MoneyList.EVENTS)
    return datetime.fromtimestamp(0, UTC) if read is None else read.at
