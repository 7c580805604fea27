"""The hour on one axis, as HTML: phases, tasks, holds, flips and decisions, with a line where now is.

Everything is placed in percent of the hour, so that it fits any width. Tasks are told to a screen reader by
the table below; the marks of the lanes carry their sentence themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.launch.clock import t_text
from dashboard.launch.marks import Lane, Mark
from dashboard.launch.timeline import MINUTE_S, Row
from dashboard.launch.view import HourView
from dashboard.ui import wording
from dashboard.ui.markup import joined, text
from dashboard.ui.task_card import fixed, late, look

_MANY_MIN = 180
_LABELLED_TO = 0.92
"""To here in the hour its axis has labels; one that begins later would run out of it."""
_TONES: Mapping[str, str] = {"GO": "go", "NO_GO": "nogo", "UNKNOWN": "unknown", "HOLD": "unknown"}
_SHAPES: Mapping[Lane, Mapping[str, str]] = {
    Lane.FLIPS: {"GO": "▲", "NO_GO": "▼", "UNKNOWN": "?"},
    Lane.EVENTS: {},
}


def gantt(hour: HourView) -> str:
    """One line a task, one lane for holds, flips and decisions each."""
    ends = [row.end_s for row in hour.rows] + [mark.t_s for mark in hour.marks]
    span = max([hour.length_s, hour.t_s or 0.0, *ends])
    now = "" if hour.t_s is None else f'<span class="gl-now" style="left:{_percent(hour.t_s, span)}"></span>'
    rows = joined(_line(row, span, now) for row in hour.rows)
    lanes = joined(_lane(lane, hour.marks, span, now) for lane in Lane)
    head = f'<h2>{wording.THE_HOUR}</h2><p class="gl-muted">{wording.HOUR_NOTE}</p>'
    return (
        f'<div class="gl">{head}<div class="gl-gantt" aria-hidden="true">{_axis(span)}'
        f'{_phases(hour, span, now)}{rows}</div><div class="gl-gantt">{lanes}</div></div>'
    )


def placed(mark: Mark) -> str:
    """What a mark says, with its T."""
    undone = f" {wording.UNDONE}" if mark.is_undone else ""
    return f"{t_text(mark.t_s)}: {mark.title}{undone}"


def _axis(span: float) -> str:
    every = 15 * MINUTE_S if span <= _MANY_MIN * MINUTE_S else 60 * MINUTE_S
    marks = joined(
        f'<span style="left:{_percent(at, span)}">T+{at // MINUTE_S}</span>'
        for at in range(0, int(span), every)
        if at <= span * _LABELLED_TO
    )
    return _row('<div class="gl-gantt-name"></div>', marks, "gl-axis")


def _phases(hour: HourView, span: float, now: str) -> str:
    bands = joined(
        f'<span class="gl-phase" style="{_box(phase.from_min * MINUTE_S, phase.to_min * MINUTE_S, span)}" '
        f'title="{text(phase.title)}">{text(phase.title)}</span>'
        for phase in hour.phases
    )
    name = f'<div class="gl-gantt-name"><span class="gl-muted">{wording.PHASES}</span></div>'
    return _row(name, f"{bands}{now}", "gl-phases")


def _line(row: Row, span: float, now: str) -> str:
    shown = look(row)
    clash = f'<span class="gl-bad">{text(row.conflict)}</span>' if row.conflict else ""
    lateness = f" · {late(row)}" if row.late_s else ""
    name = (
        f'<div class="gl-gantt-name"><strong>{text(row.task.title)}</strong><span class="gl-muted">'
        f"{text(row.owner_title)} · {shown.word}{fixed(row)}{lateness}</span>{clash}</div>"
    )
    kind = f"actual gl-tone-{shown.tone}{' gl-late' if row.late_s else ''}"
    if row.is_open and row.began_s is None:
        kind += " gl-forecast"
    planned = _bar("planned", row.planned_start_s, row.planned_end_s, span)
    return _row(name, f"{planned}{_bar(kind, row.start_s, row.end_s, span)}{now}")


def _lane(lane: Lane, marks: tuple[Mark, ...], span: float, now: str) -> str:
    found = [mark for mark in marks if mark.lane is lane]
    items = joined(_mark(mark, span) for mark in found)
    title = wording.LANES[lane.value]
    name = (
        f'<div class="gl-gantt-name"><strong>{title}</strong><span class="gl-muted">{len(found)}</span></div>'
    )
    return _row(name, f'<ol class="gl-lane" aria-label="{title}">{items}</ol>{now}', "gl-lane-row")


def _mark(mark: Mark, span: float) -> str:
    tone, said = _TONES.get(mark.after, "stale"), text(placed(mark))
    undone = " gl-undone" if mark.is_undone else ""
    kind = "gl-mark-hold gl-tone-unknown" if mark.lane is Lane.HOLDS else f"gl-ink-{tone}"
    shape = "" if mark.lane is Lane.HOLDS else _SHAPES[mark.lane].get(mark.after, "◆")
    return (
        f'<li class="gl-mark {kind}{undone}" style="left:{_percent(mark.t_s, span)}" title="{said}">'
        f'<span aria-hidden="true">{shape}</span><span class="gl-sr">{said}</span></li>'
    )


def _row(name: str, track: str, kind: str = "") -> str:
    return f'<div class="gl-gantt-row {kind}">{name}<div class="gl-track">{track}</div></div>'


def _bar(kind: str, start_s: float, end_s: float, span: float) -> str:
    return f'<span class="gl-bar gl-bar-{kind}" style="{_box(start_s, end_s, span)}"></span>'


def _box(start_s: float, end_s: float, span: float) -> str:
    return f"left:{_percent(start_s, span)};width:{_percent(max(end_s - start_s, span / 200), span)}"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%"
