"""The plan that a run was frozen with, out of the store: what a run is judged by when it is judged again."""

from __future__ import annotations

from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.store.errors import StoreDamagedError
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.redaction import find_secret


def frozen_plan(store: Store, run: Run) -> LoadedPlan:
    """The plan of the run. Raises `PlanError`, or `StoreError` where its text is not the one of its hash."""
    return _read(run, run.plan_sha256, store.plan_text(run))


def _read(run: Run, sha256: str, text: str) -> LoadedPlan:
    loaded = load_plan(text, scan=find_secret)
    if loaded.sha256 != sha256:
        raise StoreDamagedError(
            f"got a plan whose hash is {loaded.sha256[:12]} for run {run.id}, expected {sha256[:12]}; "
            "the plan was altered, restore the database from a backup"
        )
    return loaded


def first_plan(store: Store, run: Run) -> LoadedPlan:
    """The plan that the run was opened with, whatever people changed to since. Raises as `frozen_plan`."""
    sha256, text = store.plans_of(run.id)[0]
    return _read(run, sha256, text)


def frozen_policies(store: Store, run: Run) -> tuple[Policy, ...]:
    """All that the run was judged by, one after the other. Raises what `frozen_plan` does."""
    return tuple(
        Policy.of(
            _read(run, sha256, text).plan,
            plan_sha256=sha256,
            run=run.id,
            attempt=run.attempt,
            environment=run.environment,
        )
        for sha256, text in store.plans_of(run.id)
    )
