"""The Timeline page: my tasks first, then the clock for who runs it, the hour, and the log."""

from __future__ import annotations

import streamlit as st

from dashboard.access import ACTIONS, Person, allows
from dashboard.launch.run import UNDER_WAY
from dashboard.launch.scene import ALLOWED_IN, Act, Wish
from dashboard.launch.view import HourView
from dashboard.ui import hour as drawing
from dashboard.ui import state, wording
from dashboard.ui.acting import Hand, hand
from dashboard.ui.gantt import gantt
from dashboard.ui.live import live
from dashboard.ui.my_tasks import has_tasks, my_tasks
from dashboard.ui.notes import do, show_notes
from dashboard.ui.poll_desk import polled
from dashboard.ui.room import room

_CLOCK_ACTS = {
    Act.START: wording.START_CLOCK,
    Act.HOLD: wording.HOLD_CLOCK,
    Act.RESUME: wording.RESUME_CLOCK,
    Act.RECYCLE: wording.RECYCLE,
    Act.CLOSE: wording.CLOSE,
    Act.SCRUB: wording.SCRUB,
    Act.NEXT_ATTEMPT: wording.NEXT_ATTEMPT,
}


def timeline(person: Person) -> None:
    """What to do now, and how the hour stands."""
    st.html(f'<div class="gl gl-page"><h1>{wording.TIMELINE}</h1></div>')
    live(lambda: _draw(person))


def _draw(person: Person) -> None:
    """What is typed is in the part that redraws, or it would still be on the screen after its act."""
    works = has_tasks(person)
    if works or any(allows(person.kind, ACTIONS[act]) for act in _CLOCK_ACTS):
        with st.container(horizontal=True, gap="small", key="said_with"):
            st.text_input(wording.REASON, key=state.REASON, help=wording.REASON_HELP)
            if works:
                st.number_input(
                    wording.AGO,
                    min_value=0,
                    max_value=1_440,
                    step=1,
                    key=state.AGO,
                    width=190,
                    help=wording.AGO_HELP,
                )
    show_notes()
    _hour(person)


def _hour(person: Person) -> None:
    view = room().view()
    hour = view.hour
    if hour is None:
        st.info(wording.NO_HOUR)
        return
    own = hand(person, view)
    my_tasks(own, hour)
    _clock(own, hour)
    late = drawing.due(hour) if hour.stage in UNDER_WAY else ""
    if told := late + polled(hour):
        st.html(told)
    st.html(gantt(hour))
    st.html(drawing.table(hour))
    st.html(drawing.log(hour, run=view.sealed_in))


def _clock(own: Hand, hour: HourView) -> None:
    possible = [act for act in _CLOCK_ACTS if hour.stage in ALLOWED_IN[act] and own.may(ACTIONS[act])]
    st.html(f'<div class="gl"><h2>{wording.CLOCK_DESK}: {hour.clock}</h2></div>')
    if not possible:
        return
    with st.container(horizontal=True, gap="small", key="clock_desk", vertical_alignment="bottom"):
        for act in possible:
            st.button(
                _CLOCK_ACTS[act],
                key=f"clock_{act.name.lower()}",
                shortcut=wording.HOLD_KEY if act is Act.HOLD else None,
                on_click=do,
                args=(_act, own, act),
            )
        if Act.RECYCLE in possible:
            st.number_input(wording.MARK, min_value=0, max_value=1_440, step=5, key=state.MARK, width=140)


def _act(own: Hand, act: Act) -> str:
    return own.act(Wish(act=act, mark_s=state.mark_min() * 60 if act is Act.RECYCLE else None))
