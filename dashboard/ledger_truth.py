"""What the ledger did beside crediting: whether refunds took credits back, nobody is below zero, and a known
usage cost what it must. As counts, of what was read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.money import Charge, Refund
from collectors.money_window import MoneyList
from collectors.observation import Scalar
from dashboard.launch.money import reversals
from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.purchase import AsOf, Side
from dashboard.launch.money.reversals import Reversal, TakenBack
from dashboard.launch.money.usage import sampled
from dashboard.launch.plan import Plan
from dashboard.purchases import Ours, Reads, as_of, expected_of, read_of
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

    def facts(self, reads: Reads) -> Facts:
        """The facts, as they were read last. Raises `StoreError`."""
        state = tuple((read.list, read.at) for read in reads.values())
        if not self._kept or state != self._state:
            self._state, self._kept = state, self._read(reads)
        return self._kept

    def _read(self, reads: Reads) -> Facts:
        ledger, expected = as_of(reads)[Side.LEDGER], expected_of(self.plan)
        return self._undebited(reads, ledger, expected) | self._overdrawn(ledger, expected) | self._sampled()

    def _undebited(self, reads: Reads, ledger: AsOf, expected: Expected) -> Facts:
        backs = self._reversals()
        known = sorted({back.correlation_id for back in backs if back.correlation_id is not None})
        return reversals.undebited(
            backs,
            self.store.money.taken_back(correlation_ids=known) if backs else TakenBack(),
            expected,
            ledger=ledger,
            refunded=read_of(reads, MoneyList.REFUNDS),
        )

    def _reversals(self) -> tuple[Reversal, ...]:
        """The refunds, each with the keys of its charge where it does not say them itself."""
        money = self.store.money
        refunds = tuple(money.each(Refund, since=int(self.since.timestamp())))
        charges = money.of_ids(Charge, sorted({each.charge for each in refunds if each.charge is not None}))
        return tuple(_reversal(each, charges.get(each.charge or "")) for each in refunds)

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


def _reversal(refund: Refund, charge: Charge | None) -> Reversal:
    intent = refund.payment_intent or (None if charge is None else charge.payment_intent)
    correlation = None if charge is None else charge.metadata.correlation_id
    return Reversal(refund=refund, payment_intent=intent, correlation_id=correlation)
