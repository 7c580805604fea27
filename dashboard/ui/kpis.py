"""The KPI strip as HTML: each figure with its k, n, window and target, or why it is not known yet."""

from __future__ import annotations

from dashboard.launch.kpi import Kpi
from dashboard.launch.view import View
from dashboard.ui import looks, wording
from dashboard.ui.markup import joined, moment, text


def kpis(view: View) -> str:
    """All KPIs of the plan in its order; nothing where it has none."""
    if not view.kpis:
        return ""
    cells = joined(_cell(kpi, lost=view.lost is not None) for kpi in view.kpis)
    head = f'<header><h2 id="kpis">{wording.KPIS}</h2><p class="gl-muted">{wording.KPIS_NOTE}</p></header>'
    body = f'{head}<ul class="gl-kpis">{cells}</ul>'
    return f'<section class="gl-kpi-strip" aria-labelledby="kpis">{body}</section>'


def _cell(kpi: Kpi, *, lost: bool) -> str:
    """Of a board that is not alive, only what was to be reached; the banner says why."""
    look = looks.of_kpi(kpi.state, lost=lost)
    known = "" if lost else f'{_value(kpi)}<p class="gl-why">{text(kpi.why)}</p>'
    parts = [_target(kpi)] if lost else [_target(kpi), *_basis(kpi)]
    return (
        f'<li class="gl-kpi gl-kpi-{look.tone}" id="kpi-{text(kpi.id)}"><h3>{text(kpi.title)}</h3>'
        f"{looks.badge(look)}{known}"
        f'<p class="gl-meta">{joined(f"<span>{part}</span>" for part in parts)}</p></li>'
    )


def _value(kpi: Kpi) -> str:
    return (
        "" if kpi.value is None else f'<p class="gl-big"><span class="gl-word">{text(kpi.value)}</span></p>'
    )


def _target(kpi: Kpi) -> str:
    return f"{wording.TARGET} {text(kpi.target)}"


def _basis(kpi: Kpi) -> list[str]:
    parts = []
    if kpi.k is not None and kpi.n is not None:
        parts.append(f"{kpi.k:,} of {kpi.n:,} {text(kpi.counted)}")
    if kpi.window:
        parts.append(text(kpi.window))
    if kpi.source:
        parts.append(f"{text(kpi.source)} {moment(kpi.observed_at, missing='')}")
    return parts
