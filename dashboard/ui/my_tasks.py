"""My tasks with their buttons: begin, tick, skip, abandon. What can be done now is first."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.launch.run import UNDER_WAY
from dashboard.launch.scene import Act, Wish
from dashboard.launch.timeline import Row, TaskStage
from dashboard.launch.view import HourView
from dashboard.ui import state, wording
from dashboard.ui.acting import Hand
from dashboard.ui.markup import label
from dashboard.ui.notes import do
from dashboard.ui.room import room
from dashboard.ui.task_card import task

_ORDER = (
    TaskStage.IN_PROGRESS,
    TaskStage.STARTABLE,
    TaskStage.EARLY,
    TaskStage.NOT_STARTABLE,
    TaskStage.COMPLETE,
)
_ACTS = (
    (Act.BEGIN, wording.BEGIN),
    (Act.TICK, wording.TICK),
    (Act.SKIP, wording.SKIP),
    (Act.ABANDON, wording.ABANDON),
)


def has_tasks(person: Person) -> bool:
    """Whether the plan gives this role anything to do."""
    hour = room().plan.hour
    return hour is not None and any(task.owner == person.role for task in hour.tasks)


def my_tasks(own: Hand, hour: HourView) -> None:
    """The tasks of this role; nothing where it has none."""
    mine = [row for row in hour.rows if row.task.owner == own.person.role]
    if not mine:
        return
    st.html(f'<div class="gl"><h2>{wording.MY_TASKS}</h2></div>')
    under_way = hour.stage in UNDER_WAY
    ordered = sorted(mine, key=lambda row: (_ORDER.index(row.stage), row.planned_start_s))
    now = {TaskStage.IN_PROGRESS, TaskStage.STARTABLE}
    first = ordered[0] if under_way and ordered[0].stage in now else None
    for row in ordered:
        with st.container(border=True, key=f"task_{row.task.id}"):
            st.html(task(row, hour.t_s))
            if row.is_open and under_way:
                _buttons(own, row, is_first=row is first)


def _buttons(own: Hand, row: Row, *, is_first: bool) -> None:
    with st.container(horizontal=True, gap="small", key=f"task_buttons_{row.task.id}"):
        for act, word in _ACTS:
            if act is Act.BEGIN and row.stage is TaskStage.IN_PROGRESS:
                continue
            st.button(
                label(word, row.task.title),
                key=f"{act.name.lower()}_{row.task.id}",
                type="primary" if act is Act.TICK else "secondary",
                disabled=act in {Act.BEGIN, Act.TICK} and bool(row.waiting_for),
                shortcut=wording.TICK_KEY if act is Act.TICK and is_first else None,
                on_click=do,
                args=(_act, own, act, row.task.id),
            )


def _act(own: Hand, act: Act, subject: str) -> str:
    said = own.act(Wish(act=act, subject=subject, ago_s=state.ago_min() * 60))
    state.forget_ago()
    return said
