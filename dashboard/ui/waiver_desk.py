"""Waivers: what is waived or asked for, a form to ask with, and the answer of somebody else."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard.access import Action
from dashboard.launch.binding import Waiver
from dashboard.launch.board import JudgedGate, Verdict
from dashboard.launch.run import ENDED
from dashboard.launch.scene import Act, Wish
from dashboard.launch.view import HourView, View
from dashboard.ui import formats, state, wording
from dashboard.ui.acting import Hand
from dashboard.ui.markup import text
from dashboard.ui.notes import do
from dashboard.ui.room import room


def waiver_desk(own: Hand, view: View, hour: HourView) -> None:
    """Nothing where there is nothing to waive and nothing waived."""
    open_to_ask = own.may(Action.ASK_WAIVER) and hour.stage not in ENDED
    gates = waivable(view) if open_to_ask else ()
    if not gates and not hour.waivers:
        return
    st.html(f'<div class="gl"><h2>{wording.WAIVERS}</h2></div>')
    for waiver in hour.waivers:
        _waiver(own, view, waiver)
    if gates:
        with st.popover(wording.ASK_WAIVER):
            _form(own, gates)


def waivable(view: View) -> tuple[JudgedGate, ...]:
    """The gates that hold something up and may be waived."""
    gates = () if view.board is None or view.lost else view.board.gates
    return tuple(
        gate for gate in gates if gate.mandatory and gate.waivable and gate.verdict is not Verdict.GO
    )


def _waiver(own: Hand, view: View, waiver: Waiver) -> None:
    gates = () if view.board is None else view.board.gates
    title = next((gate.title for gate in gates if gate.id == waiver.gate), waiver.gate)
    asked, granted = waiver.asked, waiver.granted
    words = wording.WAIVER_ASKED if granted is None else wording.WAIVER_HOLDS
    said = words.format(
        gate=title,
        at=formats.clock_time(waiver.until),
        who=asked.actor,
        by="" if granted is None else granted.actor,
        reason=asked.reason,
        risk=asked.risk,
        control=asked.control,
    )
    st.html(f'<div class="gl gl-waiver"><p>{text(said)}</p></div>')
    if not own.may(Action.GRANT_WAIVER):
        return
    with st.container(horizontal=True, gap="small", key=f"waiver_{asked.seq}"):
        if granted is None and asked.by != own.person.by:
            grant = Wish(act=Act.GRANT_WAIVER, about=asked.seq)
            own.button(f"{wording.GRANT_WAIVER}: {title}", f"grant_waiver_{asked.seq}", grant)
        end = Wish(act=Act.END_WAIVER, about=asked.seq)
        own.button(f"{wording.END_WAIVER}: {title}", f"end_waiver_{asked.seq}", end)


def _form(own: Hand, gates: tuple[JudgedGate, ...]) -> None:
    titles = {gate.id: gate.title for gate in gates}
    hour = room().plan.hour
    most = 1 if hour is None else hour.waivers.max_min
    st.selectbox(wording.WAIVER_GATE, list(titles), format_func=titles.__getitem__, key=state.WAIVER_GATE)
    st.text_input(wording.WAIVER_RISK, key=state.WAIVER_RISK)
    st.text_input(wording.WAIVER_CONTROL, key=state.WAIVER_CONTROL)
    st.number_input(wording.WAIVER_MINUTES, min_value=0, max_value=most, step=5, key=state.WAIVER_MINUTES)
    st.caption(wording.REASON_HELP)
    st.button(wording.WAIVER_SEND, key="ask_waiver", on_click=do, args=(_ask, own))


def _ask(own: Hand) -> str:
    drawn_at, minutes = room().view().drawn_at, state.waiver_min()
    said = own.act(
        Wish(
            act=Act.ASK_WAIVER,
            subject=state.typed(state.WAIVER_GATE),
            risk=state.typed(state.WAIVER_RISK),
            control=state.typed(state.WAIVER_CONTROL),
            until=drawn_at + timedelta(minutes=minutes) if minutes else None,
        )
    )
    state.forget_waiver()
    return said
