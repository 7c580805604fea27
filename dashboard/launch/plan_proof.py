"""What the shape of `[evidence]` cannot say: that its names are known, and each item can be captured."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.launch.naming import unknown
from dashboard.launch.plan import Plan
from dashboard.launch.plan_evidence import Evidence, EvidenceItem, ItemKind

Key = tuple[str | int, ...]


def evidence_problems(plan: Plan, evidence: Evidence) -> Iterator[tuple[Key, str]]:
    """Every mistake in what is to be proven, with the key it is at."""
    if plan.hour is None:
        yield ("evidence",), "got no [hour], expected one: evidence is captured in minutes of its clock"
    ids = [item.id for item in evidence.items]
    for index, item in enumerate(evidence.items):
        path: Key = ("evidence", "items", index)
        if item.id in ids[:index]:
            yield (*path, "id"), f'got the id "{item.id}" twice; give each an id of its own'
        yield from _item_problems(plan, item, path)


def _item_problems(plan: Plan, item: EvidenceItem, path: Key) -> Iterator[tuple[Key, str]]:
    if item.owner not in plan.roles:
        yield (*path, "owner"), unknown("role", item.owner, plan.roles)
    if item.from_min is not None and item.to_min <= item.from_min:
        yield (*path, "to_min"), f"got {item.from_min} to {item.to_min}; a window ends after it begins"
    if not item.is_by_person and plan.money is None:
        yield (*path, "kind"), f'got "{item.kind.value}" without [money]; it is captured from what is read'
    if item.page is None:
        return
    if item.kind is not ItemKind.SCREENSHOT:
        yield (*path, "page"), f'got a page for "{item.kind.value}"; only a screenshot has one'
    if item.page.service not in plan.services:
        yield (*path, "page", "service"), unknown("service", item.page.service, plan.services)
