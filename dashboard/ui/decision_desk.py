"""The decision: GO only where board and poll say GO, bound to what was shown and asked once; a way back."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Action, Person, allows
from dashboard.launch.board import BoardVerdict
from dashboard.launch.event import Event
from dashboard.launch.overriding import is_unexplained
from dashboard.launch.run import ENDED, Stage
from dashboard.launch.scene import ALLOWED_IN, Act, Wish
from dashboard.launch.view import HourView, View
from dashboard.ui import bound, formats, state, wording
from dashboard.ui.acting import Hand, hand
from dashboard.ui.markup import text
from dashboard.ui.notes import show_notes
from dashboard.ui.plan_desk import plan_desk
from dashboard.ui.poll_desk import poll_desk
from dashboard.ui.room import room
from dashboard.ui.waiver_desk import waiver_desk

_WITH_REASON = (Action.ACKNOWLEDGE, Action.DECIDE, Action.VOTE, Action.CHAIR_POLL, Action.ASK_WAIVER)


def decision_desk(person: Person) -> None:
    """What was decided last, for everybody; the poll and the waivers; the buttons, for who decides."""
    view = room().view()
    hour = view.hour
    if hour is None:
        return
    show_notes()
    st.html(decided(hour))
    if view.is_no_go:
        st.html(bound.concerns(room().plan, view))
    if hour.stage not in (Stage.SCRUBBED, Stage.OVER) and any(
        allows(person.kind, each) for each in _WITH_REASON
    ):
        st.text_input(wording.REASON, key=state.REASON, help=wording.REASON_HELP)
    own = hand(person, view)
    _buttons(own, view, hour)
    poll_desk(own, hour)
    waiver_desk(own, view, hour)
    plan_desk(own, hour)


def decided(hour: HourView) -> str:
    """What was decided last, and that a GO is not undone by what the board or the poll says since."""
    stands = f'<p class="gl-muted">{text(wording.GO_STANDS)}</p>' if _is_go(hour.decision) else ""
    last = f"<p>{text(_last(hour.decision))}</p>{stands}"
    return f'<div class="gl gl-decided"><h2>{wording.DECISION}</h2>{last}</div>'


def _buttons(own: Hand, view: View, hour: HourView) -> None:
    decides = own.may(Action.DECIDE) and hour.stage not in ENDED
    with st.container(horizontal=True, gap="small", key="decision_desk", vertical_alignment="bottom"):
        if hour.latch is not None and own.may(Action.ACKNOWLEDGE):
            own.button(wording.ACKNOWLEDGE, "acknowledge", Wish(act=Act.ACKNOWLEDGE))
        if decides and view.offers_go:
            # Its key counts the decisions, so that one that was made closes it.
            key = f"open_go_{len(hour.state.decisions)}"
            with st.popover(wording.GO, icon=":material/check_circle:", key=key):
                st.html(bound.bound(view, hour))
                go = Wish(act=Act.DECIDE, subject=BoardVerdict.GO.value)
                own.button(wording.GO_ASK, "decide_go", go, primary=True, shortcut=wording.GO_KEY)
        for other in (BoardVerdict.NO_GO, BoardVerdict.HOLD) if decides else ():
            wish = Wish(act=Act.DECIDE, subject=other.value)
            own.button(wording.BOARD_WORD[other], f"decide_{other.value.lower()}", wish)
        _override(own, view, hour)
        _way_back(own, hour)
    if decides and not view.offers_go:
        st.caption(_why_not(view, hour))


def _override(own: Hand, view: View, hour: HourView) -> None:
    if hour.override is not None:
        st.caption(wording.OVERRIDE_WAITS.format(who=hour.override.actor, reason=hour.override.reason))
        if own.may(Action.OVERRIDE) and hour.override.by != own.person.by:
            own.button(wording.OVERRIDE, "override", Wish(act=Act.OVERRIDE))
    elif view.verdict is BoardVerdict.HOLD and view.lost is None and own.may(Action.ASK_OVERRIDE):
        own.button(wording.ASK_OVERRIDE, "ask_override", Wish(act=Act.ASK_OVERRIDE))


def _way_back(own: Hand, hour: HourView) -> None:
    if hour.stage not in ALLOWED_IN[Act.ROLL_BACK] or not own.may(Action.ROLL_BACK):
        return
    if is_unexplained(hour.state):
        own.button(wording.EXPLAIN, "explain", Wish(act=Act.EXPLAIN))
    elif hour.state.rollback is None:
        with st.popover(wording.ROLL_BACK, icon=":material/undo:"):
            st.caption(wording.ROLL_BACK_NOTE)
            own.button(wording.ROLL_BACK_ASK, "roll_back", Wish(act=Act.ROLL_BACK))


def _why_not(view: View, hour: HourView) -> str:
    if view.verdict is BoardVerdict.GO and hour.undeclared is not None:
        return hour.undeclared
    return wording.GO_NOT_OFFERED.format(word=wording.BOARD_WORD[view.verdict])


def _is_go(decision: Event | None) -> bool:
    return decision is not None and decision.subject == BoardVerdict.GO


def _last(decision: Event | None) -> str:
    if decision is None:
        return wording.NOT_DECIDED
    what = wording.BOARD_WORD[BoardVerdict(decision.subject)]
    marked = "" if decision.after == decision.subject else f" ({decision.after})"
    return wording.DECIDED_LAST.format(
        what=f"{what}{marked}",
        who=f"{decision.actor} ({decision.identity})",
        at=formats.clock_time(decision.event_at),
        reason=f": {decision.reason}" if decision.reason else "",
    )
