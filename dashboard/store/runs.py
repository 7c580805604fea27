"""Runs and their plans: which attempt at which plan is under way."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from collectors.observation import Environment
from dashboard.store import events
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
    """The open run of this plan, or a new one; a new one closes whatever run was open before.

    A launch that is under way goes on, by the plan that it was frozen with, whatever plan is handed over:
    that one is kept, for two people to change to. A run that gave way to its next attempt is not gone on
    with: nothing of it (a FAIL, a vote, a waiver) is of the next, whose attempt counts on.
    """
    # Two processes that open a run at once take turns at this row.
    session.exec(select(IdentityRow).with_for_update()).one()
    _keep_plan(session, PlanRow(sha256=plan_sha256, plan_id=plan_id, content=plan_toml))
    row = session.exec(_newest().where(col(RunRow.closed_at).is_(None))).first()
    if row is not None:
        course, found = events.course(session, row.id or 0), _run(session, row)
        if course.under_way or (found.plan_sha256 == plan_sha256 and not course.over):
            return found
    attempt = _next_attempt(session, plan_id)
    session.execute(update(RunRow).where(col(RunRow.closed_at).is_(None)).values(closed_at=now))
    opened = RunRow(
        environment=environment.value,
        plan_id=plan_id,
        plan_sha256=plan_sha256,
        attempt=attempt,
        started_at=now,
    )
    session.add(opened)
    session.flush()
    return _run(session, opened)


def newest_run(session: Session) -> Run | None:
    """The run that was opened last."""
    row = session.exec(_newest()).first()
    return None if row is None else _run(session, row)


def run(session: Session, run_id: int) -> Run | None:
    """The run with this number."""
    row = session.get(RunRow, run_id)
    return None if row is None else _run(session, row)


def runs(session: Session, *, before: int | None = None, limit: int | None = None) -> list[Run]:
    """The runs, the newest first: every one, or so many of those before this number."""
    query = select(RunRow).order_by(col(RunRow.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(RunRow.id) < before)
    return [_run(session, row) for row in session.exec(query)]


def plan_text(session: Session, run: Run) -> str:
    """The TOML of the plan that the run is judged by."""
    found = session.exec(select(PlanRow.content).where(PlanRow.sha256 == run.plan_sha256)).first()
    if found is None:
        raise StoreDamagedError(
            f"got no plan with the hash {run.plan_sha256[:12]} for run {run.id}, expected its text; "
            "restore the database from a backup"
        )
    return found


def _next_attempt(session: Session, plan_id: str) -> int:
    """One more than the last at this launch, where that one got as far as T-0 or gave way; else the same."""
    last = session.exec(_newest().where(RunRow.plan_id == plan_id)).first()
    if last is None:
        return 1
    course = events.course(session, last.id or 0)
    return last.attempt + (course.started or course.over)


def plan_of_hash(session: Session, sha256: str) -> str | None:
    """The TOML under this hash."""
    return session.exec(select(PlanRow.content).where(PlanRow.sha256 == sha256)).first()


def plans_of(session: Session, run_id: int) -> list[tuple[str, str]]:
    """Hash and TOML of every plan that the run was judged by, the first one first."""
    first = session.exec(select(RunRow.plan_sha256).where(RunRow.id == run_id)).one()
    hashes = [first, *events.changed_plans(session, run_id)]
    query = select(PlanRow.sha256, PlanRow.content).where(col(PlanRow.sha256).in_(hashes))
    contents = dict(iter(session.exec(query)))
    return [(sha256, contents[sha256]) for sha256 in hashes]


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


def _run(session: Session, row: RunRow) -> Run:
    course = events.course(session, row.id or 0)
    return Run(
        id=row.id or 0,
        environment=Environment(row.environment),
        plan_id=row.plan_id,
        plan_sha256=course.plan_sha256 or row.plan_sha256,
        attempt=row.attempt,
        started_at=row.started_at,
        under_way=course.under_way,
    )
