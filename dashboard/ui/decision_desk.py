"""The decision: GO only where the board says GO, bound to it and asked once; the rest with a reason."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Action, Person, allows
from dashboard.launch.board import Board, BoardVerdict
from dashboard.launch.event import Event
from dashboard.launch.scene import Act, Wish
from dashboard.ui import formats, state, wording
from dashboard.ui.markup import text
from dashboard.ui.notes import do, show_notes
from dashboard.ui.room import room


def decision_desk(person: Person) -> None:
    """What was decided last, for everybody; the three buttons, for who decides."""
    view = room().view()
    if room().plan.hour is None:
        return
    show_notes()
    decision = None if view.hour is None else view.hour.decision
    st.html(f'<div class="gl gl-decided"><h2>{wording.DECISION}</h2><p>{text(_last(decision))}</p></div>')
    latch = None if view.hour is None else view.hour.latch
    acknowledges = latch is not None and allows(person.kind, Action.ACKNOWLEDGE)
    if acknowledges or allows(person.kind, Action.DECIDE):
        st.text_input(wording.REASON, key=state.REASON, help=wording.REASON_HELP)
    if acknowledges:
        st.button(wording.ACKNOWLEDGE, key="acknowledge", on_click=do, args=(_acknowledge, person))
    if allows(person.kind, Action.DECIDE):
        _buttons(person, view.verdict, None if view.lost else view.board)


def _buttons(person: Person, verdict: BoardVerdict, board: Board | None) -> None:
    offered = board is not None and verdict is BoardVerdict.GO
    shown = (None, None) if board is None else (board.hash, board.evaluation)
    with st.container(horizontal=True, gap="small", key="decision_desk", vertical_alignment="bottom"):
        if offered and board is not None:
            with st.popover(wording.GO, icon=":material/check_circle:"):
                st.caption(_binds(board))
                st.button(
                    wording.GO_ASK,
                    key="decide_go",
                    type="primary",
                    shortcut=wording.GO_KEY,
                    on_click=do,
                    args=(_decide, person, BoardVerdict.GO, *shown),
                )
        for other in (BoardVerdict.NO_GO, BoardVerdict.HOLD):
            st.button(
                wording.BOARD_WORD[other],
                key=f"decide_{other.value.lower()}",
                on_click=do,
                args=(_decide, person, other, *shown),
            )
    if not offered:
        st.caption(wording.GO_NOT_OFFERED.format(word=wording.BOARD_WORD[verdict]))


def _binds(board: Board) -> str:
    return wording.BINDS.format(
        hash=board.hash[:12], evaluation=board.evaluation, plan=board.plan_sha256[:12]
    )


def _last(decision: Event | None) -> str:
    if decision is None:
        return wording.NOT_DECIDED
    return wording.DECIDED_LAST.format(
        what=wording.BOARD_WORD[BoardVerdict(decision.subject)],
        who=f"{decision.actor} ({decision.identity})",
        at=formats.clock_time(decision.event_at),
        reason=f": {decision.reason}" if decision.reason else "",
    )


def _acknowledge(person: Person) -> str:
    said = room().act(person, Wish(act=Act.ACKNOWLEDGE, reason=state.reason()))
    state.forget_reason()
    return said


def _decide(person: Person, verdict: BoardVerdict, board_hash: str | None, evaluation: int | None) -> str:
    wish = Wish(act=Act.DECIDE, subject=verdict.value, reason=state.reason(), board_hash=board_hash)
    said = room().act(person, wish, evaluation=evaluation)
    state.forget_reason()
    return said
