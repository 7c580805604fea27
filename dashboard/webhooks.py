"""Tells what became of every payment of the last day, hop by hop, for the Webhooks page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collectors.money_window import MoneyList
from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.notifying import NotificationLog, Notified, notified
from dashboard.launch.money.purchase import Purchase
from dashboard.launch.money.truth import Share, Told, Truth, truth
from dashboard.launch.money.webhook_panel import NO_RECEIPTS, WebhookPanel, first_tries, rows_of
from dashboard.launch.plan import Plan
from dashboard.payments import EARLY, Payments, StoredPayments
from dashboard.purchases import Ours, as_of, blind_of, expected_of, read_of
from dashboard.store.store import Store

WINDOW_S = 86_400
STEP_S = 60
"""The window moves by the minute, so that what was read is not read again for each drawing."""


@dataclass(slots=True, kw_only=True)
class Webhooks:
    """The panel of one plan; pages draw it from threads of their own."""

    store: Store
    plan: Plan
    ours: Ours
    clock: Callable[[], datetime]
    _payments: StoredPayments = field(init=False)
    _one_at_a_time: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._payments = StoredPayments(store=self.store, plan=self.plan, ours=self.ours)

    def panel(self) -> WebhookPanel:
        """The hops of the last day. Raises `StoreError`."""
        now, expected = self.clock(), expected_of(self.plan)
        with self._one_at_a_time:
            read = self._payments.since(_start(now, expected.grace_s), now)
        told = read.told(expected, now)
        settled = truth(
            told, window_s=WINDOW_S, endpoints=read.endpoints, now=now, settled_s=expected.grace_s
        )
        return WebhookPanel(
            truth=settled,
            rows=rows_of(told),
            grace_s=expected.grace_s,
            young=sum(each.created >= settled.end for each in told),
            first_tries=self._first_tries(read.purchases, settled.told),
            notified=self._notified(read, settled, expected, now),
            endpoints=read.endpoints,
            month_requests=self.store.money.month_requests(f"{now:%Y-%m}"),
            blind=tuple(blind_of(as_of(read.reads))),
            judged_at=now,
        )

    def _first_tries(self, purchases: tuple[Purchase, ...], told: tuple[Told, ...]) -> Share:
        if self.plan.receipts is None:
            return Share(k=None, n=0, why=NO_RECEIPTS)
        counted = {each.payment_intent for each in told}
        paid = [each.succeeded for each in purchases if each.payment_intent in counted]
        events = [event.id for event in paid if event is not None]
        return first_tries(self.store.money.receipts(), good=self.plan.receipts.good, events=events)

    def _notified(self, read: Payments, settled: Truth, expected: Expected, now: datetime) -> Notified:
        return notified(
            settled,
            self._notification_log(read, settled.start),
            hop=_hop(self.plan),
            grace_s=expected.grace_s,
            stale_s=expected.stale_s,
            now=now,
        )

    def _notification_log(self, read: Payments, start: datetime) -> NotificationLog | None:
        planned = self.plan.deliveries
        if planned is None:
            return None
        cursor = self.store.money.cursors().get(MoneyList.NOTIFICATIONS)
        return NotificationLog(
            read=read_of(read.reads, MoneyList.NOTIFICATIONS),
            complete_from=datetime.fromtimestamp(0 if cursor is None else cursor.complete_from, UTC),
            can_name=planned.payment_intent is not None or planned.correlation_id is not None,
            good=frozenset(planned.good),
            deliveries=tuple(self.store.money.notifications(since=start - EARLY)),
            correlated=read.correlated,
        )


def _hop(plan: Plan) -> str:
    """From whom a notification goes to whom: from who takes Stripe's webhooks to who logs its deliveries."""
    sender = plan.services[plan.stripe.endpoint_service].title
    to = plan.deliveries or plan.notification
    return sender if to is None else f"{sender} → {plan.services[to.service].title}"


def _start(now: datetime, grace_s: int) -> datetime:
    start = now - timedelta(seconds=WINDOW_S + grace_s + STEP_S)
    return start.replace(second=0, microsecond=0)
