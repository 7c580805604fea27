"""Puts together what reads money and what judges it, as the plan says and from what the environment has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

from collectors.asking import Asker
from collectors.ledger_denials import TABLE as DENIALS_TABLE
from collectors.ledger_denials import DenialHistory, DenialReading
from collectors.ledger_history import TABLE as HISTORY_TABLE
from collectors.ledger_history import EntryReading, LedgerHistory
from collectors.ledger_pages import LedgerPages
from collectors.notification_log import NotificationHistory, NotificationReading
from collectors.receipts import ReceiptHistory
from collectors.stripe_history import StripeHistory
from dashboard.launch.plan_money import LedgerHistory as PlannedHistory
from dashboard.launch.signals import MONEY
from dashboard.money_truth import MoneyTruthProbe
from dashboard.purchases import Ours
from dashboard.store.money import MoneyStore
from dashboard.store.store import Store
from dashboard.store.values import Lease, Run
from dashboard.wiring.money_reading import MoneyReading
from dashboard.wiring.probes import Probes, reading_of
from dashboard.wiring.resolve import Resolver

REACH_S = 3_600
"""Stripe is read from so long before what counts: a credit of the first moments may be of a charge from
before, and then it is known which.
"""


def money_of(
    resolver: Resolver,
    probes: Probes,
    *,
    store: MoneyStore,
    run: Run,
    lease: Lease,
    asker: Asker,
    clock: Callable[[], datetime],
) -> MoneyReading | None:
    """The reading of money that the plan asks for, or None; it asks with what the probes ask with."""
    plan = resolver.plan
    if plan.money is None:
        return None
    since = int((plan.money.since or run.started_at).timestamp())
    stripe = StripeHistory(reader=probes.stripe, events=plan.stripe.events, since=since - REACH_S)
    return MoneyReading(
        store=store,
        lease=lease,
        asker=asker,
        stripe=stripe,
        ledger=_ledger(resolver, probes, plan.ledger.history, since),
        receipts=_receipts(resolver, probes, since),
        denials=_denials(resolver, probes, since),
        notifications=_notifications(resolver, probes, since),
        interval_s=plan.money.read_interval_s,
        clock=clock,
    )


def ours_of(resolver: Resolver) -> Ours:
    """What the environment says of whose balance is read and where Stripe is to deliver."""
    stripe, ledger = resolver.plan.stripe, resolver.plan.ledger
    url = resolver.url(stripe.endpoint_service, stripe.endpoint_path)
    usage = resolver.plan.usage
    whose = usage.sample.user if usage is not None and usage.sample is not None else None
    return Ours(
        user=resolver.text(ledger.user) or None,
        endpoint_url=url,
        account=resolver.account(),
        usage_user=None if whose is None else resolver.text(whose) or None,
    )


def truth_of(resolver: Resolver, store: Store, run: Run) -> MoneyTruthProbe | None:
    """The probe that asks what was read of money, where the plan wants it read."""
    plan = resolver.plan
    if plan.money is None:
        return None
    since = plan.money.since or run.started_at
    return MoneyTruthProbe(
        probe=MONEY, source="golive", store=store, plan=plan, run=run, ours=ours_of(resolver), since=since
    )


def _ledger(
    resolver: Resolver, probes: Probes, history: PlannedHistory | None, since: int
) -> LedgerHistory | None:
    if history is None:
        return None
    return LedgerHistory(
        pages=LedgerPages(
            url=resolver.url(resolver.plan.ledger.service, history.path),
            tokens=probes.tokens,
            items=history.items,
            next_cursor=history.next_cursor,
            cursor_parameter=history.cursor_parameter,
            table=HISTORY_TABLE,
            parameters=history.parameters,
        ),
        reading=EntryReading(
            id=history.id,
            kind=history.kind,
            credits=history.credits,
            created=history.created,
            cents=history.cents,
            currency=history.currency,
            payment_intent=history.payment_intent,
            correlation_id=history.correlation_id,
            user=history.user,
        ),
        since=since,
    )


def _denials(resolver: Resolver, probes: Probes, since: int) -> DenialHistory | None:
    denials = resolver.plan.ledger.denials
    if denials is None:
        return None
    return DenialHistory(
        pages=LedgerPages(
            url=resolver.url(resolver.plan.ledger.service, denials.path),
            tokens=probes.tokens,
            items=denials.items,
            next_cursor=denials.next_cursor,
            cursor_parameter=denials.cursor_parameter,
            table=DENIALS_TABLE,
            parameters=denials.parameters,
        ),
        reading=DenialReading(id=denials.id, user=denials.user, created=denials.created),
        since=since,
    )


def _receipts(resolver: Resolver, probes: Probes, since: int) -> ReceiptHistory | None:
    receipts = resolver.plan.receipts
    if receipts is None:
        return None
    return ReceiptHistory(
        url=resolver.url(receipts.service, receipts.path),
        tokens=probes.tokens,
        reading=reading_of(receipts),
        since=since,
    )


def _notifications(resolver: Resolver, probes: Probes, since: int) -> NotificationHistory | None:
    deliveries = resolver.plan.deliveries
    if deliveries is None:
        return None
    return NotificationHistory(
        url=resolver.url(deliveries.service, deliveries.path),
        tokens=probes.tokens,
        reading=NotificationReading(
            **{each.name: getattr(deliveries, each.name) for each in fields(NotificationReading)}
        ),
        since=since,
        shows_at_most=deliveries.shows_at_most,
    )
