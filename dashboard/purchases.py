"""Puts one purchase together from what was read of both sides, and traces it for the First dollar page.

Nothing is asked here: a side that was not read, or not to its end, is blind, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collectors.money import CheckoutSession, MoneyEvent, PaymentIntent, WebhookEndpoint
from collectors.money_window import MoneyList
from collectors.observation import Observation
from dashboard.kept import kept_of
from dashboard.launch.money import trace_wording as words
from dashboard.launch.money.crediting import Expected, moment
from dashboard.launch.money.panel import Choice, PurchasePanel, Skew
from dashboard.launch.money.purchase import AsOf, BalanceSeen, Purchase, Side
from dashboard.launch.money.trace import Trace, trace
from dashboard.launch.plan import Plan
from dashboard.store.money_values import MoneyRead, StoredPurchase
from dashboard.store.store import Store
from dashboard.store.values import Run

PAID = "payment_intent.succeeded"
INTENT = "pi_"
SESSION = "cs_"
CHOICES = 50
MISSED_READS = 3
"""So many reads may fail before a side is too old to tell that something is missing."""

BALANCE_PROBE = "ledger.balance"
BALANCE_SAMPLES = 500
ACCOUNT_PROBE = "stripe.account"
ACCOUNT_SAMPLES = 20
"""So many questions in a row may fail before it is not known any more whose money it is."""

Reads = Mapping[MoneyList, MoneyRead]
LISTS: Mapping[Side, tuple[MoneyList, ...]] = {
    Side.PAYMENTS: (MoneyList.CHECKOUT_SESSIONS, MoneyList.PAYMENT_INTENTS, MoneyList.CHARGES),
    Side.EVENTS: (MoneyList.EVENTS,),
    Side.DELIVERIES: (MoneyList.EVENTS,),  # the undelivered ones are read with them
    Side.LEDGER: (MoneyList.LEDGER,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What of a plan is in the environment: whose balance is read, where Stripe is to deliver, who uses the
    sample, and which account of Stripe is meant; None where that is not known.
    """

    user: str | None = None
    endpoint_url: str | None = None
    usage_user: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """Traces the purchases of one plan."""

    store: Store
    plan: Plan
    ours: Ours
    clock: Callable[[], datetime]

    def first_dollar(self, run: Run) -> Trace | None:
        """The first dollar of the run, traced; None before a payment has succeeded. Raises `StoreError`."""
        first = self._first(run)
        if first is None:
            return None
        stored = self.store.money.purchase(first)
        purchase = self._purchase(run, stored, self.store.money.reads())
        return trace(purchase, self._expected(), self.clock())

    def panel(self, run: Run, picked: str | None) -> PurchasePanel:
        """The purchase that was picked, else the first dollar, else what is newest. It is picked by its
        payment intent, its checkout session, or the correlation id that the shop gave it.
        Raises `StoreError`.
        """
        now, expected = self.clock(), self._expected()
        choices = self.store.money.newest_purchases(limit=CHOICES)
        first = self._first(run)
        begun = (each.id for each in choices if moment(each.created) >= self._since(run))
        chosen = picked or first or next(begun, None)
        told = self.store.money.reads()
        stored, others = (None, ()) if chosen is None else self._named(chosen)
        chosen = chosen if stored is None else stored.payment_intent or chosen
        reads, purchase = as_of(told), self._purchase(run, stored, told)
        if chosen != first and purchase.paid is not None:
            # The plan's price is that of the first dollar alone.
            expected = expected.of(purchase.paid, purchase.session)
        return PurchasePanel(
            trace=trace(purchase, expected, now),
            expected=expected,
            picked=chosen,
            is_first=chosen is not None and chosen == first,
            choices=tuple(map(_choice, choices)),
            skews=tuple(self._skews(run)),
            blind=tuple(blind_of(reads)),
            traced_at=now,
            kept=() if stored is None else kept_of(stored, ledger=self.plan.ledger.service),
            others=others,
        )

    def _named(self, name: str) -> tuple[StoredPurchase, tuple[str, ...]]:
        """What goes by this name, and what else does: the shop's own id may stand for several payments."""
        money = self.store.money
        found = (name,) if name.startswith((INTENT, SESSION)) else money.correlated(name)
        first, *others = found or (name,)
        stored = money.checkout(first) if first.startswith(SESSION) else money.purchase(first)
        return stored, tuple(others)

    def _expected(self) -> Expected:
        return replace(expected_of(self.plan), account=self.ours.account)

    def _first(self, run: Run) -> str | None:
        """The first payment of the run that succeeded."""
        since = int(self._since(run).timestamp())
        intents = self.store.money.each(PaymentIntent, since=since)
        return next((each.id for each in intents if each.status == "succeeded" and each.livemode), None)

    def _since(self, run: Run) -> datetime:
        money = self.plan.money
        return run.started_at if money is None or money.since is None else money.since

    def _purchase(self, run: Run, stored: StoredPurchase | None, told: Reads) -> Purchase:
        reads, endpoints = as_of(told), endpoints_of(self.store, told)
        if stored is None:
            return Purchase(
                session=self._open_session(run),
                subscribed=subscribed(endpoints, (), self.ours),
                as_of=reads,
            )
        balance, read = self._balance(run, stored)
        return Purchase(
            session=stored.sessions[-1] if stored.sessions else None,
            intent=stored.intent,
            charges=stored.charges,
            events=stored.events,
            refunds=stored.refunds,
            disputes=stored.disputes,
            entries=stored.entries,
            acknowledged=acknowledged(stored),
            undelivered=frozenset(each.event for each in stored.undelivered if each.left_at is None),
            subscribed=subscribed(endpoints, stored.events, self.ours),
            balance=balance,
            account=self._account(run),
            as_of={**reads, Side.BALANCE: read},
        )

    def _open_session(self, run: Run) -> CheckoutSession | None:
        """A checkout has no payment before somebody pays; the newest of the run is what is waited for."""
        newest = self.store.money.newest_sessions(limit=1)
        return next((each for each in newest if moment(each.created) >= self._since(run)), None)

    def _balance(self, run: Run, stored: StoredPurchase) -> tuple[BalanceSeen | None, AsOf]:
        """When the balance was first read with the credits on top of what it was before the charge."""
        paid = next((each for each in stored.charges if each.status == "succeeded"), None)
        given = next((each for each in stored.entries if each.credits > 0), None)
        others = {entry.user for entry in stored.entries} - {None, self.ours.user}
        if others:
            return None, AsOf(why=words.OTHERS_BALANCE)
        if paid is not None and moment(paid.created) < run.started_at:
            return None, AsOf(why=words.BEFORE_THE_RUN)
        seen = self._balances(
            run, since=run.started_at if paid is None else moment(paid.created) - _LOOK_BACK
        )
        newest = seen[-1] if seen else None
        read = AsOf() if newest is None else AsOf(at=newest[0], read_at=newest[0])
        if paid is None or given is None:
            return None, read
        return _grown(seen, charged_at=moment(paid.created), credits=given.credits), read

    def _account(self, run: Run) -> str | None:
        """Whose answers our key gets, as Stripe said last; None where it was not asked or may not be."""
        if self.ours.account is None:
            return None
        newest = self.store.newest_of(run.id, ACCOUNT_PROBE, limit=ACCOUNT_SAMPLES)
        seen = (each.sample.account for each in newest if isinstance(each.sample, Observation))
        return next((account for account in seen if account is not None), None)

    def _balances(self, run: Run, *, since: datetime) -> list[tuple[datetime, int]]:
        samples = self.store.samples_since(run.id, BALANCE_PROBE, since=since, limit=BALANCE_SAMPLES)
        read = [each.sample for each in samples if isinstance(each.sample, Observation)]
        known = ((sample.observed_at, sample.facts.get("balance")) for sample in read)
        return [(at, balance) for at, balance in known if isinstance(balance, int)]

    def _skews(self, run: Run) -> Iterator[Skew]:
        ledger = self.plan.ledger.service
        for whose, probe in (("Stripe", "stripe.balance"), (ledger, f"{ledger}.ready")):
            newest = next(iter(self.store.newest_of(run.id, probe, limit=1)), None)
            sample = None if newest is None else newest.sample
            ms = sample.facts.get("clock_skew_ms") if isinstance(sample, Observation) else None
            if sample is None or not isinstance(ms, int):
                yield Skew(whose=whose, ms=None, measured_at=None)
            else:
                yield Skew(whose=whose, ms=ms, measured_at=sample.observed_at)


