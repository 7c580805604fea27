"""The Services page: one source, everything that was asked of it, and the probes that a person starts."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Action, Person, denied
from dashboard.ui import wording
from dashboard.ui.answers import answers_html
from dashboard.ui.attempts import attempts_figure
from dashboard.ui.live import live
from dashboard.ui.notes import do, show_notes
from dashboard.ui.room import room

_PACE_MS = (
    15_000  # a Plotly chart is remounted when it changes; more often would take the reader's place away
)


def services(person: Person) -> None:
    """Pick a source, then see its answers; redrawn at a reader's pace."""
    st.html(_heading("h1", wording.SERVICES, wording.PROBES_NOTE))
    source = st.selectbox(
        wording.SOURCE, room().sources(), key="source", format_func=_title, bind="query-params"
    )
    show_notes()
    live(lambda: _source(person, source), every_s=_PACE_MS // 1_000, pace_ms=_PACE_MS)


def _source(person: Person, source: str) -> None:
    history, why_not = room().service(person, source), denied(person, Action.START_PROBE)
    for probe in history.startable:
        st.button(
            wording.START_PROBE.format(probe=probe),
            key=f"start_{probe}",
            on_click=do,
            args=(_start, person, probe),
            disabled=why_not is not None,
            help=why_not or wording.STARTABLE_NOTE,
        )
    figure = attempts_figure(history)
    st.html(_heading("h2", wording.ATTEMPTS, wording.ATTEMPTS_NOTE))
    if figure is None:
        st.info(wording.NO_ATTEMPTS)
    else:
        st.plotly_chart(figure, key="attempts", config={"displaylogo": False}, alt=wording.ATTEMPTS)
    st.html(answers_html(history))


def _start(person: Person, probe: str) -> str:
    room().start_probe(person, probe)
    return wording.PROBE_STARTED.format(probe=probe)


def _title(source: str) -> str:
    service = room().plan.services.get(source)
    return source if service is None else service.title


def _heading(level: str, title: str, note: str) -> str:
    return f'<div class="gl gl-heading"><{level}>{title}</{level}><p class="gl-muted">{note}</p></div>'
