"""The beginning of every chart."""

from __future__ import annotations

import importlib

import plotly.graph_objects as go


def empty() -> go.Figure:
    """A figure without anything in it.

    Plotly looks at pandas wherever somebody has begun to load it. Two people who open two pages at once would
    let it look at half of pandas; to load it here is to wait until it is whole.
    """
    importlib.import_module("pandas")
    return go.Figure()
