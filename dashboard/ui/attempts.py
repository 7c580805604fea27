"""Attempts over time as one Plotly figure: a line a probe, and a cross where no answer came."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from collectors.observation import CollectorFailure, Sample
from dashboard.launch.view import ProbeHistory, ServiceHistory
from dashboard.ui import figures, wording
from dashboard.ui.drawn import Drawn

# Shades that read on both the light and the dark page; probes beyond the last are in the tables only.
_COLOURS = ("#3b7bea", "#1f9d8b", "#8f6ae0", "#c77d1a", "#c4508f", "#6c9a2f", "#6b7a94", "#1c95c9")
_FAILED = "#dc4b47"


def draw(history: ServiceHistory) -> go.Figure | None:
    """The figure, or None where nothing was asked yet."""
    asked = [probe for probe in history.probes if probe.samples]
    if not asked:
        return None
    figure = figures.empty()
    for probe, colour in zip(asked, _COLOURS, strict=False):
        figure.add_trace(_answers(probe, colour))
    failed = [sample for probe in asked for sample in probe.samples if isinstance(sample, CollectorFailure)]
    if failed:
        figure.add_trace(_crosses(failed))
    figure.update_xaxes(type="date", title_text="UTC")
    figure.update_yaxes(title_text="ms", type="log", dtick=1)
    figure.update_layout(
        height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.18}
    )
    return figure


attempts_figure = Drawn(draw)


def _answers(probe: ProbeHistory, colour: str) -> go.Scatter:
    return go.Scatter(
        name=probe.probe,
        x=[sample.observed_at for sample in probe.samples],
        y=[None if isinstance(sample, CollectorFailure) else _drawable(sample) for sample in probe.samples],
        mode="lines+markers",
        marker={"size": 4, "color": colour},
        line={"width": 1.5, "color": colour},
        hovertemplate="%{y} ms, %{x|%H:%M:%S}<extra>%{fullData.name}</extra>",
    )


def _crosses(failed: Sequence[CollectorFailure]) -> go.Scatter:
    return go.Scatter(
        name=wording.FAILED_ANSWERS.lower(),
        x=[sample.observed_at for sample in failed],
        y=[_drawable(sample) for sample in failed],
        text=[wording.REASON_WORD[sample.reason] for sample in failed],
        mode="markers",
        marker={"symbol": "x", "size": 9, "color": _FAILED},
        hovertemplate="%{text} after %{y} ms, %{x|%H:%M:%S}<extra></extra>",
    )


def _drawable(sample: Sample) -> int:
    """A logarithm has no zero; less than a millisecond is drawn as one."""
    return max(1, sample.elapsed_ms)
