"""Who was notified of a payment: the hop after the credit, from the notifying service's own delivery log.

Only what the log was read for can be missing, and what it does not name is never attributed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.money import NotificationDelivery
from dashboard.launch.money.interval import wilson
from dashboard.launch.money.purchase import AsOf
from dashboard.launch.money.truth import NO_PAYMENT, Share, Told, Truth

NO_LOG = "not applicable: the plan names no delivery log"
NEVER_READ = "not known: the delivery log was never read"
SHOWN_IDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationLog:
    """What was read of the log. `can_name` is whether the plan says where a row names its payment,
    `correlated` the payment of each correlation id; from `complete_from` on nothing was forgotten.
    """

    read: AsOf
    complete_from: datetime
    can_name: bool
    good: frozenset[str]
    deliveries: tuple[NotificationDelivery, ...] = ()
    correlated: Mapping[str, str] = field(default_factory=dict)

    def payment_of(self, delivery: NotificationDelivery) -> str | None:
        """The payment that a delivery tells of, None where it names none that is known."""
        return delivery.payment_intent or self.correlated.get(delivery.correlation_id or "")

    def is_accepted(self, delivery: NotificationDelivery) -> bool:
        """Whether it ended well."""
        return delivery.result in self.good


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnotified:
    """A payment without an accepted delivery; `result` is of its newest one, None where there is none."""

    payment_intent: str
    created: datetime
    result: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """The share of payments that somebody was notified of, and those of which nobody was, the oldest first;
    `more` of them are not listed. `start` and `end` are None where no payment could be looked for.
    """

    hop: str
    share: Share
    missing: tuple[Unnotified, ...] = ()
    more: int = 0
    start: datetime | None = None
    end: datetime | None = None


def notified(
    truth: Truth, log: NotificationLog | None, *, hop: str, grace_s: int, stale_s: int, now: datetime
) -> Notified:
    """Of the payments of the window, those with an accepted delivery. `hop` is from whom to whom; a delivery
    can be missing `grace_s` after its payment, in a read that is at most `stale_s` old.
    """
    if log is None:
        return Notified(hop=hop, share=Share(k=None, n=0, why=NO_LOG))
    blind = _blind(log.read, now, stale_s)
    if log.read.at is None or blind:
        return Notified(hop=hop, share=Share(k=None, n=len(truth.told), why=blind))
    end = min(truth.end, log.read.at - timedelta(seconds=grace_s))
    counted = tuple(each for each in truth.told if each.created < end)
    if not counted:
        return Notified(hop=hop, share=Share(k=None, n=0, why=NO_PAYMENT))
    share, missing = _judged(counted, log, truth.start)
    return Notified(
        hop=hop,
        share=share,
        missing=missing[:SHOWN_IDS],
        more=max(0, len(missing) - SHOWN_IDS),
        start=truth.start,
        end=end,
    )


def _blind(read: AsOf, now: datetime, stale_s: int) -> str:
    """Why the log tells nothing of now; "" where it does."""
    if read.at is None:
        return f"{NEVER_READ}: {read.why}" if read.why else NEVER_READ
    if read.why:
        return (
            f"not known: reading the delivery log fails, it was last read as of {_clock(read.at)}: {read.why}"
        )
    if read.is_old(now, stale_s):
        return f"not known: the delivery log was last read as of {_clock(read.at)}"
    return ""


def _judged(
    counted: tuple[Told, ...], log: NotificationLog, start: datetime
) -> tuple[Share, tuple[Unnotified, ...]]:
    accepted = [each for each in log.deliveries if log.is_accepted(each)]
    named = {log.payment_of(each) for each in accepted}
    recent = [each for each in accepted if each.received_at >= start]
    nameless = sum(_is_nameless(each) for each in recent)
    n, k = len(counted), sum(each.payment_intent in named for each in counted)
    if not log.can_name or (k == 0 and recent and nameless == len(recent)):
        return Share(k=None, n=n, why=_unattributed(nameless, n)), ()
    lacking = [each for each in counted if each.payment_intent not in named]
    forgotten = sum(each.created < log.complete_from for each in lacking)
    last = _last_results(log)
    missing = tuple(
        Unnotified(
            payment_intent=each.payment_intent, created=each.created, result=last.get(each.payment_intent)
        )
        for each in lacking
        if each.created >= log.complete_from
    )
    unfound = _unfound(lacking, recent, log)
    if unfound:
        why = f"not known: of {unfound} no correlation id is known, by which the log names its payments"
        return Share(k=None, n=n, why=why), ()
    if forgotten:
        why = f"not known: of {forgotten} the log no longer shows what it had before"
        return Share(k=None, n=n, why=f"{why} {_clock(log.complete_from)}"), missing
    # A delivery that names nobody may be of any of them: at best each is of one that is missing.
    return Share(k=min(n, k + nameless), n=n, least_k=k, interval=wilson(k, n)), missing


def _is_nameless(delivery: NotificationDelivery) -> bool:
    return delivery.payment_intent is None and delivery.correlation_id is None


def _unfound(lacking: list[Told], accepted: list[NotificationDelivery], log: NotificationLog) -> int:
    """How many payments a delivery may be of that names a correlation id we do not know."""
    if all(log.payment_of(each) is not None or _is_nameless(each) for each in accepted):
        return 0
    known = set(log.correlated.values())
    return sum(each.payment_intent not in known for each in lacking)


def _unattributed(accepted: int, payments: int) -> str:
    least = max(0, payments - accepted)
    return (
        "cannot be attributed: the log does not say of which payment a delivery is. "
        f"Accepted deliveries in the window: {accepted:,}, payments: {payments:,}; "
        f"at least {least:,} without one"
    )


def _last_results(log: NotificationLog) -> Mapping[str | None, str]:
    in_order: Iterable[NotificationDelivery] = sorted(log.deliveries, key=lambda each: each.received_at)
    return {log.payment_of(each): each.result for each in in_order}


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
