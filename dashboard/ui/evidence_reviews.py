"""Pictures that wait for a second person: each shown, with a word for and a word against it."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.launch.evidence_view import EvidencePanel
from dashboard.launch.proof import Capture, ItemState, Standing
from dashboard.room import EvidenceDesk, RefusedError
from dashboard.ui import evidence_wording as words
from dashboard.ui import markup, state
from dashboard.ui.markup import label, text
from dashboard.ui.notes import do


def reviews(person: Person, desk: EvidenceDesk, panel: EvidencePanel) -> None:
    """Nothing where nothing waits, or where all that waits is one's own."""
    waiting = [
        (each, each.capture)
        for each in panel.standings
        if each.state is ItemState.IN_REVIEW
        and each.capture is not None
        and each.capture.by != person.sealed_as
    ]
    if not waiting or (panel.log is not None and panel.log.is_closed):
        return
    head = f'<h2>{words.REVIEWS}</h2><p class="gl-muted">{words.REVIEWS_NOTE}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    readings = _readings(panel)
    for standing, capture in waiting:
        _review(person, desk, standing, capture, readings)


def _readings(panel: EvidencePanel) -> str:
    """What golive itself has read, each with its record: a picture is held against it."""
    read = [
        markup.sealed(f"{each.capture.index}", text(each.item.title), run=panel.run)
        for each in panel.standings
        if each.counts and each.capture is not None and not each.item.is_by_person
    ]
    return f"<p>{words.READINGS} {' · '.join(read) or words.NO_READINGS}</p>"


def _review(person: Person, desk: EvidenceDesk, standing: Standing, capture: Capture, readings: str) -> None:
    title, index = standing.item.title, capture.index
    with st.container(border=True, key=f"evidence_review_{index}"):
        masked = f"<p>{words.MASKED}</p>" if standing.item.page is not None else ""
        said = f"<h3>{text(title)}</h3><p>{text(standing.item.proves)}</p>{readings}{masked}"
        st.html(f'<div class="gl">{said}</div>')
        try:
            picture = desk.blob(person, capture.blobs[0].sha256)
        except RefusedError as refused:
            st.error(str(refused))
            return
        if picture is None:
            st.info(words.ERASED)
            return
        st.image(picture, caption=title, width=640)
        reason = st.text_input(words.REFUSE_REASON, max_chars=200, key=state.refusal_key(index))
        with st.container(horizontal=True, gap="small"):
            st.button(
                label(words.ACCEPT, title),
                key=f"evidence_accept_{index}",
                type="primary",
                on_click=do,
                args=(_accept, person, desk, index),
            )
            st.button(
                label(words.REFUSE, title),
                key=f"evidence_refuse_{index}",
                on_click=do,
                args=(_refuse, person, desk, index, reason),
            )


def _accept(person: Person, desk: EvidenceDesk, index: int) -> str:
    desk.review(person, index, accepted=True)
    return words.ACCEPTED.format(index=index)


def _refuse(person: Person, desk: EvidenceDesk, index: int, reason: str) -> str:
    desk.review(person, index, accepted=False, reason=reason)
    return words.WAS_REFUSED.format(index=index)
