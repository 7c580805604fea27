"""What `golive doctor` is told about a store. Reads everything, so nothing else asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, select

from collectors.observation import Environment
from dashboard.store.database import Database
from dashboard.store.schema import opened_by, version
from dashboard.store.tables import (
    ActionRow,
    EvaluationRow,
    FlipRow,
    KeptRow,
    RequestRow,
    RunRow,
    SampleRow,
)
from dashboard.store.values import StoreState

_COUNTED: dict[str, Any] = {
    "runs": RunRow,
    "samples": SampleRow,
    "evaluations": EvaluationRow,
    "flips": FlipRow,
    "kept for flips": KeptRow,
    "requests": RequestRow,
    "actions": ActionRow,
}


def describe(session: Session, database: Database, *, environment: Environment) -> StoreState:
    """Size, counts, schema and soundness."""
    return StoreState(
        url=database.place,
        environment=environment,
        schema=version(session) or "",
        opened_by=opened_by(session) or "",
        size_bytes=_size(session, database),
        counts={
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in _COUNTED.items()
        },
        newest_observed_at=session.scalar(select(func.max(SampleRow.observed_at))),
        integrity=_integrity(session) if database.is_sqlite else None,
    )


def _size(session: Session, database: Database) -> int:
    if database.file is None:
        return session.scalar(text("SELECT pg_database_size(current_database())")) or 0
    log = Path(f"{database.file}-wal")
    return database.file.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _integrity(session: Session) -> str:
    return str(session.scalar(text("PRAGMA quick_check(1)")))
