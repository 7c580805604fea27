"""Takes a picture that is pasted anywhere on a page into the upload box of that page.

Streamlit's own box takes it only while it has the focus, and a click into it opens the file chooser.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_SCRIPT = Path(__file__).parent / "static" / "paste.js"


def take_pastes() -> None:
    """For as long as this is drawn."""
    with st.container(key="golive_paste"):
        _component()(key="golive.paste")


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("golive_paste", js=_SCRIPT.read_text(encoding="utf-8"))
