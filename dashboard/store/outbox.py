"""The outbox: notices, each written once, and per channel what became of them, one line an attempt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from dashboard.launch.announcing import Notice
from dashboard.launch.delivery import ENDS, Attempt, Outcome, Pending, pending
from dashboard.store.tables import DeliveryRow, NoticeRow

_ENDS = tuple(end.value for end in sorted(ENDS))


def put(
    session: Session, run_id: int, notices: Iterable[Notice], *, channels: Sequence[str], now: datetime
) -> list[Pending]:
    """Put in what is not there yet, to be delivered by every channel; what is there stays as it is."""
    asked = {notice.key: notice for notice in notices}
    of_run = NoticeRow.run_id == run_id
    known = set(session.exec(select(NoticeRow.key).where(of_run, col(NoticeRow.key).in_(asked))))
    fresh = [notice for key, notice in asked.items() if key not in known]
    session.add_all(NoticeRow(run_id=run_id, key=each.key, at=each.at, text=each.text) for each in fresh)
    session.flush()
    found = [Pending(notice=notice, channel=channel) for notice in fresh for channel in channels]
    waiting = [
        Attempt(key=each.notice.key, channel=each.channel, at=now, outcome=Outcome.WAITING) for each in found
    ]
    record(session, run_id, waiting)
    return found


def record(session: Session, run_id: int, attempts: Iterable[Attempt]) -> None:
    """Add what became of deliveries."""
    session.add_all(
        DeliveryRow(
            run_id=run_id,
            key=attempt.key,
            channel=attempt.channel,
            at=attempt.at,
            outcome=attempt.outcome.value,
            error=attempt.error,
        )
        for attempt in attempts
    )


def waiting(session: Session, run_id: int) -> tuple[Pending, ...]:
    """Every delivery that is not over, oldest notice first."""
    end = aliased(DeliveryRow)
    over = select(end.id).where(
        end.run_id == run_id,
        end.key == DeliveryRow.key,
        end.channel == DeliveryRow.channel,
        col(end.outcome).in_(_ENDS),
    )
    query = (
        select(DeliveryRow, NoticeRow)
        .join(NoticeRow, (NoticeRow.run_id == DeliveryRow.run_id) & (NoticeRow.key == DeliveryRow.key))  # type: ignore[arg-type]  # SQL, not a boolean
        .where(DeliveryRow.run_id == run_id, ~over.exists())
        .order_by(col(DeliveryRow.id))
    )
    rows = session.exec(query).all()
    notices = {row.key: Notice(key=row.key, at=row.at, text=row.text) for _, row in rows}
    return pending([_attempt(row) for row, _ in rows], notices)


def given_up(session: Session, run_id: int, *, since: datetime) -> list[Attempt]:
    """What was given up from then on, oldest first."""
    query = select(DeliveryRow).where(
        DeliveryRow.run_id == run_id,
        DeliveryRow.outcome == Outcome.GIVEN_UP.value,
        col(DeliveryRow.at) >= since,
    )
    return [_attempt(row) for row in session.exec(query.order_by(col(DeliveryRow.at), col(DeliveryRow.id)))]


def newest_notice_at(session: Session, run_id: int) -> datetime | None:
    """Of when the newest notice of the run is, or None before the first."""
    return session.scalar(select(func.max(NoticeRow.at)).where(NoticeRow.run_id == run_id))


def newest_attempt(run_id: int) -> ScalarSelect[int]:
    """The id of the newest attempt as part of a query; 0 before the first."""
    newest = select(func.coalesce(func.max(DeliveryRow.id), 0)).where(DeliveryRow.run_id == run_id)
    return newest.scalar_subquery()


def _attempt(row: DeliveryRow) -> Attempt:
    return Attempt(key=row.key, channel=row.channel, at=row.at, outcome=Outcome(row.outcome), error=row.error)
