"""The hour in words, as HTML: who has not ticked, the same as the Gantt as tables, and the log."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.launch import wording as launch_wording
from dashboard.launch.clock import t_text
from dashboard.launch.due import Due
from dashboard.launch.event import Event
from dashboard.launch.marks import Mark
from dashboard.launch.timeline import Row
from dashboard.launch.view import HourView
from dashboard.ui import formats, markup, wording
from dashboard.ui.markup import joined, moment, text
from dashboard.ui.task_card import fixed, late, look

_HEADS = (
    "Task",
    "Owner",
    "State",
    "Planned",
    "Began",
    "Forecast or actual",
    "Late",
    "By",
    "Reason or conflict",
)
_MARK_HEADS = ("T", "UTC", "What", "What happened")
_LOG_HEADS = ("Event", "What", "About", "From → to", "By", "Reason", "Board")


def due(hour: HourView) -> str:
    """Who is late or nearly, by owner; it means something only while the hour is under way."""
    items = joined(f"<li>{text(_due(each))}</li>" for each in hour.due)
    body = f'<ul class="gl-due">{items}</ul>' if items else f'<p class="gl-muted">{wording.NOBODY_LATE}</p>'
    return f'<section class="gl" aria-labelledby="due"><h2 id="due">{wording.NOT_TICKED}</h2>{body}</section>'


def table(hour: HourView) -> str:
    """The same as the Gantt for a screen reader and for copying."""
    tasks = _table(wording.TASKS_CAPTION, _HEADS, (_cells(row) for row in hour.rows))
    marks = _table(wording.MARKS_CAPTION, _MARK_HEADS, (_mark_cells(mark) for mark in hour.marks))
    shown = tasks + (marks if hour.marks else f'<p class="gl-muted">{wording.NO_MARKS}</p>')
    scroll = f'<div class="gl-scroll" tabindex="0" role="region" aria-label="{wording.TABLE}">{shown}</div>'
    return (
        f'<div class="gl"><details id="hour-table"><summary>{wording.TABLE}</summary>{scroll}</details></div>'
    )


def log(hour: HourView, *, run: int | None = None) -> str:
    """What was done, newest first; an entry that was written later than it happened shows both times. Each
    leads to its record, where it is sealed in the log of a run.
    """
    if not hour.events:
        body = f'<p class="gl-muted">{wording.NO_EVENTS}</p>'
    else:
        body = (
            f'<div class="gl-scroll" tabindex="0" role="region" aria-label="{wording.LOG}">'
            f"{_table('', _LOG_HEADS, (_event(event, run=run) for event in hour.events))}</div>"
        )
    return f'<div class="gl"><h2>{wording.LOG}</h2>{body}</div>'


def _due(each: Due) -> str:
    words = wording.LEFT if each.left_s >= 0 else wording.LATE
    left = words.format(minutes=formats.minutes(abs(each.left_s)))
    waits = f"; {wording.WAITS_FOR} {', '.join(each.waiting_for)}" if each.waiting_for else ""
    return f"{each.owner_title}: {each.title}, {left}{waits}"


def _table(caption: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    head = joined(f'<th scope="col">{name}</th>' for name in heads)
    body = joined(f"<tr>{row}</tr>" for row in rows)
    said = f"<caption>{caption}</caption>" if caption else ""
    return f"<table>{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Row) -> str:
    cells = (
        row.owner_title,
        f"{look(row).word}{fixed(row)}",
        f"{t_text(row.planned_start_s)} to {t_text(row.planned_end_s)}",
        "" if row.began_s is None else t_text(row.began_s),
        f"{t_text(row.start_s)} to {t_text(row.end_s)}",
        late(row) or "no",
        row.ended_by or "",
        row.reason or row.conflict,
    )
    return f'<th scope="row">{text(row.task.title)}</th>{joined(f"<td>{text(cell)}</td>" for cell in cells)}'


def _mark_cells(mark: Mark) -> str:
    title = f"{mark.title} {wording.UNDONE}" if mark.is_undone else mark.title
    cells = (t_text(mark.t_s), formats.clock_time(mark.at), wording.LANES[mark.lane.value], title)
    return joined(f"<td>{text(cell)}</td>" for cell in cells)


def _event(event: Event, *, run: int | None) -> str:
    when = moment(event.event_at)
    if event.is_back_dated:
        both = launch_wording.back_dated(event.event_at, event.recorded_at)
        when = f'{when} <span class="gl-muted">{text(both)}</span>'
    who = f"{event.actor} ({event.identity})"
    board = "" if event.board_hash is None else f"<code>{event.board_hash[:12]}</code>"
    spoken = launch_wording.spoken
    change = f"{spoken(event.before) or 'nothing'} → {spoken(event.after)}"
    told = (event.what.value, spoken(event.subject), change, who, event.reason)
    cells = joined(f"<td>{text(cell)}</td>" for cell in told)
    number = f"{event.seq}"
    if run is not None:
        number = markup.sealed(f"event/{event.seq}", number, run=run)
    return f"<td>{number} · {when}</td>{cells}<td>{board}</td>"
