"""How much of the required evidence of a run is proven, for the figures beside the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.launch.clock import TClock
from dashboard.launch.plan import Plan
from dashboard.launch.proof import Completeness, completeness, standings
from dashboard.sealing.reading import KnownItems
from dashboard.store.store import Store


@dataclass(slots=True)
class Complete:
    """Follows the log of whatever run it is asked about, one run at a time."""

    store: Store
    _known: KnownItems | None = field(init=False, default=None)

    def of(self, run_id: int, plan: Plan, clocks: Sequence[TClock], now: datetime) -> Completeness | None:
        """The figure now; None where the plan asks for nothing, or nothing is sealed. Raises `StoreError`."""
        if plan.evidence is None or self.store.evidence.origin(run_id) is None:
            return None
        if self._known is None or self._known.run_id != run_id:
            self._known = KnownItems(self.store, run_id)
        return completeness(standings(plan.evidence, self._known.known(), clocks, now))
