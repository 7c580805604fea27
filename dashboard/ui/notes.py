"""What was just done, or just refused, as one sentence above the page's own content."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import state


def show_notes() -> None:
    """Show and forget what the last action said; a refusal is a sentence, never a trace."""
    done, refused = state.said()
    if done:
        st.success(done)
    if refused:
        st.error(refused)
