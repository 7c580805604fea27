"""The whole Control room as one block of HTML, made once per published view and shared by all viewers."""

from __future__ import annotations

import streamlit as st

from dashboard.launch.view import View
from dashboard.ui.banner import banner, notices
from dashboard.ui.drawn import Drawn
from dashboard.ui.gates import gates
from dashboard.ui.live import live
from dashboard.ui.room import room
from dashboard.ui.tiles import flips, tiles


def control_room() -> None:
    """The board, redrawn when a new version is published."""
    live(lambda: st.html(board_html(room().view())))


def draw(view: View) -> str:
    """One view as HTML: nothing in it depends on who looks or when."""
    lost = view.lost is not None
    return (
        f'<div class="gl gl-board{" gl-lost" if lost else ""}">{banner(view)}{notices(view)}'
        f'<div class="gl-columns"><div>{gates(view.board, lost=lost)}</div>'
        f'<div class="gl-side">{tiles(view)}{flips(view)}</div></div></div>'
    )


board_html = Drawn(draw)
