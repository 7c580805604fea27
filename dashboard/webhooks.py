"""Tells what became of every payment of the last day by the two-hop table, for the Webhooks page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.launch.money.purchase import Purchase
from dashboard.launch.money.truth import Share, Told, truth
from dashboard.launch.money.webhook_panel import NO_RECEIPTS, WebhookPanel, first_tries, rows_of
from dashboard.launch.plan import Plan
from dashboard.payments import StoredPayments
from dashboard.purchases import Ours, as_of, blind_of, expected_of
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
        """The two hops of the last day. Raises `StoreError`."""
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


def _start(now: datetime, grace_s: int) -> datetime:
    start = now - timedelta(seconds=WINDOW_S + grace_s + STEP_S)
    return start.replace(second=0, microsecond=0)
