"""The trace of one purchase through five hops: charge, event, delivery, credit, readable balance.

Each hop is judged by itself and by its own deadline; a hop that cannot be seen is UNKNOWN, and nothing is
done that was not read. GO needs every hop of one and the same purchase.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from collectors.money import Charge, CheckoutSession
from dashboard.launch.money import trace_wording as words
from dashboard.launch.money.crediting import Expected, lost_at, moment, wrong_credit
from dashboard.launch.money.purchase import Purchase, Side


class HopState(StrEnum):
    """How far a hop is. LATE is not done although its deadline is over; FAILED will not be done."""

    WAITING = "WAITING"
    DONE = "DONE"
    LATE = "LATE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One hop. `at` is when it was done by `clock`, at the latest where `is_upper_bound`. `latency` is the
    charge's since the checkout, and any other's since the charge; `ids` are what can be looked up to see it.
    """

    title: str
    side: Side
    clock: str
    state: HopState = HopState.WAITING
    said: str = ""
    at: datetime | None = None
    is_upper_bound: bool = False
    latency: timedelta | None = None
    deadline: datetime | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One purchase, traced. `total` is t5 - t0 and holds the typing of the card, `system` is t5 - t1; both
    None until the credits were read. `notes` say what was odd and harmless.
    """

    payment_intent: str | None
    session: str | None
    hops: tuple[Hop, ...]
    total: timedelta | None = None
    system: timedelta | None = None
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> HopState:
        """The worst of its hops."""
        worst_first = (
            HopState.FAILED,
            HopState.LATE,
            HopState.UNKNOWN,
            HopState.WAITING,
            HopState.DONE,
        )
        return min((hop.state for hop in self.hops), key=worst_first.index)

    @property
    def stands_at(self) -> Hop:
        """The hop that everything waits for: the first that is not done, or the last."""
        return next((hop for hop in self.hops if hop.state is not HopState.DONE), self.hops[-1])


def trace(purchase: Purchase, expected: Expected, now: datetime) -> Trace:
    """The purchase, hop by hop, as it stands now."""
    session = purchase.session
    opened = None if session is None else moment(session.created)
    charge = _since(_charge(purchase, expected, now), opened)
    looks = (_event, _delivery, _credit, _balance)
    hops = (charge, *(_since(look(purchase, expected, now), charge.at) for look in looks))
    last = hops[-1]
    return Trace(
        payment_intent=purchase.payment_intent,
        session=None if session is None else session.id,
        hops=hops,
        total=None if last.at is None or opened is None else last.at - opened,
        system=None if last.at is None or hops[0].at is None else last.at - hops[0].at,
        notes=tuple(_notes(purchase)),
    )


def _since(hop: Hop, start: datetime | None) -> Hop:
    """The hop with its latency, where both it and what it is measured from are known."""
    if hop.at is None or start is None:
        return hop
    return replace(hop, latency=hop.at - start)


def _missing(hop: Hop, purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    """A hop that was not seen to be done: waiting, late or lost by the newest read of its side; without a
    read of late nobody knows, because it may have been done since.
    """
    read = purchase.read(hop.side)
    if read.at is None or read.is_old(now, expected.stale_s):
        return replace(hop, state=HopState.UNKNOWN, said=words.blind(hop.side.value, read.why, read.at))
    if hop.deadline is None or read.at <= hop.deadline:
        return hop
    if purchase.paid is not None and read.at > lost_at(purchase.paid, expected):
        return replace(hop, state=HopState.FAILED, said=words.given_up(hop.said, expected.grace_s))
    return replace(hop, state=HopState.LATE, said=words.late(hop.said, hop.deadline))


# ------------------------------------------------------------ 1: the charge


def _charge(purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    hop = Hop(title=words.CHARGE, side=Side.PAYMENTS, clock=words.STRIPE_CLOCK)
    # Of two that were taken the one that was not given back is the dollar.
    paid, session = next(iter(purchase.kept), purchase.paid), purchase.session
    if paid is not None:
        ids = tuple(dict.fromkeys((paid.id, *(charge.id for charge in purchase.kept))))
        hop = replace(hop, at=moment(paid.created), ids=ids)
        wrong = _wrong_charge(paid, purchase, expected)
        if wrong is not None:
            return replace(hop, state=HopState.FAILED, said=wrong)
        if expected.account is not None and purchase.account is None:
            return replace(hop, state=HopState.UNKNOWN, said=words.account_unknown(expected.account))
        return replace(hop, state=HopState.DONE, said=words.charged(paid.amount_captured, paid.currency))
    if session is None:
        return _missing(replace(hop, said=words.NO_SESSION), purchase, expected, now)
    ended = _ended(session)
    if ended is not None:
        return replace(hop, state=HopState.FAILED, said=ended, ids=(session.id,))
    return _missing(_open(hop, session, purchase), purchase, expected, now)


def _ended(session: CheckoutSession) -> str | None:
    """Why no charge will come of this checkout any more."""
    if session.payment_status == "no_payment_required":
        return words.NOTHING_DUE
    return words.EXPIRED if session.status == "expired" else None


def _open(hop: Hop, session: CheckoutSession, purchase: Purchase) -> Hop:
    deadline = None if session.expires_at is None else moment(session.expires_at)
    tried = len(purchase.charges)
    return replace(hop, deadline=deadline, said=words.unpaid(tried), ids=(session.id,))


def _wrong_charge(paid: Charge, purchase: Purchase, expected: Expected) -> str | None:
    """Why this is not the dollar that was meant, in words; None where it is."""
    if not paid.livemode:
        return words.TEST_TWIN
    if expected.account is not None and purchase.account not in (None, expected.account):
        return words.other_account(purchase.account or "", expected.account)
    if len(purchase.kept) > 1:
        taken = sum(charge.amount_captured for charge in purchase.kept)
        return words.charged_twice([charge.id for charge in purchase.kept], taken, paid.currency)
    return _wrong_money(paid, purchase, expected)


def _wrong_money(paid: Charge, purchase: Purchase, expected: Expected) -> str | None:
    details = None if purchase.session is None else purchase.session.total_details
    if paid.currency != expected.currency:
        return words.other_currency(paid.currency, expected.currency)
    if not paid.captured:
        return words.NOT_CAPTURED
    if paid.amount_captured != expected.cents:
        discount = 0 if details is None else details.amount_discount
        return words.other_amount(paid.amount_captured, expected.cents, paid.currency, discount)
    if paid.amount_refunded or paid.disputed:
        return words.given_back(paid.amount_refunded, paid.currency, disputed=paid.disputed)
    return None


# ------------------------------------------------------------ 2 and 3: the event and its delivery


def _event(purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    hop = _due(Hop(title=words.EVENT, side=Side.EVENTS, clock=words.STRIPE_CLOCK), purchase, expected)
    event = purchase.succeeded
    if event is not None:
        said = words.event_told(event.api_version)
        return replace(hop, state=HopState.DONE, at=moment(event.created), ids=(event.id,), said=said)
    return _awaited(replace(hop, said=words.NO_EVENT), purchase, expected, now)


def _delivery(purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    hop = _due(
        Hop(title=words.DELIVERY, side=Side.DELIVERIES, clock=words.GOLIVE_CLOCK, is_upper_bound=True),
        purchase,
        expected,
    )
    event = purchase.succeeded
    if purchase.subscribed == 0:
        return replace(hop, state=HopState.UNKNOWN, said=words.NOT_SUBSCRIBED)
    if purchase.subscribed is None:
        return replace(hop, state=HopState.UNKNOWN, said=words.NOT_KNOWN_WHO_TAKES)
    if event is None:
        return _awaited(replace(hop, said=words.NOTHING_TO_DELIVER), purchase, expected, now)
    hop = replace(hop, ids=(event.id,))
    acknowledged = purchase.acknowledged.get(event.id)
    if acknowledged is not None and event.id not in purchase.undelivered:
        alone = purchase.subscribed == 1
        said = words.ACKNOWLEDGED if alone else words.acknowledged_by_all(purchase.subscribed)
        return replace(hop, state=HopState.DONE, at=acknowledged, said=said)
    return _awaited(replace(hop, said=words.UNACKNOWLEDGED), purchase, expected, now)


# ------------------------------------------------------------ 4 and 5: the credit and the balance


def _credit(purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    hop = _due(Hop(title=words.CREDIT, side=Side.LEDGER, clock=words.LEDGER_CLOCK), purchase, expected)
    given = purchase.credits
    if not given:
        return _awaited(replace(hop, said=words.NO_CREDIT), purchase, expected, now)
    first = min(entry.created for entry in given)
    hop = replace(hop, at=first, ids=tuple(entry.id for entry in given))
    wrong = wrong_credit(given, expected)
    if wrong is not None:
        return replace(hop, state=HopState.FAILED, said=wrong)
    return replace(hop, state=HopState.DONE, said=words.credited(given[0].credits))


def _balance(purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    hop = _due(
        Hop(title=words.BALANCE, side=Side.BALANCE, clock=words.GOLIVE_CLOCK, is_upper_bound=True),
        purchase,
        expected,
    )
    seen = purchase.balance
    if seen is not None:
        said = words.balance_grew(seen.before, seen.credits)
        return replace(hop, state=HopState.DONE, at=seen.at, said=said)
    return _awaited(replace(hop, said=words.NOT_READABLE), purchase, expected, now)


def _awaited(hop: Hop, purchase: Purchase, expected: Expected, now: datetime) -> Hop:
    """Waits for the charge without a deadline, and from the charge on with one."""
    if purchase.paid is None:
        return replace(hop, said=words.WAITS_FOR_CHARGE)
    return _missing(hop, purchase, expected, now)


def _due(hop: Hop, purchase: Purchase, expected: Expected) -> Hop:
    """The hop with its deadline, which counts from the charge on."""
    if purchase.paid is None:
        return hop
    return replace(hop, deadline=moment(purchase.paid.created) + timedelta(seconds=expected.deadline_s))


def _notes(purchase: Purchase) -> list[str]:
    failed = sum(charge.status == "failed" for charge in purchase.charges)
    again = sum(charge.status == "succeeded" for charge in purchase.charges) - max(1, len(purchase.kept))
    found: list[tuple[int, Callable[[int], str]]] = [(failed, words.tries), (again, words.given_back_again)]
    return [said(count) for count, said in found if count > 0]
