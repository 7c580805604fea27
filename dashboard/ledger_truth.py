"""What the ledger did beside crediting: whether refunds took credits back, nobody is below zero, and a known
usage cost what it must. As counts, of what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.money import Charge, Refund
from collectors.money_window import MoneyList
from collectors.observation import Scalar
from dashboard.launch.money import reversals
from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.purchase import AsOf, Purchase, Side
from dashboard.launch.money.reversals import Reversal, TakenBack
from dashboard.launch.money.usage import sampled
from dashboard.launch.plan import Plan
from dashboard.payments import Payments
from dashboard.purchases import Ours, as_of, expected_of, read_of
from dashboard.store.store import Store
from dashboard.store.values import Run

Facts = dict[str, Scalar | None]


@dataclass(slots=True, kw_only=True)
class LedgerTruth:
    """Judges the ledger of one run. One at a time: not to be shared between threads."""

    store: Store
    plan: Plan
    ours: Ours
    run: Run
    since: datetime
    _state: tuple[object, ...] = field(init=False, default=())
    _kept: Facts = field(init=False, default_factory=dict)

    def facts(self, payments: Payments) -> Facts:
        """The facts beside these payments, as they were read last. Raises `StoreError`."""
        state = tuple((read.list, read.at) for read in payments.reads.values())
        if not self._kept or state != self._state:
            self._state, self._kept = state, self._read(payments)
        return self._kept

    def _read(self, payments: Payments) -> Facts:
        ledger, expected = as_of(payments.reads)[Side.LEDGER], expected_of(self.plan)
        undebited = self._undebited(payments, ledger, expected)
        return undebited | self._overdrawn(ledger, expected) | self._sampled()

    def _undebited(self, payments: Payments, ledger: AsOf, expected: Expected) -> Facts:
        backs = self._reversals(payments.purchases)
        known = sorted({back.correlation_id for back in backs if back.correlation_id is not None})
        return reversals.undebited(
            backs,
            self.store.money.taken_back(correlation_ids=known) if backs else TakenBack(),
            expected,
            ledger=ledger,
            refunded=read_of(payments.reads, MoneyList.REFUNDS),
        )

    def _reversals(self, purchases: Sequence[Purchase]) -> tuple[Reversal, ...]:
        """The refunds, each with the keys of its charge where it does not say them itself."""
        money = self.store.money
        refunds = tuple(money.each(Refund, since=int(self.since.timestamp())))
        charges = money.of_ids(Charge, sorted({each.charge for each in refunds if each.charge is not None}))
        known = {each.id: purchase for purchase in purchases for each in purchase.refunds}
        return tuple(_reversal(each, charges.get(each.charge or ""), known.get(each.id)) for each in refunds)

    def _overdrawn(self, ledger: AsOf, expected: Expected) -> Facts:
        history = self.plan.ledger.history
        if history is None or not history.from_zero or ledger.at is None:
            return {}
        settled = ledger.at - timedelta(seconds=expected.grace_s)
        return reversals.overdrawn(self.store.money.balances(settled=settled))

    def _sampled(self) -> Facts:
        usage = self.plan.usage
        expected = None if usage is None else usage.expected()
        if usage is None or usage.sample is None or expected is None:
            return {}
        user = self.ours.usage_user
        if usage.sample.user is not None and user is None:
            return {}
        newest, found = self.store.money.newest_entry(
            usage.sample.debit_kind,
            since=self.run.started_at,
            correlation_prefix=usage.sample.correlation_prefix,
            user=None if usage.sample.user is None else user,
        )
        return sampled(newest, found, expected)


def _reversal(refund: Refund, charge: Charge | None, purchase: Purchase | None) -> Reversal:
    intent = refund.payment_intent or (None if charge is None else charge.payment_intent)
    correlation = None if charge is None else charge.metadata.correlation_id
    named = None if intent is None else purchase
    return Reversal(refund=refund, payment_intent=intent, correlation_id=correlation, purchase=named)
