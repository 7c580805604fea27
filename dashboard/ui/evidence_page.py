"""The Evidence page: what must be proven, pictures in, a second look, receipts and the bundle out. Of an
earlier run, which the address names, all but what would change it.
"""

from __future__ import annotations

import streamlit as st

from dashboard.access import Action, Person, allows
from dashboard.launch.evidence_view import EvidencePanel
from dashboard.room import EvidenceDesk, RefusedError
from dashboard.ui import evidence_wording as words
from dashboard.ui import wording
from dashboard.ui.evidence_hand_in import hand_in
from dashboard.ui.evidence_items import items_html
from dashboard.ui.evidence_log import decisions_html, earlier_html, log_html, runs_html
from dashboard.ui.evidence_record import one_record
from dashboard.ui.evidence_reviews import reviews
from dashboard.ui.evidence_take import take_away_html
from dashboard.ui.live import live
from dashboard.ui.markup import number, text
from dashboard.ui.notes import show_notes
from dashboard.ui.room import room

_EVERY_S = 5
_PACE_MS = 2_000
_ADDRESS, _RUN = "record", "run"


def evidence(person: Person) -> None:
    """One record where the address names it, else all that must be proven."""
    head = f'<h1>{wording.EVIDENCE}</h1><p class="gl-muted">{text(words.NOTE)}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    desk = room().evidence
    if desk is None:
        st.info(words.NO_LOG)
        return
    wanted = st.query_params.get(_ADDRESS, "")
    try:
        earlier = _earlier(person, desk)
    except RefusedError as refused:
        st.info(str(refused))
        return
    if wanted:
        one_record(person, earlier or desk, wanted)
    elif earlier is not None:
        st.html(earlier_html(earlier.run_number(person)))
        _draw(person, earlier, is_earlier=True)
    else:
        live(lambda: _draw(person, desk), every_s=_EVERY_S, pace_ms=_PACE_MS)


def _earlier(person: Person, desk: EvidenceDesk) -> EvidenceDesk | None:
    """That of the run that the address names, None where that is the one of now."""
    run = number(st.query_params.get(_RUN, ""))
    found = desk if run is None else desk.of(person, run)
    return None if found is desk else found


def _draw(person: Person, desk: EvidenceDesk, *, is_earlier: bool = False) -> None:
    show_notes()
    try:
        panel = desk.panel(person)
    except RefusedError as refused:
        st.info(str(refused))
        return
    st.html(items_html(panel, room().plan.roles))
    if not is_earlier:
        _work(person, desk, panel)
    st.html(decisions_html(panel, room().plan.roles))
    if allows(person.kind, Action.TAKE_EVIDENCE):
        st.html(take_away_html(person, panel))
    if panel.log is not None:
        st.html(log_html(panel.log))
    if panel.earlier:
        st.html(runs_html(panel.earlier))


def _work(person: Person, desk: EvidenceDesk, panel: EvidencePanel) -> None:
    if allows(person.kind, Action.REVIEW_EVIDENCE):
        reviews(person, desk, panel)
    if allows(person.kind, Action.HAND_IN_EVIDENCE):
        hand_in(person, desk, panel)
