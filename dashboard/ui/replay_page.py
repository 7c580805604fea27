"""The Replay page: a run as it stood at a moment, drawn like the Control room and the Timeline, and marked.

It works when a person picks a moment and at no other time: nothing on it lives, and nothing is redrawn.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import streamlit as st

from dashboard.access import Person
from dashboard.launch.clock import t_text
from dashboard.launch.replay_view import Moment, RecordedRun, Recording, Reenacted
from dashboard.room import RefusedError
from dashboard.ui import formats, state, wording
from dashboard.ui import hour as drawing
from dashboard.ui.board_page import draw
from dashboard.ui.decision_desk import decided
from dashboard.ui.gantt import gantt
from dashboard.ui.markup import remark, text
from dashboard.ui.poll_desk import polled
from dashboard.ui.room import room

_RUN, _AT = "run", "t"


def replay(person: Person) -> None:
    """Pick a run and a moment, then see it; what cannot be read is said in one sentence."""
    head = f'<h1>{wording.REPLAY}</h1><p class="gl-muted">{wording.REPLAY_NOTE}</p>'
    st.html(f'<div class="gl gl-page">{head}</div>')
    try:
        runs = room().runs(person)
        if not runs:
            st.info(wording.NO_RUNS)
            return
        recording = room().recording(person, _run(runs))
        at = _moment(recording)
        _show(room().reenact(person, recording.run.id, at))
    except RefusedError as refused:
        st.error(str(refused))


def _run(runs: tuple[RecordedRun, ...]) -> int:
    told = {run.id: _run_label(run) for run in runs}
    ids, wanted = list(told), st.query_params.get(_RUN, "")
    if wanted and wanted not in map(str, ids):
        st.html(remark(wording.NO_SUCH_RUN.format(named=formats.asked(wanted))))
    index = next((place for place, each in enumerate(ids) if str(each) == wanted), 0)
    return st.selectbox(
        wording.WHICH_RUN, ids, index=index, format_func=told.__getitem__, key=state.REPLAY_RUN
    )


def _run_label(run: RecordedRun) -> str:
    return wording.RUN_LABEL.format(
        id=run.id,
        title=run.title,
        attempt=run.attempt,
        started=f"{formats.date(run.started_at)} {formats.clock_time(run.started_at)}",
        environment=wording.BRAND[run.environment],
    )


def _moment(recording: Recording) -> datetime:
    """The moment that was picked: on the slider, by a jump, or by the address the page was opened with."""
    run_id = recording.run.id
    moments = {formats.address_time(moment.at): moment for moment in recording.moments}
    labels = {key: _label(moment) for key, moment in moments.items()}
    at = state.replay_at(run_id, sorted(moments), st.query_params.get(_AT, ""))
    if missed := _missed(run_id, moments):
        st.html(remark(wording.NO_SUCH_MOMENT.format(named=formats.asked(missed), at=labels[at])))
    marks = [key for key, moment in moments.items() if moment.what]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="replay_jumps"):
        st.selectbox(
            wording.JUMP,
            marks,
            index=None,
            format_func=lambda key: f"{labels[key]} · {moments[key].what}",
            key=state.REPLAY_JUMP,
            on_change=state.jump,
            args=(run_id,),
            placeholder=wording.JUMP_NOTE.format(n=len(marks)),
        )
        earlier = [key for key in marks if key < at]
        later = [key for key in marks if key > at]
        _step(wording.PREVIOUS, "replay_previous", run_id, earlier[-1:])
        _step(wording.NEXT, "replay_next", run_id, later[:1])
    key = state.replay_key(run_id)
    picked = st.select_slider(wording.MOMENT, sorted(moments), format_func=labels.__getitem__, key=key)
    st.query_params.update({_RUN: str(run_id), _AT: picked})
    return moments[picked].at


def _missed(run_id: int, moments: Collection[str]) -> str:
    """What the address asks for and this run has not: a moment before or after it, or what is none at all.
    Empty where it asks for nothing, or of another run.
    """
    wanted = st.query_params.get(_AT, "")
    is_within = formats.is_address_time(wanted) and min(moments) <= wanted <= max(moments)
    is_of_this = st.query_params.get(_RUN, str(run_id)) == str(run_id)
    return wanted if is_of_this and not is_within else ""


def _step(label: str, key: str, run_id: int, to: list[str]) -> None:
    at = to[0] if to else ""
    st.button(label, key=key, disabled=not to, on_click=state.go_to, args=(run_id, at))


def _label(moment: Moment) -> str:
    """T as everybody reads it, and UTC beside it, because T stands in a hold and comes again in a recycle."""
    fraction = f"{moment.at:.%f}"[:4] if moment.at.microsecond else ""
    utc = f"{formats.clock_time(moment.at)}{fraction} UTC"
    return utc if moment.t_s is None else f"{t_text(moment.t_s)} · {utc}"


def _show(shown: Reenacted) -> None:
    with st.container(key="golive_replay"):
        st.html(_mark(shown))
        _proof(shown)
        for drawn in draw(shown.view):
            st.html(drawn)
        if shown.view.hour is not None:
            hour = shown.view.hour
            parts = (decided(hour), polled(hour), gantt(hour), drawing.table(hour), drawing.log(hour))
            for part in filter(None, parts):
                st.html(part)


def _mark(shown: Reenacted) -> str:
    at = f"{_label(shown.moment)}, {formats.date(shown.moment.at)}"
    return (
        f'<div class="gl gl-replay-mark" role="note"><p><strong>{wording.REPLAY_WORD}</strong> '
        f"<span>{text(wording.AS_IT_STOOD.format(at=at))}</span></p><p>{text(_run_label(shown.run))}. "
        f"{wording.NOT_LIVING}</p></div>"
    )


def _proof(shown: Reenacted) -> None:
    """What the drawing is worth: recomputed and equal, different, or not to be recomputed."""
    if shown.difference is not None:
        st.error(wording.NOT_REPRODUCED.format(evaluation=shown.evaluation, what=shown.difference))
    elif shown.unprovable is not None:
        st.warning(wording.NOT_PROVEN.format(why=shown.unprovable))
    elif shown.evaluation is None:
        st.info(wording.NOTHING_TO_REPLAY)
    else:
        inputs = formats.count(shown.inputs, "input")
        st.info(wording.REPRODUCED.format(inputs=inputs, evaluation=f"{shown.evaluation:,}"))
