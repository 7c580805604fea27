"""The list to take away: a file of every row that is wanted, made when it is asked for and not before."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

import streamlit as st

from dashboard.access import Person
from dashboard.finance.values import FinancePanel, Wanted
from dashboard.ui import finance_wording as words
from dashboard.ui import formats
from dashboard.ui.markup import text
from dashboard.ui.room import room

Kind = Literal["csv", "parquet"]
MIME: Final[dict[Kind, str]] = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def take_away(person: Person, panel: FinancePanel, wanted: Wanted) -> None:
    """A button for each kind of file, where there is a row to take."""
    if not panel.found:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="finance_take"):
        for kind, mime in MIME.items():
            st.download_button(
                words.DOWNLOADS[kind],
                partial(content, person, wanted, kind),
                file_name=name(panel, wanted, kind),
                mime=mime,
                on_click="ignore",
                key=f"finance_{kind}",
            )
        note = words.DOWNLOADS_NOTE.format(rows=formats.count(panel.found, "row"))
        st.html(f'<div class="gl"><p class="gl-muted">{text(note)}</p></div>')


def content(person: Person, wanted: Wanted, kind: Kind) -> bytes:
    """The bytes, on the thread that the press started. Raises `RefusedError`; the button tells of it."""
    return room().finance_file(person, wanted, kind)


def name(panel: FinancePanel, wanted: Wanted, kind: Kind) -> str:
    """A browser is told the name before the bytes are made: it says from which page they were asked for."""
    what = "narrowed" if wanted.classes or wanted.text else "unmatched"
    at = formats.compact(panel.drawn_at)
    return f"golive-finance-{room().view().environment.value}-{what}-{at}.{kind}"