_LOOK_BACK = timedelta(seconds=60)


def expected_of(plan: Plan) -> Expected:
    """What the plan says of the purchase that is meant."""
    money, history = plan.money, plan.ledger.history
    return Expected(
        cents=plan.purchase.amount,
        currency=plan.purchase.currency,
        credits=plan.purchase.credits,
        deadline_s=plan.purchase.deadline_s,
        grace_s=600 if money is None else money.grace_s,
        stale_s=30 if money is None else MISSED_READS * money.read_interval_s,
        says_cents=history is not None and history.cents is not None,
        says_currency=history is not None and history.currency is not None,
    )


def as_of(reads: Reads) -> dict[Side, AsOf]:
    """Up to when each side was read: of several lists the one that is furthest behind."""
    return {side: _behind([_one(reads.get(name)) for name in names]) for side, names in LISTS.items()}


def read_of(reads: Reads, name: MoneyList) -> AsOf:
    """Up to when one list was read."""
    return _one(reads.get(name))


def acknowledged(stored: StoredPurchase) -> dict[str, datetime]:
    """When each event was first seen to be no longer undelivered."""
    undelivered = {each.event: each.left_at for each in stored.undelivered}
    seen = ((event, undelivered.get(event.id, stored.first_seen[event.id])) for event in stored.events)
    return {event.id: at for event, at in seen if at is not None}


