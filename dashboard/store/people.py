"""What people asked golive to do, and what they did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select, update

from dashboard.store.tables import ActionRow, RequestRow, SignOutRow
from dashboard.store.values import ProbeRequest, RecordedAction


def request_probe(session: Session, row: RequestRow) -> int:
    """Record the wish; its id."""
    session.add(row)
    session.flush()
    return row.id or 0


def take_requests(session: Session, run_id: int, *, now: datetime) -> list[ProbeRequest]:
    """Every open request, oldest first; none is ever given twice."""
    waiting = (col(RequestRow.run_id) == run_id, col(RequestRow.taken_at).is_(None))
    if session.exec(select(RequestRow.id).where(*waiting).limit(1)).first() is None:
        return []
    taken = session.scalars(update(RequestRow).where(*waiting).values(taken_at=now).returning(RequestRow))
    return sorted((_request(row) for row in taken), key=lambda request: request.id)


def sign_out(session: Session, pseudonym: str, at_s: int) -> None:
    """Every session of this person that began until then has ended; an end is never taken back."""
    session.execute(
        text("INSERT INTO golive_sign_out (pseudonym, at_s) VALUES (:who, :at) ON CONFLICT DO NOTHING"),
        {"who": pseudonym, "at": at_s},
    )
    older = (col(SignOutRow.pseudonym) == pseudonym, col(SignOutRow.at_s) < at_s)
    session.execute(update(SignOutRow).where(*older).values(at_s=at_s))


def sign_outs(session: Session, *, since_s: int) -> dict[str, int]:
    """The newest sign-out of each person since then."""
    query = select(SignOutRow).where(col(SignOutRow.at_s) >= since_s)
    return {row.pseudonym: row.at_s for row in session.exec(query)}


def append_action(session: Session, row: ActionRow) -> int:
    """Record what was done; its id."""
    session.add(row)
    session.flush()
    return row.id or 0


def actions(session: Session, run_id: int) -> list[RecordedAction]:
    """Everything that people did in the run, oldest first."""
    query = select(ActionRow).where(ActionRow.run_id == run_id).order_by(col(ActionRow.id))
    return [_action(row) for row in session.exec(query)]


def _request(row: RequestRow) -> ProbeRequest:
    return ProbeRequest(
        id=row.id or 0,
        probe=row.probe,
        actor=row.actor,
        role=row.role,
        identity=row.identity,
        requested_at=row.requested_at,
    )


def _action(row: ActionRow) -> RecordedAction:
    return RecordedAction(
        id=row.id or 0,
        actor=row.actor,
        role=row.role,
        identity=row.identity,
        what=row.what,
        detail=row.detail,
        at=row.at,
    )
