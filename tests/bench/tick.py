"""From the press of a tick by one viewer to the ticked task on another viewer's screen."""

from __future__ import annotations

import random
from collections.abc import Sequence

from playwright.sync_api import Page, expect

from dashboard.launch.plan import Task
from dashboard.launch.proportion import nearest_rank
from dashboard.ui import wording
from tests.bench.launched import launched
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.viewing import chrome, others, viewer
from tests.browser.roles import act_as
from tests.cast import default_plan

VIEWERS = 20
WATCHING = 2
"""Chromium pages that are watched, beside the lead's own; twenty Chromiums would measure this machine."""

TICKS = 30
LIMIT_S = 1.5
WITHIN_S = 30
SEED = 1
SLOWEST = 3
APART_S = 2.0
"""A view is published every two seconds; each tick falls somewhere else in between."""

TASK = "checkout_ready"
PAGE = "timeline"

# One clock for both ends: Date.now() is the same system clock in every page of this machine.
PRESSED = """() => {
  window.golivePressed = new Promise((done) =>
    document.addEventListener("pointerdown", () => done(Date.now()), { capture: true, once: true }))
}"""
WATCH = """([title, word, withinMs]) => {
  window.goliveShown = new Promise((done) => {
    const look = () => {
      if (document.documentElement.hasAttribute("data-golive-lost")) return
      const names = [...document.querySelectorAll(".gl-gantt-name")]
      const name = names.find((each) => each.querySelector("strong")?.textContent === title)
      if (!name?.querySelector(".gl-muted")?.textContent.includes(` · ${word}`)) return
      observer.disconnect()
      done(Date.now())
    }
    const observer = new MutationObserver(look)
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
    setTimeout(() => { observer.disconnect(); done(null) }, withinMs)
    look()
  })
}"""


def measure(say: Say) -> list[Measured]:
    """Tick a task, see it on the others' screens, recycle the clock so that it is open again, and so on."""
    with chrome() as started, launched() as golive:
        address = f"{golive.url}/{PAGE}"
        lead, coordinator, *rest = [viewer(started, address) for _ in range(1 + WATCHING)]
        act_as(lead, default_plan().roles[_task().owner].title)
        _move_clock(coordinator, wording.START_CLOCK)
        with others(golive.url, VIEWERS - 1 - WATCHING, "--page", PAGE) as redrawn:
            seconds = _seconds(lead, coordinator, rest, say)
    redraws = [len(each.seconds) for each in redrawn]
    if min(redraws) < TICKS:
        raise UnmeasurableError(f"got {min(redraws)} redraws of a viewer, expected {TICKS} and more")
    slowest = ", ".join(f"{each:.2f} s" for each in sorted(seconds)[: -1 - SLOWEST : -1])
    return [
        Measured(
            row="tick",
            what=f"press of a tick to another viewer's screen, p95 of {len(seconds)}, {VIEWERS} viewers",
            value=nearest_rank(seconds, 95),
            limit=LIMIT_S,
            unit="s",
            how=f"{TICKS} ticks, p50 {nearest_rank(seconds, 50):.2f} s, slowest {slowest}; the lead's page "
            f"in Chromium, {WATCHING} more that are watched, and {VIEWERS - 1 - WATCHING} sessions without a "
            f"screen, of which each redrew {min(redraws)} to {max(redraws)} times",
        )
    ]


def _seconds(lead: Page, coordinator: Page, rest: Sequence[Page], say: Say) -> list[float]:
    """Each tick on each watched screen; WITHIN_S where it never came."""
    rng = random.Random(SEED)
    watched, seconds = [coordinator, *rest], []
    for number in range(TICKS):
        lead.wait_for_timeout(rng.uniform(0, APART_S) * 1000)
        shown = _ticked(lead, watched)
        seconds += shown
        say(f"tick {number + 1}/{TICKS}: {', '.join(f'{each:.2f} s' for each in shown)}")
        _move_clock(coordinator, wording.RECYCLE)
        for page in (lead, *watched):
            page.evaluate(WATCH, [_task().title, wording.TASK_WORD["startable"], WITHIN_S * 1000])
            if page.evaluate("window.goliveShown") is None:
                raise UnmeasurableError(f"got no open task {WITHIN_S} s after a recycle, expected one")
    return seconds


def _ticked(lead: Page, watched: Sequence[Page]) -> list[float]:
    for page in watched:
        page.evaluate(WATCH, [_task().title, wording.TASK_WORD["done"], WITHIN_S * 1000])
    lead.evaluate(PRESSED)
    lead.get_by_role("button", name=f"{wording.TICK} {_task().title}").click()
    pressed_ms = lead.evaluate("window.golivePressed")
    shown = [page.evaluate("window.goliveShown") for page in watched]
    return [WITHIN_S if shown_ms is None else (shown_ms - pressed_ms) / 1000 for shown_ms in shown]


def _move_clock(coordinator: Page, act: str) -> None:
    reason = coordinator.get_by_role("textbox", name=wording.REASON)
    reason.fill("measuring")
    reason.press("Tab")
    coordinator.get_by_role("button", name=act, exact=True).click()
    expect(coordinator.get_by_role("button", name=wording.RECYCLE, exact=True)).to_be_visible()


def _task() -> Task:
    hour = default_plan().hour
    assert hour is not None
    return next(task for task in hour.tasks if task.id == TASK)
