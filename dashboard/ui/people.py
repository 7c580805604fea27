"""Who looks at the screen: a role of the plan, picked and marked as asserted; and the guard of every page."""

from __future__ import annotations

import streamlit as st

from dashboard import access
from dashboard.access import AccessDeniedError, Action, Person
from dashboard.launch.plan import RoleKind
from dashboard.room import ControlRoom
from dashboard.ui import state, wording
from dashboard.ui.room import room


def pick_role() -> Person:
    """The role menu; drawn once per run, above the pages."""
    roles = room().plan.roles
    ids = list(roles)
    default = _default_role(room())
    shown = roles[state.role() or default].title
    with st.popover(f"{shown} · {wording.ASSERTED}", icon=":material/person:", width="content"):
        picked = st.selectbox(
            wording.ROLE,
            ids,
            index=ids.index(default),
            format_func=lambda role: roles[role].title,
            key=state.ROLE,
        )
        st.caption(wording.ASSERTED_NOTE)
    return _person(picked)


def require(action: Action) -> Person:
    """The person who looks, where the table allows it; otherwise one sentence and the end of the page."""
    picked = state.role()
    if picked is None or picked not in room().plan.roles:
        st.error(wording.NO_ROLE)
        st.stop()
    person = _person(picked)
    try:
        access.require(person, action)
    except AccessDeniedError as refused:
        st.error(str(refused))
        st.stop()
    return person


def _person(role_id: str) -> Person:
    return access.asserted(role_id, room().plan.roles[role_id])


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
