"""Names of a plan: how they are called on screen, and what is said of one that is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dashboard.launch import wording
from dashboard.launch.event import Event, What
from dashboard.launch.plan import Plan

SHOWN = 12
"""So many known names are listed where none is near."""


_OF_TASKS = frozenset({What.BEGUN, What.TICKED, What.PROVEN, What.SKIPPED, What.ABANDONED})


def named(plan: Plan, event: Event) -> str:
    """What an event is about, for a screen: a gate or a task by its title, a verdict by its word."""
    tasks = () if plan.hour is None else plan.hour.tasks
    titles = {each.id: each.title for each in (tasks if event.what in _OF_TASKS else plan.gates)}
    return titles.get(event.subject, wording.spoken(event.subject))


def unknown(what: str, got: str, known: Iterable[str], *, shown: int = SHOWN) -> str:
    """The sentence for a name that is not among those known."""
    names = list(known)
    near = difflib.get_close_matches(got, names, n=1)
    mend = (
        f'did you mean "{near[0]}"?'
        if near
        else f"known are {', '.join(names[:shown])}{' …' if len(names) > shown else ''}"
    )
    return f'unknown {what} "{got}"; {mend}'
