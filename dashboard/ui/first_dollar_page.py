"""The First dollar page: one purchase traced through its five hops, and any other on demand."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.control import RefusedError
from dashboard.ui import formats, state, wording
from dashboard.ui.live import live
from dashboard.ui.markup import text
from dashboard.ui.room import room
from dashboard.ui.trace import expected_line, trace_html

_EVERY_S = 2


def first_dollar(person: Person) -> None:
    """Pick a payment, or leave it at the first of the run; redrawn while it goes."""
    try:
        panel = room().first_dollar(person, None)
    except RefusedError as refused:
        st.info(str(refused))
        return
    note = expected_line(panel, room().plan.purchase.title)
    head = f'<h1>{wording.FIRST_DOLLAR}</h1><p class="gl-muted">{text(note)}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    said = {
        choice.payment_intent: f"{formats.clock_time(choice.created)} · {choice.said}"
        for choice in panel.choices
    }
    picked = st.selectbox(
        wording.PAYMENT,
        list(said),
        index=None,
        format_func=lambda intent: f"{said[intent]} · {intent}",
        placeholder=wording.FIRST_OF_RUN,
        key=state.PAYMENT,
    )
    live(lambda: _draw(person, picked), every_s=_EVERY_S)


def _draw(person: Person, picked: str | None) -> None:
    try:
        st.html(trace_html(room().first_dollar(person, picked)))
    except RefusedError as refused:
        st.error(str(refused))
