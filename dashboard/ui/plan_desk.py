"""Another plan while a launch is under way: what it changes, who wants it, and the presses that adopt it."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Action
from dashboard.launch.run import ENDED
from dashboard.launch.scene import Act, Wish
from dashboard.launch.view import HourView
from dashboard.ui import wording
from dashboard.ui.acting import Hand
from dashboard.ui.markup import text
from dashboard.ui.room import room


def plan_desk(own: Hand, hour: HourView) -> None:
    """Nothing while no other plan is on offer."""
    offer, asked = hour.state.offer, hour.state.plan_asked
    if offer is None or hour.stage in ENDED:
        return
    note = wording.PLAN_ON_OFFER.format(kept=offer.before[:12], offered=offer.after[:12])
    if asked is not None:
        note = wording.PLAN_WANTED.format(who=asked.actor, offered=offer.after[:12], reason=asked.reason)
    st.html(f'<div class="gl"><h2>{wording.OTHER_PLAN}</h2><p>{text(note)}</p></div>')
    with st.expander(wording.PLAN_CHANGES):
        st.code(room().offered_plan(own.person), language="diff")
    with st.container(horizontal=True, gap="small", key="plan_desk"):
        if asked is None and own.may(Action.ASK_PLAN):
            own.button(wording.ASK_PLAN, "ask_plan", Wish(act=Act.ASK_PLAN))
        elif asked is not None and own.may(Action.ADOPT_PLAN) and asked.by != own.person.by:
            own.button(wording.ADOPT_PLAN, "adopt_plan", Wish(act=Act.ADOPT_PLAN))
