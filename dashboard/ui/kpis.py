"""The KPI strip as HTML: each figure with its k, n, window and target, or why it is not known yet."""

from __future__ import annotations

from dashboard.launch.kpi import Kpi, KpiState
from dashboard.launch.view import View
from dashboard.ui import looks, wording
from dashboard.ui.markup import joined, link, moment, text

_PROOF = {
    "time_to_first_dollar": "first_dollar",
    "credited_rate": "webhooks",
    "evidence_completeness": "evidence",
}
"""The page that shows what a kind of figure rests on, with the records of it."""


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
    value, basis = ("", "") if lost else (_value(kpi), _basis(kpi))
    return (
        f'<li class="gl-kpi gl-kpi-{look.tone}" id="kpi-{text(kpi.id)}"><h3>{text(kpi.title)}</h3>'
        f'<div class="gl-kpi-head">{value}{looks.badge(look)}</div>'
        f'<p class="gl-muted">{wording.TARGET} {text(kpi.target)}</p>{basis}</li>'
    )


def _value(kpi: Kpi) -> str:
    if kpi.value is None:
        return ""
    shown, page = f'<span class="gl-word">{text(kpi.value)}</span>', _PROOF.get(kpi.kind)
    return f'<p class="gl-big">{shown if page is None else link(page, shown)}</p>'


def _basis(kpi: Kpi) -> str:
    """What the figure stands on, k of n in its window, or why it is not known; then who said so, and when."""
    if kpi.value is None or kpi.k is None or kpi.n is None:
        said = text(kpi.why)
    else:
        said = f"{kpi.k:,} of {kpi.n:,} {text(kpi.counted)} {text(kpi.window)}"
        said += f"; {text(kpi.why)}" if kpi.state is KpiState.NOT_YET else ""
    seen = f'<p class="gl-meta">{text(kpi.source)} {moment(kpi.observed_at, missing="")}</p>'
    return f'<p class="gl-why gl-muted">{said}</p>{seen if kpi.source else ""}'
