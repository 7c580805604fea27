"""The plan that a run is frozen with, and the addresses it was frozen over, read back from the store."""

from __future__ import annotations

from dashboard.frozen import frozen_plan
from dashboard.launch.plan_file import LoadedPlan
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.wiring.resolve import Resolver, recorded, resolve


def frozen(store: Store, run: Run, by: Resolver) -> tuple[LoadedPlan, Resolver]:
    """The plan of the run, asked where it was asked before; secrets are those of today's environment.

    Raises `UnresolvedError` where that lacks one of them.
    """
    loaded = frozen_plan(store, run)
    return loaded, resolve(loaded.plan, {**by.environ, **recorded(loaded)})
