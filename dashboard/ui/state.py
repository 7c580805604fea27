"""The only place that touches a browser session's state: keys with a prefix, plain strings, nothing else."""

from __future__ import annotations

import streamlit as st

ROLE = "golive.role"
REASON = "golive.reason"
MARK = "golive.mark"
_NOTICE = "golive.notice"
_TROUBLE = "golive.trouble"


def role() -> str | None:
    """The id of the role that was picked in this browser session."""
    picked = st.session_state.get(ROLE)
    return picked if isinstance(picked, str) else None


def reason() -> str:
    """What was typed as the reason of the next act."""
    typed = st.session_state.get(REASON)
    return typed if isinstance(typed, str) else ""


def forget_reason() -> None:
    """A reason is of one act; the next one needs its own."""
    st.session_state[REASON] = ""


def mark_min() -> int:
    """The minute of the T-clock that a recycle goes back to."""
    picked = st.session_state.get(MARK)
    return picked if isinstance(picked, int) else 0


def say(sentence: str, *, trouble: bool = False) -> None:
    """Keep a sentence for the next drawing: what was done, or why it was not."""
    st.session_state[_TROUBLE if trouble else _NOTICE] = sentence


def said() -> tuple[str | None, str | None]:
    """What was done and what was refused since the last drawing, once."""
    return st.session_state.pop(_NOTICE, None), st.session_state.pop(_TROUBLE, None)
