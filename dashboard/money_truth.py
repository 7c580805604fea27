"""Asks what was read of money whether every charge has its one right credit, and answers in counts.

It asks no source: its answer is as old as the oldest read that it stands on, and goes stale with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.asking import Asker, AskError
from collectors.observation import FailureReason, Observation, Scalar
from collectors.probe import Question, present
from dashboard.launch import wording
from dashboard.launch.money import trace_wording as words
from dashboard.launch.money.invariants import counted
from dashboard.launch.money.purchase import AsOf, Side
from dashboard.launch.money.trace import HopState
from dashboard.launch.plan import Plan
from dashboard.ledger_truth import LedgerTruth
from dashboard.payments import StoredPayments
from dashboard.purchases import Ours, Purchases, as_of, expected_of
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.store.values import Run

LOG = logging.getLogger(__name__)
ASKED = "what was read of Stripe and of the ledger"
NEEDED = (Side.PAYMENTS, Side.EVENTS, Side.DELIVERIES, Side.LEDGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyTruthProbe(Question):
    """Judges the payments from `since` on; what was paid before is none of this run."""

    store: Store
    plan: Plan
    run: Run
    ours: Ours
    since: datetime
    _first: list[int] = field(init=False, default_factory=list)
    _payments: list[StoredPayments] = field(init=False, default_factory=list)
    _ledger: list[LedgerTruth] = field(init=False, default_factory=list)

    async def _look(self, asker: Asker) -> Observation:
        try:
            read_at, facts = await asyncio.to_thread(self._count, asker.clock())
        except StoreError as error:
            LOG.warning("the payments cannot be judged: %s", error)
            why = wording.store_trouble(error.told)
            raise AskError(FailureReason.INTERNAL, why, asked=ASKED) from None
        return Observation(
            probe=self.probe,
            source=self.source,
            environment=asker.environment,
            asked=ASKED,
            observed_at=read_at,
            elapsed_ms=0,
            facts=facts,
        )

    def _count(self, now: datetime) -> tuple[datetime, Mapping[str, Scalar]]:
        read = self._stored().since(self.since, now)
        sides, expected = as_of(read.reads), expected_of(self.plan)
        young = self.since + timedelta(seconds=expected.grace_s)
        # What names no payment may be of a charge from before, and nobody can tell of which.
        counts = [entry.created >= (self.since if entry.payment_intent else young) for entry in read.unpaid]
        unpaid = [entry for entry, is_of_run in zip(read.unpaid, counts, strict=True) if is_of_run]
        facts = counted(
            read.told(expected, now),
            unpaid,
            expected,
            charged_twice=read.charged_twice,
            under_way=read.under_way,
            ledger=sides[Side.LEDGER],
            payments=sides[Side.PAYMENTS],
        )
        facts |= {"first_dollar_s": self._first_dollar_s(now)}
        return _oldest(sides), present(facts | self._beside().facts(read))

    def _first_dollar_s(self, now: datetime) -> int | None:
        """Known once it is through, and the same from then on."""
        if not self._first:
            purchases = Purchases(store=self.store, plan=self.plan, ours=self.ours, clock=lambda: now)
            found = purchases.first_dollar(self.run)
            if found is not None and found.state is HopState.DONE and found.total is not None:
                self._first.append(round(found.total.total_seconds()))
        return self._first[0] if self._first else None

    def _beside(self) -> LedgerTruth:
        if not self._ledger:
            told = LedgerTruth(
                store=self.store, plan=self.plan, ours=self.ours, run=self.run, since=self.since
            )
            self._ledger.append(told)
        return self._ledger[0]

    def _stored(self) -> StoredPayments:
        if not self._payments:
            self._payments.append(StoredPayments(store=self.store, plan=self.plan, ours=self.ours))
        return self._payments[0]


def _oldest(sides: Mapping[Side, AsOf]) -> datetime:
    """When the side that is furthest behind was read; one that never was answers nothing at all."""
    for side in NEEDED:
        read = sides[side]
        if read.at is None or read.read_at is None:
            sentence = words.blind(side.value, read.why, read.at)
            raise AskError(FailureReason.SERVER, sentence, asked=ASKED)
    return min(read.read_at for side in NEEDED if (read := sides[side]).read_at is not None)
