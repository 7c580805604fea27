"""One traced purchase as HTML: five hops with clock, latency, deadline and words, and the time it took."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta

from dashboard.launch.money.panel import Kept, PurchasePanel, Skew
from dashboard.launch.money.trace import Hop, HopState
from dashboard.ui import formats, looks, wording
from dashboard.ui.markup import joined, moment, text


def expected_line(panel: PurchasePanel, title: str) -> str:
    """What was to be bought, from the plan."""
    expected = panel.expected
    return wording.EXPECTED_PURCHASE.format(
        title=title,
        amount=formats.money(expected.cents, expected.currency),
        credits=f"{expected.credits:,}",
        deadline=formats.span(expected.deadline_s),
    )


def trace_html(panel: PurchasePanel) -> str:
    """The whole trace, and under it where its figures are from."""
    return (
        f'<div class="gl gl-page">{_head(panel)}{_hops(panel)}{_notes(panel)}'
        f'<p class="gl-muted">{wording.TRACE_SOURCE} {moment(panel.traced_at)}</p></div>'
    )


def kept_html(panel: PurchasePanel, *, sealed: bool = False) -> str:
    """Everything the trace stands on, each as golive keeps it. Drawn by itself, so that what was opened stays
    open while the clocks above go on.
    """
    items = joined(_kept(each) for each in panel.kept)
    more = f' <a href="evidence" target="_self">{wording.KEPT_SEALED}</a>' if sealed else ""
    head = f'<h2>{wording.KEPT}</h2><p class="gl-muted">{wording.KEPT_NOTE}{more}</p>'
    return f'<div class="gl gl-page"><section class="gl-kept">{head}{items}</section></div>' if items else ""


def _kept(each: Kept) -> str:
    said = wording.KEPT_FROM.format(what=each.what, source=each.source)
    seen = f"{wording.FIRST_SEEN} {moment(each.first_seen_at)}"
    return (
        f'<details id="{text(_anchor(each.id))}"><summary><code>{text(each.id)}</code> {text(said)}, {seen}'
        f'</summary><pre>{text(each.content)}</pre><p class="gl-muted">SHA-256 <code>{each.sha256}</code></p>'
        "</details>"
    )


def _anchor(name: str) -> str:
    return f"kept-{name}"


def _head(panel: PurchasePanel) -> str:
    found, look = panel.trace, looks.of_hop(panel.trace.state)
    which = wording.FIRST_OF_RUN if panel.is_first else wording.NOT_FIRST
    named = wording.NO_PURCHASE if panel.picked is None else f"{which} · {panel.picked}"
    said = wording.ALL_HOPS_DONE if found.state is HopState.DONE else found.stands_at.said
    waits = "" if found.total is not None else wording.STANDS_AT.format(hop=found.stands_at.title)
    return (
        f'<section class="gl-panel"><p class="gl-meta">{text(named)}</p>'
        f'<h2 id="trace-state">{looks.badge(look)} {text(said)}</h2>'
        f'<dl class="gl-facts-line">{_took(wording.TIME_TO_FIRST_DOLLAR, wording.TOTAL_NOTE, found.total)}'
        f"{_took(wording.SYSTEM_TIME, wording.SYSTEM_NOTE, found.system)}"
        f"{joined(_skew(skew) for skew in panel.skews)}</dl>"
        f'<p class="gl-muted">{text(waits)}</p></section>'
    )


def _took(name: str, note: str, length: timedelta | None) -> str:
    value = wording.NOT_KNOWN_YET if length is None else _length(length)
    return f'<div><dt>{name}</dt><dd>{value} <span class="gl-muted">{note}</span></dd></div>'


def _skew(skew: Skew) -> str:
    value = wording.NOT_MEASURED if skew.ms is None else f"{skew.ms:+,} ms"
    at = "" if skew.measured_at is None else moment(skew.measured_at)
    name = wording.CLOCK_OF.format(whose=skew.whose)
    return f'<div><dt>{text(name)}</dt><dd>{value} <span class="gl-muted">{at}</span></dd></div>'


def _hops(panel: PurchasePanel) -> str:
    first, *others = panel.trace.hops
    kept = {each.id for each in panel.kept}
    cards = (_hop(first, kept, is_first=True), *(_hop(hop, kept, is_first=False) for hop in others))
    return f'<ol class="gl-hops gl-trace">{joined(cards)}</ol>'


def _hop(hop: Hop, kept: AbstractSet[str], *, is_first: bool) -> str:
    look = looks.of_hop(hop.state)
    at = "" if hop.at is None else f"{_bound(hop)}{moment(hop.at)}"
    latency = "" if hop.latency is None else f"{_length(hop.latency)} {wording.AFTER[is_first]}"
    due = "" if hop.deadline is None else f"{wording.DUE} {formats.clock_time(hop.deadline)}"
    ids = joined(f"{_id(each, kept)} " for each in hop.ids)
    meta = " · ".join(part for part in (at, latency, due, text(hop.clock) if hop.at else "") if part)
    return (
        f'<li class="gl-hop-{look.tone}"><p><strong>{text(hop.title)}</strong></p>{looks.badge(look)}'
        f'<p class="gl-meta"><span>{meta}</span></p><p>{text(hop.said)}</p><p>{ids}</p></li>'
    )


def _id(name: str, kept: AbstractSet[str]) -> str:
    """What is kept of it is further down; an id of which nothing is kept leads nowhere."""
    shown = f"<code>{text(name)}</code>"
    return f'<a href="#{text(_anchor(name))}">{shown}</a>' if name in kept else shown


def _bound(hop: Hop) -> str:
    return f"{wording.AT_THE_LATEST} " if hop.is_upper_bound else ""


def _notes(panel: PurchasePanel) -> str:
    lines = (*panel.trace.notes, *panel.blind)
    items = joined(f"<li>{text(line)}</li>" for line in lines)
    return f'<ul class="gl-trace-notes">{items}</ul>' if lines else ""


def _length(length: timedelta) -> str:
    """Stripe stamps whole seconds; more digits would be a claim."""
    return f"{round(length.total_seconds()):,} s"
