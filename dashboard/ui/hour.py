"""The hour as HTML: a Gantt of planned, forecast and actual, the same as a table, and the log."""

from __future__ import annotations

from dashboard.launch.clock import t_text
from dashboard.launch.event import Event
from dashboard.launch.run import TaskState
from dashboard.launch.timeline import Row
from dashboard.launch.view import HourView
from dashboard.ui import formats, wording
from dashboard.ui.looks import Look, badge
from dashboard.ui.markup import joined, moment, text

_LOOKS = {
    TaskState.OPEN: ("stale", "stale"),
    TaskState.DONE: ("go", "go"),
    TaskState.AUTO: ("go", "go"),
    TaskState.SKIPPED: ("unknown", "warning"),
    TaskState.ABANDONED: ("nogo", "nogo"),
}
_HEADS = ("Task", "Owner", "State", "Planned", "Forecast or actual", "Late", "By", "Reason")
_LOG_HEADS = ("Event", "What", "About", "From → to", "By", "Reason", "Board")
MINUTE_S = 60


def gantt(hour: HourView) -> str:
    """One line a task; everything is placed in percent of the hour, so that it fits any width."""
    span = max([hour.length_s, hour.t_s or 0.0, *(row.end_s for row in hour.rows)])
    rows = joined(_line(row, span, hour.t_s) for row in hour.rows)
    head = f'<h2>{wording.THE_HOUR}</h2><p class="gl-muted">{wording.HOUR_NOTE}</p>'
    return f'<div class="gl">{head}<div class="gl-gantt" aria-hidden="true">{_axis(span)}{rows}</div></div>'


def table(hour: HourView) -> str:
    """The same for a screen reader and for copying."""
    heads = joined(f'<th scope="col">{head}</th>' for head in _HEADS)
    rows = joined(f"<tr>{_cells(row)}</tr>" for row in hour.rows)
    caption = f"<caption>{wording.TABLE}</caption>"
    body = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return _folded("hour-table", wording.TABLE, body)


def log(hour: HourView) -> str:
    """What was done, newest first; an entry that was written later than it happened shows both times."""
    if not hour.events:
        body = f'<p class="gl-muted">{wording.NO_EVENTS}</p>'
    else:
        heads = joined(f'<th scope="col">{head}</th>' for head in _LOG_HEADS)
        rows = joined(f"<tr>{_event(event)}</tr>" for event in hour.events)
        body = (
            f'<div class="gl-scroll" tabindex="0" role="region" aria-label="{wording.LOG}">'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    return f'<div class="gl"><h2>{wording.LOG}</h2>{body}</div>'


def task(row: Row, t_s: float | None) -> str:
    """One task for its owner: what to do, how long there is, what proves it and who waits for it."""
    waiting = text(", ".join(row.waiting_for))
    waits = f'<p class="gl-why">{wording.WAITS_FOR} {waiting}</p>' if waiting else ""
    proof = ", ".join(row.proof) or wording.BY_HAND
    needed = ", ".join(row.needed_by) or wording.NOBODY
    return (
        f'<div class="gl gl-task">{badge(look(row))}<h3>{text(row.task.title)}</h3>'
        f'<span class="gl-muted">{text(time_left(row, t_s))}</span><p>{text(row.task.todo)}</p>{waits}'
        f'<p class="gl-meta"><span>{wording.PROVEN_BY}: {text(proof)}</span> '
        f"<span>{wording.WHO_WAITS}: {text(needed)}</span></p></div>"
    )


def look(row: Row) -> Look:
    """How the state of a task looks."""
    tone, shape = _LOOKS[row.state]
    return Look(word=wording.TASK_WORD[row.state.value], tone=tone, icon=shape)


def time_left(row: Row, t_s: float | None) -> str:
    """What the clock says of an open task; of one that ended, when it did."""
    if not row.is_open:
        return t_text(row.end_s)
    if t_s is None or t_s < row.planned_start_s:
        return wording.BEGINS.format(t=t_text(row.planned_start_s))
    left = row.planned_end_s - t_s
    words = wording.LEFT if left >= 0 else wording.LATE
    return words.format(minutes=_minutes(abs(left)))


def _line(row: Row, span: float, t_s: float | None) -> str:
    shown = look(row)
    late = " gl-late" if row.late_s else ""
    now = "" if t_s is None else f'<span class="gl-now" style="left:{_percent(t_s, span)}"></span>'
    return (
        f'<div class="gl-gantt-row"><div class="gl-gantt-name"><strong>{text(row.task.title)}</strong>'
        f'<span class="gl-muted">{text(row.owner_title)} · {shown.word}{_late(row)}</span></div>'
        f'<div class="gl-track">{_bar("planned", row.planned_start_s, row.planned_end_s, span)}'
        f"{_bar(f'actual gl-tone-{shown.tone}{late}', row.start_s, row.end_s, span)}{now}</div></div>"
    )


def _axis(span: float) -> str:
    every = 15 * MINUTE_S if span <= 180 * MINUTE_S else 60 * MINUTE_S
    marks = joined(
        f'<span style="left:{_percent(at, span)}">T+{at // MINUTE_S}</span>'
        for at in range(0, int(span), every)
    )
    name = '<div class="gl-gantt-name"></div>'
    return f'<div class="gl-gantt-row gl-axis">{name}<div class="gl-track">{marks}</div></div>'


def _bar(kind: str, start_s: float, end_s: float, span: float) -> str:
    left, width = _percent(start_s, span), _percent(max(end_s - start_s, span / 200), span)
    return f'<span class="gl-bar gl-bar-{kind}" style="left:{left};width:{width}"></span>'


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%"


def _cells(row: Row) -> str:
    planned = f"{t_text(row.planned_start_s)} to {t_text(row.planned_end_s)}"
    actual = f"{t_text(row.start_s)} to {t_text(row.end_s)}"
    plain = (row.owner_title, look(row).word, planned, actual, _minutes(row.late_s) if row.late_s else "no")
    rest = joined(f"<td>{text(cell)}</td>" for cell in (*plain, row.ended_by or "", row.reason))
    return f'<th scope="row">{text(row.task.title)}</th>{rest}'


def _event(event: Event) -> str:
    when = moment(event.event_at)
    if (event.recorded_at - event.event_at).total_seconds() >= 1:
        both = wording.BACK_DATED.format(
            at=formats.clock_time(event.event_at), recorded=formats.clock_time(event.recorded_at)
        )
        when = f'{when} <span class="gl-muted">{text(both)}</span>'
    who = f"{event.actor} ({event.identity})"
    board = "" if event.board_hash is None else f"<code>{event.board_hash[:12]}</code>"
    change = f"{event.before or 'nothing'} → {event.after}"
    cells = joined(
        f"<td>{text(cell)}</td>" for cell in (event.what.value, event.subject, change, who, event.reason)
    )
    return f"<td>{event.seq} · {when}</td>{cells}<td>{board}</td>"


def _folded(name: str, title: str, body: str) -> str:
    scroll = f'<div class="gl-scroll" tabindex="0" role="region" aria-label="{title}">{body}</div>'
    return f'<div class="gl"><details id="{name}"><summary>{title}</summary>{scroll}</details></div>'


def _late(row: Row) -> str:
    return f" · {wording.LATE.format(minutes=_minutes(row.late_s))}" if row.late_s else ""


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
