"""Purchases and faults as HTML: each hop with its time, each fault with what it must flip and what is."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.launch.view import FaultRow, Hop, Journey
from dashboard.ui import formats, looks, wording
from dashboard.ui.markup import icon, joined, moment, text

_SHOWN_JOURNEYS = 3
_HOP_ICON = {"done": "go", "failed": "nogo", "waiting": "stale"}
_HOP_TONE = {"done": "go", "failed": "nogo", "waiting": "stale"}


def journeys(newest_first: Sequence[Journey]) -> str:
    """The newest purchases, hop by hop."""
    if not newest_first:
        return f'<div class="gl"><p class="gl-muted">{wording.NO_JOURNEYS}</p></div>'
    return f'<div class="gl gl-page">{joined(_journey(one) for one in newest_first[:_SHOWN_JOURNEYS])}</div>'


def tally(faults: Sequence[FaultRow]) -> str:
    """How many there are, how many are in, and how many of those were noticed."""
    active = [fault for fault in faults if fault.active]
    noticed = sum(fault.noticed for fault in active)
    return (
        f"{wording.FAULTS_NOTE} {formats.count(len(faults), 'fault')}, {len(active)} in, {noticed} noticed."
    )


def group_title(where: str, faults: Sequence[FaultRow]) -> str:
    """The heading of one place that faults can be put in."""
    active = sum(fault.active for fault in faults)
    return f"{where} · {formats.count(len(faults), 'fault')}" + (f" · {active} in" if active else "")


def fault(row: FaultRow, *, lost: bool) -> str:
    """One fault: the gate, what it must flip to, what it says now, and whether that was noticed."""
    must = looks.badge(looks.of_gate(row.to, lost=False))
    now = "" if row.seen is None else f"{wording.NOW_SEEN} {looks.badge(looks.of_gate(row.seen, lost=lost))}"
    provoked = wording.PROVOKED.get(row.provoke, "")
    needs = f'<span class="gl-muted">{provoked}</span>' if provoked else ""
    return (
        f'<div class="gl gl-fault"><p><strong>{text(row.title)}</strong> {needs}</p>'
        f'<p class="gl-fault-turn"><span>{text(row.gate_title)}</span>'
        f'<span class="gl-muted">{wording.MUST_FLIP}</span>{must}<span class="gl-muted">{now}</span></p>'
        f"{_noticed(row, lost=lost)}</div>"
    )


def _noticed(row: FaultRow, *, lost: bool) -> str:
    if not row.active:
        return f'<span class="gl-muted">{wording.NOT_IN}</span>'
    tone, word = ("go", wording.NOTICED) if row.noticed and not lost else ("unknown", wording.NOT_NOTICED)
    return f'<span class="gl-badge gl-{tone}">{icon(tone)}{word}</span>'


def _journey(journey: Journey) -> str:
    return (
        f'<section class="gl-panel"><h3>{text(journey.id)}</h3>'
        f'<p class="gl-meta"><span>started {moment(journey.started_at)}</span></p>'
        f'<ol class="gl-hops">{joined(_hop(hop) for hop in journey.hops)}</ol></section>'
    )


def _hop(hop: Hop) -> str:
    state = text(hop.state)
    badge = f'<span class="gl-badge gl-{_HOP_TONE[hop.state]}">{icon(_HOP_ICON[hop.state])}{state}</span>'
    at = f'<p class="gl-meta">{moment(hop.at)}</p>' if hop.at else ""
    detail = f'<p class="gl-muted">{text(hop.detail)}</p>' if hop.detail else ""
    return f'<li class="gl-hop-{state}"><p><strong>{text(hop.name)}</strong></p>{badge}{at}{detail}</li>'
