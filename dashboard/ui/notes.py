"""What was just done, or just refused, as one sentence above the page's own content."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.access import AccessDeniedError
from dashboard.room import RefusedError
from dashboard.ui import state
from dashboard.ui.people import refuse_ended


def do(act: Callable[..., str], *arguments: object) -> None:
    """Do it and keep its sentence, or the sentence of its refusal, for the next drawing."""
    try:
        refuse_ended()
        state.say(act(*arguments))
    except (AccessDeniedError, RefusedError) as refused:
        state.say(str(refused), trouble=True)


def show_notes() -> None:
    """Show what the last action said; a refusal is a sentence, never a trace."""
    done, refused = state.said()
    if done:
        st.success(done)
    if refused:
        st.error(refused)
