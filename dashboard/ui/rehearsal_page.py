"""The Rehearsal page: start a purchase and watch it go; put a fault in and watch the gate it must flip."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from dashboard.access import Action, Person, denied
from dashboard.launch.view import FaultRow, Journey, RehearsalView
from dashboard.ui import drills, formats, wording
from dashboard.ui.live import FALLBACK_S, live
from dashboard.ui.markup import text
from dashboard.ui.notes import do, show_notes
from dashboard.ui.room import room

_WATCHING_S = 1


def rehearsal(person: Person) -> None:
    """Purchases and faults; redrawn every second while a purchase is on its way."""
    st.html(f'<div class="gl gl-page"><h1>{wording.REHEARSAL}</h1></div>')
    under_way = _under_way(room().rehearsal(person))
    live(lambda: _desk(person, under_way=under_way), every_s=_WATCHING_S if under_way else FALLBACK_S)


def _desk(person: Person, *, under_way: bool) -> None:
    world = room().rehearsal(person)
    if _under_way(world) != under_way:
        st.rerun()  # the whole page: only a full run changes how often this part redraws
    show_notes()
    if world.unreachable:
        st.error(wording.UNREACHABLE.format(why=world.unreachable))
    _purchase(person, world.journeys)
    _faults(person, world.faults)


def _under_way(world: RehearsalView) -> bool:
    states = {hop.state for hop in world.journeys[0].hops} if world.journeys else set()
    return "waiting" in states and "failed" not in states


def _purchase(person: Person, journeys: tuple[Journey, ...]) -> None:
    starter = room().plan.purchase
    note = wording.PURCHASE_NOTE.format(
        title=starter.title, amount=formats.money(starter.amount, starter.currency)
    )
    st.html(f'<div class="gl"><h2>{wording.PURCHASE}</h2><p class="gl-muted">{text(note)}</p></div>')
    why_not = denied(person, Action.START_PURCHASE)
    with st.container(key="purchase_acts", horizontal=True):
        st.button(
            wording.START_PURCHASE,
            key="start_purchase",
            type="primary",
            on_click=do,
            args=(_buy, person),
            disabled=why_not is not None,
            help=why_not,
        )
        st.button(
            wording.REFUND_PURCHASE,
            key="refund_purchase",
            on_click=do,
            args=(_refund, person),
            disabled=why_not is not None or not journeys,
            help=why_not,
        )
        if room().plan.usage is not None:
            st.button(
                wording.USE_SAMPLE,
                key="use_sample",
                on_click=do,
                args=(_use, person),
                disabled=why_not is not None or not journeys,  # who bought nothing would fall below zero
                help=why_not,
            )
    st.html(drills.journeys(journeys))


def _faults(person: Person, faults: tuple[FaultRow, ...]) -> None:
    why_not = denied(person, Action.CHANGE_FAULT)
    st.html(f'<div class="gl"><h2>{wording.FAULTS}</h2><p class="gl-muted">{drills.tally(faults)}</p></div>')
    st.button(
        wording.TAKE_ALL_OUT,
        key="take_all_out",
        on_click=do,
        args=(_all_out, person),
        disabled=why_not is not None or not any(fault.active for fault in faults),
        help=why_not,
    )
    for where, group in groupby(sorted(faults, key=lambda fault: fault.where), key=lambda fault: fault.where):
        rows = list(group)
        with st.expander(drills.group_title(where, rows), expanded=True):
            for fault in rows:
                _fault(person, fault, why_not=why_not)


def _fault(person: Person, fault: FaultRow, *, why_not: str | None) -> None:
    with st.container(key=f"fault_row_{fault.id}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(drills.fault(fault, lost=room().view().lost is not None), width="stretch")
        st.button(
            wording.TAKE_OUT if fault.active else wording.PUT_IN,
            key=f"{'take' if fault.active else 'put'}_{fault.id}",  # two buttons: a late click hits nothing
            type="primary" if fault.active else "secondary",
            on_click=do,
            args=(_take_out if fault.active else _put_in, person, fault.id, fault.title),
            disabled=why_not is not None,
            help=why_not,
        )


def _buy(person: Person) -> str:
    return wording.PURCHASE_STARTED.format(id=room().start_purchase(person))


def _refund(person: Person) -> str:
    room().refund_purchase(person)
    return wording.PURCHASE_REFUNDED


def _use(person: Person) -> str:
    room().use_sample(person)
    return wording.SAMPLE_USED


def _put_in(person: Person, fault: str, title: str) -> str:
    room().put_fault_in(person, fault)
    return wording.FAULT_IN.format(title=title)


def _take_out(person: Person, fault: str, title: str) -> str:
    room().take_fault_out(person, fault)
    return wording.FAULT_OUT.format(title=title)


def _all_out(person: Person) -> str:
    room().take_all_faults_out(person)
    return wording.ALL_OUT
