"""Every payment since a moment with its events and credits, and the credits that no payment stands for.

They are read in a few sweeps however many there are, and kept until something was read anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from collectors.money import (
    Charge,
    CheckoutSession,
    LedgerEntry,
    MoneyEvent,
    PaymentIntent,
    Refund,
    WebhookEndpoint,
)
from collectors.money_window import MoneyList
from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.purchase import Purchase, took_money
from dashboard.launch.money.truth import Told, tell
from dashboard.launch.plan import Plan
from dashboard.purchases import Ours, Reads, as_of, endpoints_of, subscribed
from dashboard.store.store import Store

EARLY = timedelta(days=1)
"""A ledger's clock may be off; what is credited a day before its charge is found all the same."""

UNDER_WAY = frozenset({"requires_confirmation", "requires_action", "processing", "requires_capture"})
"""A payment intent in such a state may still take money by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """What was read: the payments that took money, how many may do so yet, and the credits without any.
    `endpoints` is to how many a payment of now would be told, None where that is not known; `correlated` is
    the payment of each correlation id.
    """

    purchases: tuple[Purchase, ...]
    under_way: int
    unpaid: tuple[LedgerEntry, ...]
    endpoints: int | None
    reads: Reads
    correlated: Mapping[str, str] = field(default_factory=dict)

    @property
    def charged_twice(self) -> tuple[str, ...]:
        """The payments of which more than one charge took money and kept it."""
        twice = (each for each in self.purchases if len(each.kept) > 1)
        return tuple(each.payment_intent or each.charges[0].id for each in twice)

    def told(self, expected: Expected, now: datetime) -> list[Told]:
        """Each payment in its cell."""
        return [one for each in self.purchases if (one := tell(each, expected, now)) is not None]


@dataclass(slots=True, kw_only=True)
class StoredPayments:
    """Reads the payments of one plan. One at a time: not to be shared between threads."""

    store: Store
    plan: Plan
    ours: Ours
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
        charges, endpoints = self._charges(start), endpoints_of(self.store, reads)
        since = int(start.timestamp())
        intents = tuple(self.store.money.each(PaymentIntent, since=since))
        paid = [each for each in intents if each.id in charges]
        correlated = _by_correlation(paid, charges)
        entries = self._entries(start, now, correlated, charges)
        return Payments(
            purchases=tuple(self._purchases(charges, entries, reads, endpoints, since)),
            under_way=sum(each.livemode and each.status in UNDER_WAY for each in intents),
            unpaid=tuple(self._unpaid(entries, charges)),
            endpoints=subscribed(endpoints, (), self.ours),
            reads=reads,
            correlated=correlated,
        )

    def _charges(self, start: datetime) -> dict[str, list[Charge]]:
        """By payment intent; a charge without one is a payment by itself."""
        charges: dict[str, list[Charge]] = defaultdict(list)
        for charge in self.store.money.each(Charge, since=int(start.timestamp())):
            if took_money(charge):
                charges[charge.payment_intent or charge.id].append(charge)
        return charges

    def _entries(
        self,
        start: datetime,
        now: datetime,
        correlated: Mapping[str, str],
        charges: Mapping[str, Sequence[Charge]],
    ) -> dict[str | None, list[LedgerEntry]]:
        """By payment intent, as the ledger says it; a row that names none, by its correlation id. So is one
        that names one which took no money, where its charge has none: it contradicts nothing.
        """
        entries: dict[str | None, list[LedgerEntry]] = defaultdict(list)
        for entry in self.store.money.entries(since=start - EARLY, until=now + EARLY):
            named, other = entry.payment_intent, correlated.get(entry.correlation_id or "")
            by_other = named is None or (
                _is_unlinked(charges.get(other or "", ())) and not (named in charges or self._is_paid(named))
            )
            entries[other if by_other else named].append(entry)
        return entries

    def _purchases(
        self,
        charges: Mapping[str, list[Charge]],
        entries: Mapping[str | None, list[LedgerEntry]],
        reads: Reads,
        endpoints: Sequence[WebhookEndpoint] | None,
        since: int,
    ) -> Iterator[Purchase]:
        money, sides, seen_at = self.store.money, as_of(reads), _seen_at(reads)
        events: dict[str, list[MoneyEvent]] = defaultdict(list)
        for event in money.each(MoneyEvent, since=since):
            events[event.data.object.id].append(event)
        undelivered = frozenset(each.event for each in money.undelivered() if each.left_at is None)
        early = since - int(EARLY.total_seconds())  # a checkout is opened before it is paid
        sessions = {each.payment_intent: each for each in money.each(CheckoutSession, since=early)}
        refunds = self._refunds(charges, since)
        for key, paid in charges.items():
            told = tuple(events.get(key, ()))
            yield Purchase(
                session=sessions.get(key),
                charges=tuple(paid),
                events=told,
                refunds=tuple(refunds.get(key, ())),
                entries=tuple(entries.get(key, ())),
                acknowledged={each.id: seen_at for each in told if each.id not in undelivered},
                undelivered=undelivered & {each.id for each in told},
                subscribed=subscribed(endpoints, told, self.ours),
                as_of=sides,
            )

    def _refunds(self, charges: Mapping[str, list[Charge]], since: int) -> dict[str, list[Refund]]:
        """By payment. One that names no charge is of the one charge of its payment intent."""
        key_of = {each.id: key for key, these in charges.items() for each in these}
        refunds: dict[str, list[Refund]] = defaultdict(list)
        for refund in self.store.money.each(Refund, since=since):
            these = charges.get(refund.payment_intent or "", ())
            charge = refund.charge or (these[0].id if len(these) == 1 else None)
            if charge in key_of:
                refunds[key_of[charge]].append(msgspec.structs.replace(refund, charge=charge))
        return refunds

    def _unpaid(
        self, entries: Mapping[str | None, list[LedgerEntry]], charges: Mapping[str, list[Charge]]
    ) -> Iterator[LedgerEntry]:
        """Purchases of the ledger for which no money was taken, not even earlier."""
        for intent, rows in entries.items():
            given = [row for row in rows if row.kind == self.plan.ledger.purchase_kind and row.credits > 0]
            if given and intent not in charges and not self._is_paid(intent):
                yield from given

    def _is_paid(self, intent: str | None) -> bool:
        return intent is not None and any(map(took_money, self.store.money.purchase(intent).charges))


def _is_unlinked(charges: Sequence[Charge]) -> bool:
    """Whether this is a payment by a charge without a payment intent."""
    return any(each.payment_intent is None for each in charges)


def _by_correlation(paid: Sequence[PaymentIntent], charges: Mapping[str, Sequence[Charge]]) -> dict[str, str]:
    """The payment of each correlation id: the first one, where a buyer has paid for the same twice. A charge
    without a payment intent says its own.
    """
    said = [(each.metadata.correlation_id, each.id) for each in paid]
    said += [(each.metadata.correlation_id, key) for key, these in charges.items() for each in these]
    return {correlation: key for correlation, key in reversed(said) if correlation is not None}


def _seen_at(reads: Reads) -> datetime:
    """When an event was seen at the latest: at the newest read of the events."""
    read = reads.get(MoneyList.EVENTS)
    return datetime.fromtimestamp(0, UTC) if read is None else read.at
