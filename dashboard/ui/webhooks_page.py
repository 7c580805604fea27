"""The Webhooks page: what became of every payment of the last day, hop by hop."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.room import RefusedError
from dashboard.ui import wording
from dashboard.ui.live import live
from dashboard.ui.room import room
from dashboard.ui.webhooks import webhooks_html

_EVERY_S = 5


def webhooks(person: Person) -> None:
    """Both hops, redrawn as money is read."""
    head = f'<h1>{wording.WEBHOOKS}</h1><p class="gl-muted">{wording.WEBHOOKS_NOTE}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    live(lambda: _draw(person), every_s=_EVERY_S)


def _draw(person: Person) -> None:
    try:
        st.html(webhooks_html(room().webhooks(person)))
    except RefusedError as refused:
        st.error(str(refused))
