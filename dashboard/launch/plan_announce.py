"""What the shape of `[announce]` cannot say: that its service is known and its body has room for the text."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.launch.naming import unknown
from dashboard.launch.plan import Announce, Plan

Path = tuple[str | int, ...]


def announce_problems(plan: Plan, announce: Announce) -> Iterator[tuple[Path, str]]:
    """Every mistake in how a plan announces, with the key it is at."""
    if announce.service not in plan.services:
        yield ("announce", "service"), unknown("service", announce.service, plan.services)
    if announce.text in announce.body:
        got = f'got "{announce.text}" in the body too'
        yield ("announce", "text"), f"{got}; it takes the text of the notice, take it out of the body"
