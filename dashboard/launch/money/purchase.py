"""Everything that is known of one purchase, from both sides, and up to when each side was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from collectors.money import (
    Charge,
    CheckoutSession,
    Dispute,
    LedgerEntry,
    MoneyEvent,
    PaymentIntent,
    Refund,
)


class Side(StrEnum):
    """What is read for itself, and can be blind for itself."""

    PAYMENTS = "payments"
    EVENTS = "events"
    DELIVERIES = "deliveries"
    LEDGER = "ledger"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """Up to when a side was read without a gap.

    `at` is by the side's own clock, as are the stamps of what it tells; `read_at` by ours. Both are None,
    where it was never read; `why` says what is wrong with it, "" where the newest read was good.
    """

    at: datetime | None = None
    read_at: datetime | None = None
    why: str = ""

    def is_old(self, now: datetime, stale_s: int) -> bool:
        """Whether the newest read is too old to tell what is missing."""
        return self.read_at is None or now - self.read_at > timedelta(seconds=stale_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSeen:
    """That the buyer's balance had grown by the credits; `at` is the first read that showed it."""

    at: datetime
    credits: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One purchase. `acknowledged` maps an event to the first read in which Stripe no longer listed it as
    undelivered, `undelivered` are the events that it still lists; `subscribed` is how many enabled live
    endpoints take the event, None where that is not known.
    """

    session: CheckoutSession | None = None
    intent: PaymentIntent | None = None
    charges: tuple[Charge, ...] = ()
    events: tuple[MoneyEvent, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    acknowledged: Mapping[str, datetime] = field(default_factory=dict)
    undelivered: frozenset[str] = frozenset()
    subscribed: int | None = None
    balance: BalanceSeen | None = None
    account: str | None = None
    as_of: Mapping[Side, AsOf] = field(default_factory=dict)

    @property
    def payment_intent(self) -> str | None:
        """The id that everything of a purchase carries; None before it was confirmed."""
        if self.intent is not None:
            return self.intent.id
        named = (charge.payment_intent for charge in self.charges)
        return (self.session and self.session.payment_intent) or next(filter(None, named), None)

    @property
    def paid(self) -> Charge | None:
        """The charge that took the money: the first one that succeeded."""
        succeeded = [charge for charge in self.charges if charge.status == "succeeded" and charge.paid]
        return min(succeeded, key=lambda charge: (charge.created, charge.id), default=None)

    @property
    def has_taken_money(self) -> bool:
        """Whether a live charge was captured: an authorization, and a test, are no money."""
        return any(took_money(charge) for charge in self.charges)

    @property
    def is_given_back(self) -> bool:
        """Whether refunds that succeeded gave back all that was taken: one that is pending, or was not read,
        gives back nothing.
        """
        return self.has_taken_money and not self.kept

    @property
    def kept(self) -> tuple[Charge, ...]:
        """The charges that took money that was not given back, the first one first."""
        taken = sorted(filter(took_money, self.charges), key=lambda charge: (charge.created, charge.id))
        return tuple(charge for charge in taken if not given_back(charge, self.refunds))

    @property
    def succeeded(self) -> MoneyEvent | None:
        """The event that told of it."""
        told = [event for event in self.events if event.type == "payment_intent.succeeded"]
        return min(told, key=lambda event: (event.created, event.id), default=None)

    @property
    def credits(self) -> tuple[LedgerEntry, ...]:
        """The rows of the ledger that gave something for it."""
        return tuple(entry for entry in self.entries if entry.credits > 0)

    def read(self, side: Side) -> AsOf:
        """Up to when this side was read."""
        return self.as_of.get(side, AsOf())


def given_back(charge: Charge, refunds: Iterable[Refund]) -> bool:
    """Whether those of the refunds that are this charge's and succeeded come to all that it took. What the
    charge says of it may be from before, since it is not read again for a refund.
    """
    own = (each for each in refunds if each.charge == charge.id and each.currency == charge.currency)
    return 0 < charge.amount_captured <= sum(each.amount for each in own if each.status == "succeeded")


def took_money(charge: Charge) -> bool:
    """Whether this charge took money: live, succeeded and captured."""
    return charge.livemode and charge.status == "succeeded" and charge.paid and charge.captured
