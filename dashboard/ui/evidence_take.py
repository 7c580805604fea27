"""What is taken away: a receipt of each decision, as a file and to print, and the bundle of it all."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.access import Person
from dashboard.launch.evidence_view import Decided, EvidencePanel
from dashboard.room import EvidenceDesk
from dashboard.ui import evidence_wording as words
from dashboard.ui import formats
from dashboard.ui.markup import text


def take_away(person: Person, desk: EvidenceDesk, panel: EvidencePanel) -> None:
    """A button for each file; it is made when it is asked for."""
    for each in panel.decisions:
        if each.size is not None:
            _receipt(person, desk, panel, each)
    head = f'<h2>{words.BUNDLE}</h2><p class="gl-muted">{text(words.BUNDLE_NOTE)}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    st.download_button(
        words.DOWNLOAD,
        partial(_bundle, person, desk),
        file_name=f"golive-{panel.environment}-run-{panel.run}.zip",
        mime="application/zip",
        on_click="ignore",
        key="evidence_bundle",
    )


def _receipt(person: Person, desk: EvidenceDesk, panel: EvidencePanel, each: Decided) -> None:
    of, when = f"golive-{panel.environment}-run-{panel.run}", formats.compact(each.recorded_at)
    name = f"{of}-receipt-{each.verdict}-{when}"
    said = words.RECEIPT.format(verdict=each.verdict, index=each.index)
    with st.container(horizontal=True, gap="small", key=f"evidence_receipt_{each.index}"):
        st.download_button(
            said,
            partial(desk.receipt, person, each.key),
            file_name=f"{name}.txt",
            mime="text/plain",
            on_click="ignore",
            key=f"evidence_receipt_text_{each.index}",
        )
        st.download_button(
            f"{said}, {words.PRINTABLE}",
            partial(desk.printable, person, each.key),
            file_name=f"{name}.html",
            mime="text/html",
            on_click="ignore",
            key=f"evidence_receipt_print_{each.index}",
        )


def _bundle(person: Person, desk: EvidenceDesk) -> bytes:
    with desk.bundle(person) as stream:
        return stream.read()
