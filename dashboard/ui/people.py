"""Who looks at the screen, above every page: whoever signed in, or a role that was picked and is marked so.

Also the guard of every page. Where people sign in, their roles are looked up at each redraw: who has signed
out, or has lost a role, sees and does nothing more, even in a tab that was left open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

from dashboard import access
from dashboard.access import AccessDeniedError, Action, Person
from dashboard.launch.plan import RoleKind
from dashboard.room import ControlRoom, RefusedError
from dashboard.signin.provider import SignInError
from dashboard.signin.session import Session
from dashboard.ui import room as installed
from dashboard.ui import state, wording
from dashboard.ui.asker import NobodyError, asker, own_roles, person, session_of
from dashboard.ui.room import room


def pick_role() -> Person:
    """The role menu; drawn once per run, above the pages."""
    who = installed.sign_in()
    if who is None:
        return _menu(list(room().plan.roles), _default_role(room()), None)
    try:
        session = session_of(who, st.context.cookies)
    except NobodyError as nobody:
        _end(str(nobody))
    try:
        roles = own_roles(who, session)
    except NobodyError as nobody:
        st.error(str(nobody))
        _sign_out_button(session)  # so that one can come back as somebody else
        st.stop()
    before = state.remembered_role(room().view().environment.value)
    return _menu(roles, before if before in roles else roles[0], session)


def require(action: Action) -> Person:
    """The person who looks, where the table allows it; otherwise one sentence and the end of the page."""
    try:
        looking = asker(st.context.cookies, state.role())
        access.require(looking, action)
    except (NobodyError, AccessDeniedError) as refused:
        _end(str(refused))
    return looking


def refuse_ended() -> None:
    """Return silently where whoever presses a button is still signed in, and in a role of theirs; raise
    `RefusedError` otherwise. It was drawn before that.
    """
    try:
        asker(st.context.cookies, state.role())
    except NobodyError as nobody:
        raise RefusedError(str(nobody)) from nobody


def _menu(ids: Sequence[str], default: str, session: Session | None) -> Person:
    roles = room().plan.roles
    before = state.role() or default
    shown = roles[before if before in ids else default].title
    strength, note = (
        (wording.ASSERTED, wording.ASSERTED_NOTE)
        if session is None
        else (wording.SIGNED_IN, wording.SIGNED_IN_NOTE)
    )
    with st.popover(f"{shown} · {strength}", icon=":material/person:", width="content"):
        picked = st.selectbox(
            wording.ROLE,
            ids,
            index=ids.index(default),
            format_func=lambda role: roles[role].title,
            key=state.ROLE,
        )
        st.caption(note)
        if session is not None:
            st.caption(wording.YOU_ARE.format(pseudonym=session.pseudonym[: access.SHOWN_OF_PSEUDONYM]))
            _sign_out_button(session)
    return person(picked, session)


def _sign_out_button(session: Session) -> None:
    st.button(wording.SIGN_OUT, key="sign_out", on_click=_sign_out, args=(session,))


def _sign_out(session: Session) -> None:
    """Everywhere and at once: the cookie alone would go on to say that one is signed in."""
    who = installed.sign_in()
    try:
        if who is not None:
            who.end(session, by_press=True)
    except SignInError as error:
        st.error(str(error))
        return
    st.logout()


def _end(sentence: str) -> NoReturn:
    st.error(sentence)
    st.stop()


def _default_role(control: ControlRoom) -> str:
    """Whoever this browser was before; else a rehearsal starts as somebody who can act in it, a live launch
    as somebody who can only look.
    """
    before = state.remembered_role(control.view().environment.value)
    if before in control.plan.roles:
        return before
    wanted = RoleKind.COORDINATOR if control.is_rehearsal else RoleKind.VIEWER
    roles = control.plan.roles
    return next((name for name, role in roles.items() if role.kind is wanted), next(iter(roles)))
