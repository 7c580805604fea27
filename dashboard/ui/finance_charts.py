"""The charts of the Finance page as Plotly figures. Integers are drawn; what is read is written from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from dashboard.finance.values import AgeBand, Bucket
from dashboard.reconciliation.classes import Class
from dashboard.ui import figures, formats
from dashboard.ui import finance_money as amounts
from dashboard.ui import finance_wording as words

# Shades that read on both the light and the dark page; the hatching tells the two sides apart without them.
_STRIPE, _LEDGER, _DRIFT, _OWED = "#3b7bea", "#1f9d8b", "#c77d1a", "#8f6ae0"
_CLASSES = ("#dc4b47", "#c77d1a", "#8f6ae0", "#3b7bea", "#1f9d8b", "#c4508f", "#6c9a2f", "#6b7a94", "#1c95c9")
_SHAPES = ("", "/", "\\", "x", "-", "|", "+", ".", "/")
PERIOD_MS = {"hours": 3_600_000, "days": 86_400_000}
_TICK_FORMATS = {"hours": "%H:%M\n%b %-d", "days": "%b %-d"}
_TICKS, _FEW, _FILLED = 4, 6, 0.75


@lru_cache(maxsize=16)
def sales(buckets: tuple[Bucket, ...], step: str, currency: str) -> go.Figure:
    """What Stripe took beside what the ledger sold."""
    told = {
        words.STRIPE: ([bucket.stripe_cents for bucket in buckets], _STRIPE, ""),
        words.LEDGER: ([bucket.ledger_cents for bucket in buckets], _LEDGER, "/"),
    }
    figure = figures.empty()
    for number, (name, (cents, colour, shape)) in enumerate(told.items()):
        said = [formats.amount(each, currency) for each in cents]
        bars = _bars(name, _starts(buckets), cents, said, colour=colour, shape=shape)
        figure.add_trace(_of_period(bars, step, number=number, of=len(told)))
    every = [each for cents, _, _ in told.values() for each in cents]
    _dated(figure, buckets, step)
    return _laid_out(figure, every, currency.upper(), lambda tick: amounts.bare(tick, currency))


@lru_cache(maxsize=16)
def drift(buckets: tuple[Bucket, ...], step: str, currency: str) -> go.Figure:
    """How far the ledger is from what was due, up or down."""
    cents = [bucket.drift_cents for bucket in buckets]
    said = [formats.signed(each, currency) for each in cents]
    bars = _bars(words.DRIFT, _starts(buckets), cents, said, colour=_DRIFT)
    figure = go.Figure(_of_period(bars, step, number=0, of=1))
    _dated(figure, buckets, step)
    return _laid_out(figure, cents, currency.upper(), lambda tick: amounts.bare(tick, currency))


@lru_cache(maxsize=16)
def owed(buckets: tuple[Bucket, ...], step: str) -> go.Figure:
    """The credits that were sold and not used, at the end of each bucket."""
    credits = [bucket.liability for bucket in buckets]
    line = go.Scatter(
        name=words.OWED_CREDITS,
        x=[bucket.start + timedelta(milliseconds=PERIOD_MS[step]) for bucket in buckets],
        y=credits,
        text=[f"{each:,}" for each in credits],
        mode="lines+markers",
        line={"color": _OWED, "width": 2},
        marker={"size": 8, "color": _OWED},
        cliponaxis=False,
        hovertemplate=f"%{{text}} {words.CREDITS}<extra></extra>",
    )
    figure = _dated(go.Figure(line), buckets, step)
    return _laid_out(figure, credits, words.CREDITS, lambda tick: f"{tick:,}")


@lru_cache(maxsize=16)
def ages(bands: tuple[AgeBand, ...]) -> go.Figure:
    """How old the rows of each class are that do not match."""
    names = list(dict.fromkeys(amounts.band(each) for each in in_order(bands)))
    classes = [one for one in Class if any(each.found is one and each.count for each in bands)]
    figure, totals = figures.empty(), dict.fromkeys(names, 0)
    for one, colour, shape in zip(classes, _CLASSES, _SHAPES, strict=False):
        counts = dict.fromkeys(names, 0)
        for each in bands:
            if each.found is one:
                counts[amounts.band(each)] += each.count
                totals[amounts.band(each)] += each.count
        said = [formats.count(each, "row") for each in counts.values()]
        name = words.CLASS_WORD[one]
        figure.add_trace(_bars(name, names, list(counts.values()), said, colour=colour, shape=shape))
    figure.update_layout(barmode="stack")
    figure.update_xaxes(type="category")
    return _laid_out(figure, list(totals.values()), words.ROWS, lambda tick: f"{tick:,}")


def in_order(bands: Sequence[AgeBand]) -> list[AgeBand]:
    """The youngest first."""
    return sorted(bands, key=lambda each: (each.least_s, each.below_s or 0))


def ticks(values: Sequence[int]) -> list[int]:
    """Whole numbers at a step of 1, 2 or 5 with zeros, from below the least, or 0, to above the greatest."""
    low, high = min([0, *values]), max([0, *values])
    step, grow = 1, 0
    while step * _TICKS < high - low:
        grow += 1
        step = (1, 2, 5)[grow % 3] * 10 ** (grow // 3)
    first, last = low // step, -(-high // step)
    return [each * step for each in range(first, max(last, first + 1) + 1)]


def _starts(buckets: Sequence[Bucket]) -> list[Any]:
    return [bucket.start for bucket in buckets]


def _dated(figure: go.Figure, buckets: Sequence[Bucket], step: str) -> go.Figure:
    """From the first bucket to the end of the last, and never so near that one bucket fills the page."""
    period = timedelta(milliseconds=PERIOD_MS[step])
    around = period * max(0, _FEW - len(buckets)) / 2
    shown = [buckets[0].start - around, buckets[-1].start + period + around] if buckets else None
    return figure.update_xaxes(
        type="date",
        title_text="UTC",
        range=shown,
        tickformat=_TICK_FORMATS[step],
        minor={"dtick": PERIOD_MS[step]},
    )


def _bars(
    name: str,
    at: Sequence[Any],
    values: Sequence[int],
    said: Sequence[str],
    *,
    colour: str,
    shape: str = "",
) -> go.Bar:
    return go.Bar(
        name=name,
        x=list(at),
        y=list(values),
        customdata=list(said),
        marker={"color": colour, "pattern": {"shape": shape}},
        hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
    )


def _of_period(bars: go.Bar, step: str, *, number: int, of: int) -> go.Bar:
    """As wide as its share of the period, which Plotly knows only from the next bar: one alone would be a
    thousandth of a second.
    """
    width = PERIOD_MS[step] * _FILLED / of
    return bars.update(width=width, offset=PERIOD_MS[step] * (1 - _FILLED) / 2 + number * width)


def _laid_out(
    figure: go.Figure,
    values: Sequence[int],
    unit: str,
    written: Callable[[int], str],
) -> go.Figure:
    at = ticks(values)
    figure.update_yaxes(
        title_text=unit,
        tickvals=at,
        ticktext=[written(each) for each in at],
        range=[at[0], at[-1]],
        zeroline=True,
        automargin=True,
    )
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.2},
        showlegend=len(figure.data) > 1,
        bargap=0.25,
    )
    return figure
