"""The lease: one row, taken by a conditional update whose row count says who won.

Every writer looks at the row again inside its own transaction, and locks it until it commits, so that a
process that was taken over while it slept cannot write behind its successor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Update, and_, or_, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select, update

from dashboard.launch.timebase import Anchor
from dashboard.store.errors import LeaseLostError
from dashboard.store.tables import LeaseRow
from dashboard.store.values import Held, Lease, LeaseSeen

TIME_BASE_NAMES = tuple(field.name for field in fields(Anchor))
TIME_BASE = tuple(col(getattr(LeaseRow, name)) for name in TIME_BASE_NAMES)
"""The columns that hold a time base."""


def look(session: Session, name: str) -> LeaseSeen | None:
    """The lease as it stands; None where nobody has ever had it."""
    row = session.exec(select(LeaseRow).where(LeaseRow.name == name)).first()
    if row is None:
        return None
    return LeaseSeen(
        holder=row.holder,
        token=row.token,
        until=row.until,
        heartbeat_at=row.heartbeat_at,
        time_base=anchor_of(row.model_dump()),
    )


def take(
    session: Session,
    name: str,
    holder: str,
    *,
    now: datetime,
    ttl_s: int,
    pace: int = 1,
    seen: LeaseSeen | None = None,
) -> Lease | Held:
    """The lease, if it is free or has run out; else who holds it. With `seen` it counts as run out, whatever
    its clock says, if it still stands as it was seen.
    """
    session.execute(
        text("INSERT INTO golive_lease (name, token) VALUES (:name, 0) ON CONFLICT (name) DO NOTHING"),
        {"name": name},
    )
    until = now + timedelta(seconds=ttl_s)
    is_over = (
        col(LeaseRow.until) <= now
        if seen is None
        else and_(col(LeaseRow.token) == seen.token, col(LeaseRow.until) == seen.until)
    )
    free = or_(col(LeaseRow.holder).is_(None), is_over)
    won = _changed(
        session,
        update(LeaseRow)
        .where(col(LeaseRow.name) == name, free)
        .values(holder=holder, until=until, heartbeat_at=now, token=LeaseRow.token + 1, pace=pace),
    )
    row = session.exec(select(LeaseRow).where(LeaseRow.name == name)).one()
    if won:
        return Lease(name=name, holder=holder, token=row.token, until=until)
    return Held(holder=row.holder or "nobody", until=row.until or now)


def renew(session: Session, lease: Lease, *, now: datetime, ttl_s: int) -> Lease:
    """The same lease for longer, and a sign of life; one that ran out but that nobody took is still ours."""
    until = now + timedelta(seconds=ttl_s)
    _update_held(session, lease, until=until, heartbeat_at=now)
    return Lease(name=lease.name, holder=lease.holder, token=lease.token, until=until)


def pace(session: Session, name: str) -> int | None:
    """How fast a T-clock runs for whoever held the lease last; None where nobody has told."""
    return session.exec(select(LeaseRow.pace).where(LeaseRow.name == name)).first()


def time_base(session: Session, name: str) -> Anchor | None:
    """What whoever held the lease last goes by; None where nobody has told."""
    row = session.execute(columns(*TIME_BASE).where(col(LeaseRow.name) == name)).mappings().first()
    return None if row is None else anchor_of(row)


def anchor_of(row: Mapping[Any, Any]) -> Anchor | None:
    """The time base in the columns of a row that has them."""
    told = {name: row[name] for name in TIME_BASE_NAMES}
    return None if None in told.values() else Anchor(**told)


def tell_time_base(session: Session, lease: Lease, anchor: Anchor, *, now: datetime, ttl_s: int) -> None:
    """Say what the holder goes by from now on; the lease and its sign of life are told by it at once."""
    until = now + timedelta(seconds=ttl_s)
    _update_held(session, lease, until=until, heartbeat_at=now, **asdict(anchor))


def release(session: Session, lease: Lease) -> None:
    """Give the lease back; where it was lost already there is nothing to give."""
    _changed(session, _held(lease).values(holder=None, until=None))


def require(session: Session, lease: Lease) -> None:
    """Raise unless the lease is ours, and keep it ours until this transaction ends."""
    mine = (LeaseRow.name == lease.name, LeaseRow.token == lease.token, LeaseRow.holder == lease.holder)
    if session.exec(select(LeaseRow.token).where(*mine).with_for_update()).first() is None:
        raise _lost(session, lease)


def _update_held(session: Session, lease: Lease, **values: Any) -> None:
    if not _changed(session, _held(lease).values(**values)):
        raise _lost(session, lease)


def _held(lease: Lease) -> Update:
    return update(LeaseRow).where(
        col(LeaseRow.name) == lease.name,
        col(LeaseRow.token) == lease.token,
        col(LeaseRow.holder) == lease.holder,
    )


def _changed(session: Session, statement: Update) -> bool:
    result: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return isinstance(result, CursorResult) and result.rowcount == 1


def _lost(session: Session, lease: Lease) -> LeaseLostError:
    holder = session.exec(select(LeaseRow.holder).where(LeaseRow.name == lease.name)).first()
    return LeaseLostError(
        f"Got a write by {lease.holder}, expected the holder of the lease {lease.name!r}, which is "
        f"{holder or 'nobody'} now; stop this process, or start it anew."
    )
