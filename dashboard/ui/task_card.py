"""One task for its owner, as HTML: what to do, how long there is, what proves it and who waits for it."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.launch import wording as launch_wording
from dashboard.launch.clock import t_text
from dashboard.launch.run import TaskState
from dashboard.launch.timeline import Row, TaskStage
from dashboard.ui import formats, wording
from dashboard.ui.looks import Look, badge
from dashboard.ui.markup import text

_ENDED: Mapping[TaskState, tuple[str, str]] = {
    TaskState.DONE: ("go", "go"),
    TaskState.AUTO: ("go", "go"),
    TaskState.SKIPPED: ("unknown", "warning"),
    TaskState.ABANDONED: ("nogo", "nogo"),
}


def task(row: Row, t_s: float | None) -> str:
    """One card. An entry that was written later than it happened shows both times."""
    waiting = text(", ".join(row.waiting_for))
    waits = f'<p class="gl-why">{wording.WAITS_FOR} {waiting}</p>' if waiting else ""
    clash = f'<p class="gl-bad">{text(row.conflict)}</p>' if row.conflict else ""
    proof = ", ".join(row.proof) or wording.BY_HAND
    needed = ", ".join(row.needed_by) or wording.NOBODY
    return (
        f'<div class="gl gl-task">{badge(look(row))}<h3>{text(row.task.title)}</h3>'
        f'<span class="gl-muted">{text(time_left(row, t_s))}{fixed(row)}{_back_dated(row)}</span>'
        f"<p>{text(row.task.todo)}</p>{waits}{clash}"
        f'<p class="gl-meta"><span>{wording.PROVEN_BY}: {text(proof)}</span> '
        f"<span>{wording.WHO_WAITS}: {text(needed)}</span></p></div>"
    )


def look(row: Row) -> Look:
    """How a task looks: how it ended, or how far it is."""
    if row.stage is TaskStage.COMPLETE:
        tone, shape = _ENDED[row.state]
        return Look(word=wording.TASK_WORD[row.state.value], tone=tone, icon=shape)
    tone = "work" if row.stage is TaskStage.IN_PROGRESS else "stale"
    return Look(word=wording.TASK_WORD[row.stage.value], tone=tone, icon=tone)


def time_left(row: Row, t_s: float | None) -> str:
    """What the clock says: of an open task how far its planned end is, as whoever asks for it counts; or when
    it ended.
    """
    if not row.is_open:
        return t_text(row.end_s)
    if t_s is None or (row.began_s is None and t_s < row.planned_start_s):
        return wording.BEGINS.format(t=t_text(row.planned_start_s))
    if row.overdue_s:
        return late(row)
    left = wording.LEFT.format(minutes=formats.minutes(row.planned_end_s - t_s))
    return f"{left} · {late(row)}" if row.late_s else left


def late(row: Row) -> str:
    """How late it is by now, or was when it ended, and how late it is forecast to end where that is more;
    empty when it is neither.
    """
    parts = [wording.LATE.format(minutes=formats.minutes(row.overdue_s))] if row.overdue_s else []
    if row.late_s > row.overdue_s:
        parts.append(wording.FORECAST_LATE.format(minutes=formats.minutes(row.late_s)))
    return " · ".join(parts)


def fixed(row: Row) -> str:
    """The mark of a task that must not move."""
    return f" · {wording.FIXED}" if row.task.fixed else ""


def _back_dated(row: Row) -> str:
    if row.newest is None or not row.newest.is_back_dated:
        return ""
    return f" · {text(launch_wording.back_dated(row.newest.event_at, row.newest.recorded_at))}"
