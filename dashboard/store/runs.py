"""Runs and their plans: which attempt at which plan is under way."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from collectors.observation import Environment
from dashboard.store.errors import StoreDamagedError, UnstorableError
from dashboard.store.tables import IdentityRow, PlanRow, RunRow
from dashboard.store.values import Run


def open_run(
    session: Session,
    *,
    environment: Environment,
    plan_id: str,
    plan_sha256: str,
    plan_toml: str,
    now: datetime,
) -> Run:
    """The open run of this plan, or a new one; a new one closes whatever run was open before."""
    # Two processes that open a run at once take turns at this row.
    session.exec(select(IdentityRow).with_for_update()).one()
    row = session.exec(_newest().where(col(RunRow.closed_at).is_(None))).first()
    if row is not None and row.plan_sha256 == plan_sha256:
        return _run(row)
    session.execute(update(RunRow).where(col(RunRow.closed_at).is_(None)).values(closed_at=now))
    _keep_plan(session, PlanRow(sha256=plan_sha256, plan_id=plan_id, content=plan_toml))
    opened = RunRow(
        environment=environment.value,
        plan_id=plan_id,
        plan_sha256=plan_sha256,
        attempt=1,
        started_at=now,
    )
    session.add(opened)
    session.flush()
    return _run(opened)


def newest_run(session: Session) -> Run | None:
    """The run that was opened last."""
    row = session.exec(_newest()).first()
    return None if row is None else _run(row)


def run(session: Session, run_id: int) -> Run | None:
    """The run with this number."""
    row = session.get(RunRow, run_id)
    return None if row is None else _run(row)


def runs(session: Session) -> list[Run]:
    """Every run, the newest first."""
    return [_run(row) for row in session.exec(select(RunRow).order_by(col(RunRow.id).desc()))]


def plan_text(session: Session, run: Run) -> str:
    """The TOML of the run's plan as it was when the run was opened."""
    found = session.exec(select(PlanRow.content).where(PlanRow.sha256 == run.plan_sha256)).first()
    if found is None:
        raise StoreDamagedError(
            f"got no plan with the hash {run.plan_sha256[:12]} for run {run.id}, expected its text; "
            "restore the database from a backup"
        )
    return found


def _newest() -> SelectOfScalar[RunRow]:
    return select(RunRow).order_by(col(RunRow.id).desc()).limit(1)


def _keep_plan(session: Session, plan: PlanRow) -> None:
    known = session.exec(select(PlanRow.content).where(PlanRow.sha256 == plan.sha256)).first()
    if known is None:
        session.add(plan)
        session.flush()
    elif known != plan.content:
        raise UnstorableError(
            f"Got another text for the plan {plan.plan_id!r} under the hash {plan.sha256[:12]}, expected the "
            "text recorded under it before; hash the text that is handed over."
        )


def _run(row: RunRow) -> Run:
    return Run(
        id=row.id or 0,
        environment=Environment(row.environment),
        plan_id=row.plan_id,
        plan_sha256=row.plan_sha256,
        attempt=row.attempt,
        started_at=row.started_at,
    )
