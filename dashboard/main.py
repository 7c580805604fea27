"""The Streamlit script: the brand of the environment, who one acts as, then the pages that role may see."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.access import Action, Person, allows
from dashboard.ui import state, wording
from dashboard.ui.brand import brand, tab_title
from dashboard.ui.people import pick_role
from dashboard.ui.room import room

_ROOT = Path(__file__).resolve().parent
_PAGES = _ROOT.parent / "pages"
_STATIC = _ROOT / "ui" / "static"


def main() -> None:
    """Draw what all pages share, then the page itself."""
    view = room().view()
    st.set_page_config(
        page_title=tab_title(view.environment), page_icon=_STATIC / "golive.png", layout="wide"
    )
    st.html(_STATIC / "room.css")
    with st.container(key="golive_brand", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(brand(view.environment, view.plan_title), width="stretch")
        person = pick_role()
    page = st.navigation(pages(person), position="top")
    state.look_at(f"{person.role} {page.url_path}")
    page.run()


def pages(person: Person) -> list[st.Page]:
    """The pages this person's role may see, in the order of the menu."""
    seen = [st.Page(_PAGES / "control_room.py", title=wording.CONTROL_ROOM, default=True)]
    if room().plan.hour is not None and allows(person.kind, Action.SEE_TIMELINE):
        seen.append(st.Page(_PAGES / "timeline.py", title=wording.TIMELINE))
    if room().plan.money is not None and allows(person.kind, Action.SEE_MONEY):
        seen.append(st.Page(_PAGES / "first_dollar.py", title=wording.FIRST_DOLLAR))
        seen.append(st.Page(_PAGES / "webhooks.py", title=wording.WEBHOOKS))
        seen.append(st.Page(_PAGES / "finance.py", title=wording.FINANCE))
    if room().plan.evidence is not None and allows(person.kind, Action.SEE_EVIDENCE):
        seen.append(st.Page(_PAGES / "evidence.py", title=wording.EVIDENCE))
    if allows(person.kind, Action.SEE_REPLAY):
        seen.append(st.Page(_PAGES / "replay.py", title=wording.REPLAY))
    if allows(person.kind, Action.SEE_SERVICES):
        seen.append(st.Page(_PAGES / "services.py", title=wording.SERVICES))
    if room().is_rehearsal and allows(person.kind, Action.SEE_REHEARSAL):
        seen.append(st.Page(_PAGES / "rehearsal.py", title=wording.REHEARSAL))
    return seen


if __name__ == "__main__":
    main()
