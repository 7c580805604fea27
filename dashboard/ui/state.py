"""The only place that touches a browser session's state: keys with a prefix, plain strings, nothing else."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence

import streamlit as st

ROLE = "golive.role"
REASON = "golive.reason"
MARK = "golive.mark"
WAIVER_GATE = "golive.waiver_gate"
WAIVER_RISK = "golive.waiver_risk"
WAIVER_CONTROL = "golive.waiver_control"
WAIVER_MINUTES = "golive.waiver_minutes"
AGO = "golive.ago"
REPLAY_RUN = "golive.replay_run"
REPLAY_JUMP = "golive.replay_jump"
FINANCE_CLASSES = "golive.finance_classes"
FINANCE_TEXT = "golive.finance_text"
FINANCE_STEP = "golive.finance_step"
_NOTICE = "golive.notice"
_TROUBLE = "golive.trouble"
PAYMENT = "golive.payment"
EVIDENCE_ITEM = "golive.evidence_item"
_UPLOAD = "golive.upload"
_SAID_AT = "golive.said_at"
_PLACE = "golive.place"

SAID_FOR_S = 15
"""Long enough to read one sentence; after that it would be about something else."""


def role() -> str | None:
    """The id of the role that was picked in this browser session."""
    picked = st.session_state.get(ROLE)
    return picked if isinstance(picked, str) else None


def role_cookie(environment: str) -> str:
    """The cookie in which a browser remembers it until it is closed: rehearsal and live never share one."""
    return f"golive_role_{environment}"


def remembered_role(environment: str) -> str | None:
    """The role that was picked in this browser before, in another tab or before a reload."""
    return st.context.cookies.get(role_cookie(environment))


def reason() -> str:
    """What was typed as the reason of the next act."""
    return typed(REASON)


def forget_reason() -> None:
    """A reason is of one act; the next one needs its own."""
    st.session_state[REASON] = ""


def ago_min() -> int:
    """How many minutes ago it happened that is about to be recorded."""
    picked = st.session_state.get(AGO)
    return picked if isinstance(picked, int) else 0


def forget_ago() -> None:
    """The next act is of its own time."""
    st.session_state[AGO] = 0


def mark_min() -> int:
    """The minute of the T-clock that a recycle goes back to."""
    picked = st.session_state.get(MARK)
    return picked if isinstance(picked, int) else 0


def typed(key: str) -> str:
    """What was typed or picked under one of the keys above; empty where nothing was."""
    found = st.session_state.get(key)
    return found if isinstance(found, str) else ""


def picked(key: str) -> tuple[str, ...]:
    """What was picked of several under one of the keys above; empty where nothing was."""
    found = st.session_state.get(key)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def start_with(key: str, value: str) -> None:
    """What is picked at first, where nobody has picked yet; unlike a default it can be taken back."""
    if key not in st.session_state:
        st.session_state[key] = value


def waiver_min() -> int:
    """How many minutes the waiver that is asked for shall last."""
    picked = st.session_state.get(WAIVER_MINUTES)
    return picked if isinstance(picked, int) else 0


def forget_waiver() -> None:
    """A risk and a control are of one waiver."""
    st.session_state[WAIVER_RISK] = st.session_state[WAIVER_CONTROL] = ""


def upload_key() -> str:
    """Where the picture is that is handed in next; each has a place of its own, so that none is left over."""
    return f"golive.upload.{typed(_UPLOAD) or '0'}"


def attest_key(name: str) -> str:
    """What was attested of that picture, and of no other."""
    return f"{upload_key()}.{name}"


def next_upload() -> None:
    """The picture was recorded; the next one begins with an empty place."""
    st.session_state[_UPLOAD] = str(int(typed(_UPLOAD) or "0") + 1)


def refusal_key(index: int) -> str:
    """Where the reason is typed that a picture is refused for."""
    return f"golive.refusal.{index}"


def replay_key(run_id: int) -> str:
    """Where the moment is kept that is looked at of this run."""
    return f"golive.replay_at.{run_id}"


def replay_at(run_id: int, moments: Sequence[str], wanted: str) -> str:
    """The moment that is looked at, set to one there is: at or before the one picked, or wanted at first;
    the last where none is.
    """
    picked = st.session_state.get(replay_key(run_id)) or wanted
    place = bisect_right(moments, picked) if picked else len(moments)
    at = moments[max(0, place - 1)]
    if st.session_state.get(replay_key(run_id)) != at:
        st.session_state[replay_key(run_id)] = at
    return at


def go_to(run_id: int, at: str) -> None:
    """Look at this moment of the run next."""
    st.session_state[replay_key(run_id)] = at


def jump(run_id: int) -> None:
    """Look at the moment that was picked from the list, and pick none of it any more."""
    picked = st.session_state.get(REPLAY_JUMP)
    if isinstance(picked, str):
        go_to(run_id, picked)
    st.session_state[REPLAY_JUMP] = None


def say(sentence: str, *, trouble: bool = False) -> None:
    """Keep a sentence for the next drawing: what was done, or why it was not."""
    st.session_state[_NOTICE], st.session_state[_TROUBLE] = ("", sentence) if trouble else (sentence, "")
    st.session_state[_SAID_AT] = str(time.monotonic())


def look_at(place: str) -> None:
    """What was said to one role on one page is not said to another."""
    if st.session_state.get(_PLACE) != place:
        st.session_state[_PLACE] = place
        st.session_state[_SAID_AT] = ""


def said() -> tuple[str | None, str | None]:
    """What was done and what was refused just now. Pages redraw by themselves, so it stays for a while."""
    said_at = st.session_state.get(_SAID_AT)
    if not isinstance(said_at, str) or not said_at or time.monotonic() - float(said_at) > SAID_FOR_S:
        return None, None
    return st.session_state.get(_NOTICE) or None, st.session_state.get(_TROUBLE) or None
