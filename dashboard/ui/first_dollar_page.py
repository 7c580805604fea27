"""The First dollar page: one purchase traced through its five hops, and any other on demand."""

from __future__ import annotations

import re

import streamlit as st

from dashboard.access import Person
from dashboard.room import RefusedError
from dashboard.ui import formats, state, wording
from dashboard.ui.live import live
from dashboard.ui.markup import remark, text
from dashboard.ui.room import room
from dashboard.ui.trace import expected_line, kept_html, trace_html

_EVERY_S = 2
_ADDRESS = "purchase"
_INTENT = re.compile(r"pi_[A-Za-z0-9_]{1,250}")
"""How Stripe names a payment; any other name is nobody's."""


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
    named = st.query_params.get(_ADDRESS, "")
    wanted = named if _INTENT.fullmatch(named) else None
    if named and wanted is None:
        st.html(_not_known(named))
    offered = list(said) if wanted is None or wanted in said else [wanted, *said]
    if wanted is not None:
        state.start_with(state.PAYMENT, wanted)
    picked = st.selectbox(
        wording.PAYMENT,
        offered,
        index=None,
        format_func=lambda intent: f"{said.get(intent, wording.PAYMENT_OF_ADDRESS)} · {intent}",
        placeholder=wording.FIRST_OF_RUN,
        key=state.PAYMENT,
    )
    _keep_in_address(picked)
    live(lambda: _draw(person, picked), every_s=_EVERY_S)


def _keep_in_address(picked: str | None) -> None:
    """So that what is looked at can be passed on, and is still there after a reload."""
    if picked is not None:
        st.query_params[_ADDRESS] = picked
    elif _ADDRESS in st.query_params:
        del st.query_params[_ADDRESS]


def _draw(person: Person, picked: str | None) -> None:
    try:
        panel = room().first_dollar(person, picked)
        if picked is not None and not panel.kept:
            st.html(_not_known(picked))
            panel = room().first_dollar(person, None)
        st.html(trace_html(panel))
        if kept := kept_html(panel, sealed=room().plan.evidence is not None):
            st.html(kept)
    except RefusedError as refused:
        st.error(str(refused))


def _not_known(named: str) -> str:
    return remark(wording.NO_SUCH_PAYMENT.format(named=formats.asked(named)))
