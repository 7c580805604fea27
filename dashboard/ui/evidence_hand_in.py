"""Handing a picture in: choose what it proves, drop or paste it, see what would be kept, attest, record."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.access import Person
from dashboard.launch.evidence_view import Attest, EvidencePanel
from dashboard.launch.plan_evidence import EvidenceItem, ItemKind
from dashboard.launch.proof import Standing
from dashboard.room import EvidenceDesk, RefusedError
from dashboard.ui import evidence_wording as words
from dashboard.ui import state
from dashboard.ui.evidence_items import window
from dashboard.ui.markup import text
from dashboard.ui.notes import do
from dashboard.ui.pasting import take_pastes


def hand_in(person: Person, desk: EvidenceDesk, panel: EvidencePanel) -> None:
    """Nothing where the plan asks for no picture, or nothing can be added any more."""
    pictures = {each.item.id: each for each in panel.standings if each.item.kind is ItemKind.SCREENSHOT}
    if not pictures or panel.log is None or panel.log.is_closed:
        return
    head = f'<h2>{words.ADD}</h2><p class="gl-muted">{text(words.ADD_NOTE)}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    with st.container(key="evidence_desk"):
        _desk(person, desk, pictures)


def _desk(person: Person, desk: EvidenceDesk, pictures: Mapping[str, Standing]) -> None:
    # A menu would close whenever the page is drawn anew.
    picked = st.radio(
        words.FOR, list(pictures), format_func=lambda item: pictures[item].item.title, key=state.EVIDENCE_ITEM
    )
    item = pictures[picked].item
    if not pictures[picked].is_open:
        st.warning(words.NOT_NOW.format(**window(item)))
    if item.page is not None:
        st.button(words.TAKE_PAGE, key="evidence_take_page", on_click=do, args=(_take, person, desk, item.id))
    upload = st.file_uploader(
        words.FILE, type=list(words.NO_FILE_TYPES), key=state.upload_key(), accept_multiple_files=False
    )
    take_pastes()
    if upload is not None:
        _look_over(person, desk, item, upload.getvalue())


def _look_over(person: Person, desk: EvidenceDesk, item: EvidenceItem, upload: bytes) -> None:
    try:
        picture = desk.look_over(person, upload)
    except RefusedError as refused:
        st.error(str(refused))
        return
    st.image(picture.png, caption=item.title, width=480)
    said = words.WILL_BE_KEPT.format(
        width=picture.width, height=picture.height, item=item.title, role=person.title
    )
    st.html(f'<div class="gl"><p>{text(said)}</p></div>')
    ticked = [st.checkbox(label, key=state.attest_key(key)) for key, label in words.ATTESTED]
    st.button(
        words.HAND_IN,
        key="evidence_hand_in",
        type="primary",
        disabled=not all(ticked),
        on_click=do,
        args=(_hand_in, person, desk, item.id, upload, ticked),
    )


def _hand_in(person: Person, desk: EvidenceDesk, item: str, upload: bytes, ticked: list[bool]) -> str:
    date, system, whole, nobody = ticked
    attest = Attest(date_visible=date, system_visible=system, whole_screen=whole, no_personal_data=nobody)
    capture = desk.hand_in(person, item, upload, attest)
    state.next_upload()
    return words.HANDED_IN.format(index=capture.index)


def _take(person: Person, desk: EvidenceDesk, item: str) -> str:
    return words.HANDED_IN.format(index=desk.take_page(person, item).index)
