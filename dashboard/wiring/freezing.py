"""The plan that a run is frozen with, and the addresses it was frozen over, read back from the store."""

from __future__ import annotations

from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.store.errors import StoreDamagedError
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.wiring.resolve import Resolver, recorded, resolve
from evidence.redaction import find_secret


def frozen(store: Store, run: Run, by: Resolver) -> tuple[LoadedPlan, Resolver]:
    """The plan of the run, asked where it was asked before; secrets are those of today's environment.

    Raises `UnresolvedError` where that lacks one of them.
    """
    loaded = load_plan(store.plan_text(run), scan=find_secret)
    if loaded.sha256 != run.plan_sha256:
        raise StoreDamagedError(
            f"got a plan whose hash is {loaded.sha256[:12]} for run {run.id}, expected "
            f"{run.plan_sha256[:12]}; the plan was altered, restore the database from a backup"
        )
    return loaded, resolve(loaded.plan, {**by.environ, **recorded(loaded)})
