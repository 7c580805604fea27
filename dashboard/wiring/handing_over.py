"""Gathers the figures that are frozen at the end of a run: the board, the KPIs and the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.figures import figures
from dashboard.finance.books import Books, UntellableError
from dashboard.finance.denials import denials
from dashboard.finance.values import FinancePanel, Wanted
from dashboard.launch.plan import Plan
from dashboard.launch.run import fold
from dashboard.recent import recent_of
from dashboard.reconciliation.errors import ReconciliationError
from dashboard.sealing.completeness import Complete
from dashboard.sealing.handover import handover
from dashboard.store.store import Store
from dashboard.store.values import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class HandingOver:
    """Reads everything anew: it is asked once, at the end."""

    store: Store
    run: Run
    plan: Plan
    clock: Callable[[], datetime]

    def __call__(self, at: datetime) -> Mapping[str, Any]:
        """The figures as they stand, at the cut-off that is named. Raises `StoreError`."""
        stored = self.store.board(self.run.id)
        board = None if stored is None else stored.board
        recent = recent_of(self.store, self.run.id, self.plan)
        recent.read(at)
        clocks = fold(self.store.events(self.run.id)).clocks
        proof = Complete(self.store).of(self.run.id, self.plan, clocks, at)
        known = figures(self.store, self.plan, board, recent.inputs(), now=at, evidence=proof, has_ended=True)
        return handover(at=at, board=board, kpis=known.kpis, money=self._books())

    def _books(self) -> FinancePanel | str:
        if self.plan.money is None:
            return "The plan has no [money], so that nothing is reconciled."
        books = Books(store=self.store, plan=self.plan, clock=self.clock, denials=denials)
        try:
            return books.panel(self.run, Wanted())
        except (ReconciliationError, UntellableError) as error:
            return str(error)
        finally:
            books.close()
