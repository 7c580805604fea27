"""Who has to be asked: open tasks that are over their timebox, or nearly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.launch.timeline import Row

SOON_S = 120
"""So long before the end of its planned timebox an open task is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An open task whose planned end is near or past: `left_s` are seconds of T, below zero when late."""

    owner_title: str
    title: str
    left_s: float
    waiting_for: tuple[str, ...]


def due(rows: Iterable[Row], t_s: float | None) -> tuple[Due, ...]:
    """What is late or due within `SOON_S`, the latest first; nothing before T-0."""
    if t_s is None:
        return ()
    found = (
        Due(
            owner_title=row.owner_title,
            title=row.task.title,
            left_s=row.planned_end_s - t_s,
            waiting_for=row.waiting_for,
        )
        for row in rows
        if row.is_open and row.planned_end_s - t_s <= SOON_S
    )
    return tuple(sorted(found, key=lambda each: each.left_s))
