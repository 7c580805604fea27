"""The part of a page that redraws itself: woken by the browser on a new version, and slowly without it.

The same small script in the browser watches the viewer's own connection and greys the page out when it is
lost. This is the one place that wraps Streamlit's fragments; nothing here polls a source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.ui import looks, state, wording
from dashboard.ui.asker import NobodyError, asker
from dashboard.ui.banner import not_alive
from dashboard.ui.brand import tab_title
from dashboard.ui.room import changes, room

FALLBACK_S = 10
_SCRIPT = Path(__file__).parent / "static" / "watch.js"


def live(
    draw: Callable[[], object], *, every_s: int = FALLBACK_S, pace_ms: int = 0, says_lost: bool = True
) -> None:
    """Draw now, on every new version (at most once in `pace_ms`), and every `every_s` seconds, for as long as
    whoever looks is signed in and in a role of theirs. While golive is not alive that is said above it;
    `says_lost` is False for a page that says so itself.
    """

    @st.fragment(run_every=every_s)
    def part() -> None:
        version = changes().version()
        try:
            asker(st.context.cookies, state.role())
        except NobodyError as nobody:
            st.error(str(nobody))
            return
        if says_lost and (said := not_alive(room().view())):
            st.html(said)
        draw()
        _watch(version, pace_ms)

    part()


def _watch(version: int, pace_ms: int) -> None:
    view = room().view()
    word = looks.of_board(view.verdict).word
    brand = tab_title(view.environment)
    data = {
        "version": version,
        "title": f"{word} · {brand}",
        "lost_title": f"{wording.HOLD} · {brand}",
        "lost": wording.CONNECTION_LOST,
        "frozen": wording.NOT_REDRAWN,
        "pace_ms": pace_ms,
        "below": below(),
        "cookie": f"{state.role_cookie(view.environment.value)}={state.role()}",
    }
    with st.container(key="golive_watch"):
        _component()(data=data, key="golive.watch", on_tick_change=_nothing)


def below() -> str:
    """The path that golive has on its host, "" where the host is its own."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "golive_watch", js=_SCRIPT.read_text(encoding="utf-8"), isolate_styles=False
    )


def _nothing() -> None:
    """The tick itself is the message; the redraw is all that it asks for."""
