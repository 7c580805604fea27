"""How much of the required evidence of a run is proven: for the figures beside the board, and for a GO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.frozen import first_plan
from dashboard.launch import refusing as words
from dashboard.launch.clock import TClock
from dashboard.launch.plan import Plan
from dashboard.launch.plan_evidence import Evidence
from dashboard.launch.proof import Completeness, Standing, completeness, standings, unmet
from dashboard.launch.run import RunState
from dashboard.sealing.reading import KnownItems
from dashboard.store.store import Store
from dashboard.store.values import Run


@dataclass(slots=True)
class Complete:
    """Follows the log of whatever run it is asked about, one run at a time."""

    store: Store
    _known: KnownItems | None = field(init=False, default=None)

    def of(self, run_id: int, plan: Plan, clocks: Sequence[TClock], now: datetime) -> Completeness | None:
        """The figure now; None where the plan asks for nothing, or nothing is sealed. Raises `StoreError`."""
        if plan.evidence is None or self.store.evidence.origin(run_id) is None:
            return None
        return completeness(self._standings(run_id, plan.evidence, clocks, now))

    def missing_for_go(
        self, run_id: int, plan: Plan, clocks: Sequence[TClock], now: datetime
    ) -> tuple[str, ...]:
        """What the plan wants before a GO and is not proven now, by title. Raises `StoreError`."""
        if plan.evidence is None:
            return ()
        found = self._standings(run_id, plan.evidence, clocks, now)
        missing = set(unmet(found, "go"))
        titles = tuple(each.item.title for each in found if each.item.id in missing)
        if plan.evidence.require_anchor_before_go and not self._is_stamped(run_id):
            titles += (words.STAMP,)
        return titles

    def _is_stamped(self, run_id: int) -> bool:
        """Whether an authority stamped the newest head that was signed."""
        newest = max(self.store.evidence.heads(run_id), default=0)
        return any(token.size == newest for token in self.store.evidence.tokens(run_id))

    def _standings(
        self, run_id: int, evidence: Evidence, clocks: Sequence[TClock], now: datetime
    ) -> tuple[Standing, ...]:
        if self._known is None or self._known.run_id != run_id:
            self._known = KnownItems(self.store, run_id)
        return standings(evidence, self._known.known(), clocks, now)


def missing_for_go(store: Store, run: Run) -> Callable[[RunState, datetime], tuple[str, ...]]:
    """What a GO of this run waits for, by the plan that it was opened with."""
    complete = Complete(store)

    def missing(state: RunState, now: datetime) -> tuple[str, ...]:
        return complete.missing_for_go(run.id, first_plan(store, run).plan, state.clocks, now)

    return missing
