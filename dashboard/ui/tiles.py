"""One tile a service, and the latest flips, as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.launch.board import Flip, Verdict
from dashboard.launch.view import ServiceTile, View
from dashboard.ui import formats, looks, markup, wording
from dashboard.ui.markup import joined, moment, sparkline, text

_SHOWN_FLIPS = 12
# One shade that reads on both the light and the dark page.
_CURVE: Mapping[str, str] = {"go": "#2f9e62", "nogo": "#dc4b47", "unknown": "#8f6ae0", "stale": "#7d879c"}


def tiles(view: View) -> str:
    """Every service at a glance."""
    lost = view.lost is not None
    body = (
        f'<ul class="gl-tiles">{joined(_tile(tile, lost=lost) for tile in view.tiles)}</ul>'
        if view.tiles
        else f'<p class="gl-muted">{wording.NO_TILES}</p>'
    )
    return (
        f'<section aria-labelledby="services"><h2 id="services">{wording.SERVICES_TITLE}</h2>{body}</section>'
    )


def flips(view: View) -> str:
    """The newest changes of a verdict, newest first."""
    titles = {} if view.board is None else {gate.id: gate.title for gate in view.board.gates}
    items = joined(
        _flip(flip, titles.get(flip.gate, flip.gate), run=view.sealed_in)
        for flip in view.flips[:_SHOWN_FLIPS]
    )
    body = f'<ol class="gl-flips">{items}</ol>' if items else f'<p class="gl-muted">{wording.NO_FLIPS}</p>'
    return f'<section aria-labelledby="flips"><h2 id="flips">{wording.FLIPS}</h2>{body}</section>'


def _tile(tile: ServiceTile, *, lost: bool) -> str:
    look = looks.of_gate(tile.state, lost=lost)
    label = f"Latency of {tile.title}, {formats.count(len(tile.latencies_ms), 'newest attempt')}"
    failed = f"{tile.failed} of {tile.n} failed" if tile.n else "no attempt yet"
    curve = sparkline(tile.latencies_ms, label=label, colour=_CURVE[look.tone])
    return (
        f'<li class="gl-tile gl-edge-{look.tone}"><div class="gl-tile-head"><h3>{text(tile.title)}</h3>'
        f"{looks.badge(look, word=tile.word)}</div>"
        f'<p class="gl-big">{formats.duration(tile.latency_ms)}'
        f'<span class="gl-muted">p95 {formats.duration(tile.p95_ms)} · n {tile.n}</span></p>{curve}'
        f'<p class="gl-meta"><span><code>{text(formats.build(tile.build))}</code></span>'
        f'<span class="{"gl-bad" if tile.failed else ""}">{failed}</span>'
        f"<span>{text(tile.owner_title)}</span>"
        f"<span>seen {moment(tile.observed_at, missing=wording.NEVER)}</span></p></li>"
    )


def _flip(flip: Flip, title: str, *, run: int | None) -> str:
    named = f"<strong>{text(title)}</strong>"
    if run is not None:
        named = markup.sealed(f"flip/{flip.evaluation}/{flip.gate}", named, run=run)
    return (
        f'<li><span class="gl-when">{moment(flip.at)}</span>'
        f'<span class="gl-turn">{_word(flip.before)} <span aria-hidden="true">→</span>'
        f'<span class="gl-sr">to</span> {_word(flip.after)}</span>'
        f'{named}<span class="gl-muted">{text(flip.reason)}</span></li>'
    )


def _word(verdict: Verdict) -> str:
    return (
        f'<span class="gl-turn-{looks.of_gate(verdict, lost=False).tone}">{wording.GATE_WORD[verdict]}</span>'
    )
