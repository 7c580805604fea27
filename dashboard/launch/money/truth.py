"""What became of every payment of a window: the two hops as counts, never as one number.

Hop 1 is Stripe's own view of the delivery, end to end is the ledger's view of the credit. The two are never
multiplied, and what cannot be attributed is a bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.launch.board import CheckResult
from dashboard.launch.money.crediting import Expected, credit_of, delivery_of, moment
from dashboard.launch.money.hops import Cell, Credit, Delivery, cell
from dashboard.launch.money.interval import Interval, wilson
from dashboard.launch.money.purchase import Purchase

NO_PAYMENT = "not applicable: no payment in the window"

UNKNOWABLE = (
    "whether the first try of a delivery succeeded, but for what the receiver logged itself",
    "the response codes and the latency of Stripe's deliveries",
    "which of several endpoints failed",
    "deliveries to an endpoint that was disabled",
    "an event that Stripe never generated, but for the payment that lacks it",
    "anything older than 30 days",
)
"""What no API tells: said on the panel, so that nobody takes a silence for a success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One payment in its cell."""

    payment_intent: str
    created: datetime
    cell: Cell
    delivery: Delivery
    credit: Credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """k of n with its interval; `least_k` is the bound where failures cannot be attributed to our endpoint.

    `k` is None, with the reason in `why`, where there is no share to tell: never 0, never 100 %.
    """

    k: int | None
    n: int
    why: str = ""
    least_k: int | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Every payment of [start, end) in its cell, and both shares."""

    start: datetime
    end: datetime
    told: tuple[Told, ...] = field(default_factory=tuple)
    hop_1: Share
    end_to_end: Share

    def of(self, name: str) -> tuple[Told, ...]:
        """The payments in the cell of this name, the oldest first."""
        return tuple(each for each in self.told if each.cell.name == name)


def tell(purchase: Purchase, expected: Expected, now: datetime) -> Told | None:
    """The cell of a purchase; None where no money was taken, which is no payment. A charge without a payment
    intent is a payment by its own id.
    """
    paid = purchase.paid
    if paid is None or not purchase.has_taken_money:
        return None
    delivery, credit = delivery_of(purchase, expected, now), credit_of(purchase, expected, now)
    found = cell(delivery, credit)
    return Told(
        payment_intent=purchase.payment_intent or paid.id,
        created=moment(paid.created),
        cell=found,
        delivery=delivery,
        credit=credit,
    )


def truth(
    told: Iterable[Told], *, window_s: int, endpoints: int | None, now: datetime, settled_s: int
) -> Truth:
    """The truth about the window that ended `settled_s` ago: what is younger may be under way. `endpoints` is
    how many enabled live endpoints take the event, None where that is not known.
    """
    end = now - timedelta(seconds=settled_s)
    start = end - timedelta(seconds=window_s)
    counted = sorted(
        (each for each in told if start <= each.created < end),
        key=lambda each: (each.created, each.payment_intent),
    )
    return Truth(
        start=start,
        end=end,
        told=tuple(counted),
        hop_1=_hop_1(counted, endpoints),
        end_to_end=_end_to_end(counted),
    )


def _hop_1(told: list[Told], endpoints: int | None) -> Share:
    delivered = sum(each.delivery is Delivery.DELIVERED for each in told)
    judged = [each for each in told if each.delivery not in (Delivery.NOT_APPLICABLE, Delivery.NO_EVENT)]
    if endpoints == 0:
        return Share(k=None, n=len(judged), why="not applicable: no enabled live endpoint takes the event")
    if endpoints is None:
        return Share(k=None, n=len(judged), why="not known: the webhook endpoints could not be read")
    blind = sum(each.delivery is Delivery.UNKNOWN for each in judged)
    if blind:
        return Share(k=None, n=len(judged), why=f"not known: of {blind} it cannot be seen")
    # With several endpoints a failure may be another's: at best none of them is ours.
    best = delivered if endpoints == 1 else len(judged)
    return _share(best, len(judged), least_k=delivered)


def _end_to_end(told: list[Told]) -> Share:
    blind = sum(each.cell.money is CheckResult.ERROR for each in told)
    if blind:
        return Share(k=None, n=len(told), why=f"not known: of {blind} the ledger cannot be read")
    credited = sum(each.credit is Credit.ONE for each in told)
    return _share(credited, len(told), least_k=credited)


def _share(k: int, n: int, *, least_k: int) -> Share:
    if n == 0:
        return Share(k=None, n=0, why=NO_PAYMENT)
    return Share(k=k, n=n, least_k=least_k, interval=wilson(least_k, n))