def blind_of(reads: Mapping[Side, AsOf]) -> Iterator[str]:
    """A sentence for each side that is not read well."""
    for side, read in reads.items():
        if read.at is None or read.why:
            yield words.blind(side.value, read.why, read.at)


def endpoints_of(store: Store, reads: Reads) -> tuple[WebhookEndpoint, ...] | None:
    """The endpoints to which Stripe delivers a payment that succeeded, None where they were never read."""
    read = reads.get(MoneyList.WEBHOOK_ENDPOINTS)
    if read is None or read.as_of is None:
        return None
    return tuple(each for each in store.money.each(WebhookEndpoint) if _takes(each, PAID))


def subscribed(
    endpoints: Sequence[WebhookEndpoint] | None, events: Sequence[MoneyEvent], ours: Ours
) -> int | None:
    """To how many endpoints the event of a payment was to be delivered. To none where ours is not among them:
    Stripe never sends an event from before its endpoint, and another's success proves nothing of ours.
    """
    if endpoints is None:
        return None
    told = [event.created for event in events if event.type == PAID]
    taking = [each for each in endpoints if not told or each.created <= min(told)]
    if ours.endpoint_url is not None and ours.endpoint_url not in {each.url for each in taking}:
        return 0
    return len(taking)


def _takes(endpoint: WebhookEndpoint, kind: str) -> bool:
    wanted = endpoint.enabled_events
    return endpoint.status == "enabled" and endpoint.livemode and ("*" in wanted or kind in wanted)


def _one(read: MoneyRead | None) -> AsOf:
    if read is None or read.as_of is None:
        return AsOf(why="" if read is None else read.detail or "")
    if not read.caught_up:
        return AsOf(why=words.STILL_READING)
    if read.ok:
        return AsOf(at=read.as_of, read_at=read.at)
    return AsOf(at=read.as_of, read_at=read.failing_since, why=read.detail or read.reason or "")


def _behind(sides: Sequence[AsOf]) -> AsOf:
    """One that was never read is behind every other."""
    unread = next((side for side in sides if side.at is None), None)
    return unread or min(sides, key=lambda side: (side.read_at or side.at, side.at))


def _grown(seen: Sequence[tuple[datetime, int]], *, charged_at: datetime, credits: int) -> BalanceSeen | None:
    before = [balance for at, balance in seen if at <= charged_at]
    if not before:
        return None
    grown = (at for at, balance in seen if at > charged_at and balance >= before[-1] + credits)
    at = next(grown, None)
    return None if at is None else BalanceSeen(at=at, credits=credits, before=before[-1])


def _choice(intent: PaymentIntent) -> Choice:
    said = f"{words.money(intent.amount, intent.currency)} · {intent.status.replace('_', ' ')}"
    return Choice(payment_intent=intent.id, created=moment(intent.created), said=said)
