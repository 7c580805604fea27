"""Attempts over time as one Plotly figure: a line a probe, and a cross where no answer came."""

from __future__ import annotations

from itertools import islice

import plotly.graph_objects as go

from collectors.observation import CollectorFailure, Sample
from dashboard.launch.view import ProbeHistory, ServiceHistory
from dashboard.ui import wording
from dashboard.ui.drawn import Drawn

_SHOWN_PROBES = 8
_FAILED = "#dc4b47"


def draw(history: ServiceHistory) -> go.Figure | None:
    """The figure, or None where nothing was asked yet."""
    asked = [probe for probe in history.probes if probe.samples]
    if not asked:
        return None
    figure = go.Figure()
    for probe in islice(asked, _SHOWN_PROBES):
        figure.add_trace(_answers(probe))
    failed = [sample for probe in asked for sample in probe.samples if isinstance(sample, CollectorFailure)]
    if failed:
        figure.add_trace(_crosses(failed))
    figure.update_xaxes(type="date", title_text="UTC")
    figure.update_yaxes(title_text="ms", rangemode="tozero")
    figure.update_layout(
        height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.18}
    )
    return figure


attempts_figure = Drawn(draw)


def _answers(probe: ProbeHistory) -> go.Scatter:
    return go.Scatter(
        name=probe.probe,
        x=[sample.observed_at for sample in probe.samples],
        y=[sample.elapsed_ms for sample in probe.samples],
        mode="lines+markers",
        marker={"size": 4},
        line={"width": 1.5},
        hovertemplate="%{y} ms, %{x|%H:%M:%S}<extra>%{fullData.name}</extra>",
    )


def _crosses(failed: list[Sample]) -> go.Scatter:
    return go.Scatter(
        name=wording.FAILED_ANSWERS.lower(),
        x=[sample.observed_at for sample in failed],
        y=[sample.elapsed_ms for sample in failed],
        text=[
            wording.REASON_WORD[sample.reason] for sample in failed if isinstance(sample, CollectorFailure)
        ],
        mode="markers",
        marker={"symbol": "x", "size": 9, "color": _FAILED},
        hovertemplate="%{text} after %{y} ms, %{x|%H:%M:%S}<extra></extra>",
    )
