"""One record opened: what it proves, who, when, where from, and the thing itself."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.launch.proof import Blob
from dashboard.room import EvidenceDesk, RefusedError
from dashboard.ui import evidence_wording as words
from dashboard.ui.evidence_log import record_html
from dashboard.ui.markup import link
from dashboard.ui.room import room

_SHOWN = 200_000
"""So many characters of a text are shown; the file has all of it."""


def one_record(person: Person, desk: EvidenceDesk, wanted: str) -> None:
    """By its number, or by its key."""
    try:
        back = link(f"evidence?run={desk.run_number(person)}", words.CLOSE_RECORD)
        record = desk.record(person, wanted)
    except RefusedError as refused:
        st.error(str(refused))
        return
    st.html(f'<div class="gl"><p>{back}</p></div>')
    if record is None:
        st.info(words.NO_RECORD)
        return
    st.html(record_html(record, room().plan.roles))
    st.html(f'<div class="gl gl-heading"><h2>{words.VOUCHES}</h2></div>')
    for blob in record.blobs:
        _blob(person, desk, blob, is_erased=blob.sha256 in record.erased)


def _blob(person: Person, desk: EvidenceDesk, blob: Blob, *, is_erased: bool) -> None:
    try:
        data = None if is_erased else desk.blob(person, blob.sha256)
    except RefusedError as refused:
        st.error(str(refused))
        return
    st.caption(f"{blob.name} · SHA-256 {blob.sha256}")
    if data is None:
        st.info(words.ERASED)
        return
    if blob.media_type == "image/png":
        st.image(data, caption=blob.name)
    elif not blob.media_type.startswith("application/timestamp"):
        st.code(data[:_SHOWN].decode("utf-8", "replace"), language=None, wrap_lines=True)
    st.download_button(
        words.DOWNLOAD_BLOB.format(name=blob.name),
        data,
        file_name=blob.name,
        mime=blob.media_type,
        on_click="ignore",
        key=f"evidence_blob_{blob.sha256[:16]}",
    )
