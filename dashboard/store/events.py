"""The log of a run: events appended one after the other, each by whoever had seen the one before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func
from sqlmodel import Session, col, select

from dashboard.launch.event import Draft, Event, What
from dashboard.store.tables import EventRow, RunRow

_ENDS = (What.CLOSED.value, What.SCRUBBED.value)
_COURSE = (*_ENDS, What.STARTED.value, What.NEXT_ATTEMPT.value, What.PLAN_CHANGED.value)
_TOLD = tuple(field.name for field in fields(Draft) if field.name != "what")


def append(session: Session, run_id: int, draft: Draft, *, expected: int, now: datetime) -> Event | None:
    """The event, or None where the log's head is no longer `expected`: somebody else acted first."""
    # Two who act at once take turns at the run's own row.
    session.exec(select(RunRow.id).where(RunRow.id == run_id).with_for_update()).one()
    if session.scalar(select(newest_seq(run_id))) != expected:
        return None
    told = {name: getattr(draft, name) for name in _TOLD}
    row = EventRow(run_id=run_id, seq=expected + 1, recorded_at=now, what=draft.what.value, **told)
    session.add(row)
    session.flush()
    return _event(row)


def newest_seq(run_id: int) -> ScalarSelect[int]:
    """The number of the newest event as part of a query; 0 before the first."""
    newest = select(func.coalesce(func.max(EventRow.seq), 0)).where(EventRow.run_id == run_id)
    return newest.scalar_subquery()


def after(session: Session, run_id: int, seq: int) -> list[Event]:
    """Every event after this one, oldest first."""
    query = select(EventRow).where(EventRow.run_id == run_id, col(EventRow.seq) > seq)
    return [_event(row) for row in session.exec(query.order_by(col(EventRow.seq)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a launch has come: since T-0 it is `under_way` until it ends, and `over` once it gave way to
    the next attempt. `plan_sha256` is the plan that two people changed to, None where they did not.
    """

    started: bool
    under_way: bool
    over: bool
    plan_sha256: str | None


def course(session: Session, run_id: int) -> Course:
    """The course of a run, from the few events that tell it."""
    query = select(EventRow.what, EventRow.after).where(
        EventRow.run_id == run_id, col(EventRow.what).in_(_COURSE)
    )
    told = session.exec(query.order_by(col(EventRow.seq))).all()
    seen = {what for what, _ in told}
    changed = [after for what, after in told if what == What.PLAN_CHANGED.value]
    started = What.STARTED.value in seen
    return Course(
        started=started,
        under_way=started and not seen & set(_ENDS),
        over=What.NEXT_ATTEMPT.value in seen,
        plan_sha256=changed[-1] if changed else None,
    )


def changed_plans(session: Session, run_id: int) -> list[str]:
    """The hashes of the plans that people changed to, in their order."""
    query = select(EventRow.after).where(EventRow.run_id == run_id, EventRow.what == What.PLAN_CHANGED.value)
    return list(session.exec(query.order_by(col(EventRow.seq))))


def launch_of(session: Session, run_id: int) -> tuple[datetime, datetime | None] | None:
    """From when to when the run was launched: T-0, and its end or None; None before T-0.

    Where the host's clock was set back meanwhile, both are as far apart as any moment of it was called.
    """
    of_run = EventRow.run_id == run_id
    started = session.exec(
        select(EventRow.event_at).where(of_run, EventRow.what == What.STARTED.value)
    ).first()
    ended = session.exec(select(EventRow.recorded_at).where(of_run, col(EventRow.what).in_(_ENDS))).first()
    shifts = session.exec(select(EventRow.shift_ms).where(of_run, col(EventRow.shift_ms) < 0)).all()
    back = timedelta(milliseconds=-sum(shift or 0 for shift in shifts))
    return None if started is None else (started - back, ended and ended + back)


def _event(row: EventRow) -> Event:
    told = {name: getattr(row, name) for name in _TOLD}
    return Event(**told, what=What(row.what), seq=row.seq, recorded_at=row.recorded_at)
