"""The Control room: the board as HTML, made once per published view for all viewers, and the decision."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.launch.view import View
from dashboard.ui.banner import banner, notices
from dashboard.ui.decision_desk import decision_desk
from dashboard.ui.drawn import Drawn
from dashboard.ui.gates import Turned, gates
from dashboard.ui.kpis import kpis
from dashboard.ui.live import live
from dashboard.ui.markup import Html
from dashboard.ui.room import room
from dashboard.ui.tiles import flips, tiles


def control_room(person: Person) -> None:
    """The board, redrawn when a new version is published; between verdict and gates, what was decided."""
    live(lambda: _draw(person), says_lost=False)  # its banner does


def _draw(person: Person) -> None:
    top, rest = board_html(room().view())
    st.html(top)
    decision_desk(person)
    st.html(rest)


def draw(view: View) -> tuple[Html, Html]:
    """One view as HTML, the verdict and the rest: nothing in it depends on who looks or when."""
    lost = view.lost is not None
    board = f'<div class="gl gl-board{" gl-lost" if lost else ""}">'
    waivers = () if view.hour is None else view.hour.waivers
    waived = {waiver.gate: waiver.until for waiver in waivers if waiver.granted is not None}
    judged = gates(view.board, lost=lost, waived=waived, turns=_turns(view))
    columns = (
        f'<div class="gl-columns"><div>{judged}</div>'
        f'<div class="gl-side">{tiles(view)}{flips(view)}</div></div>'
    )
    return Html(f"{board}{banner(view)}{notices(view)}</div>"), Html(f"{board}{kpis(view)}{columns}</div>")


def _turns(view: View) -> dict[str, Turned]:
    """The newest flip of each gate, where it was sealed."""
    run = view.sealed_in
    if run is None:
        return {}
    return {flip.gate: Turned(run=run, flip=flip) for flip in reversed(view.flips)}


board_html = Drawn(draw)
