"""From a fault in the world to the flipped verdict in a real browser."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import msgspec
from playwright.sync_api import Browser, Page

from dashboard.launch.proportion import nearest_rank
from dashboard.room import Fault
from dashboard.ui.wording import GATE_WORD
from tests.bench.launched import buy, launched
from tests.bench.results import Measured, Say
from tests.bench.viewing import chrome, viewer, wait_for_go
from tests.cast import default_plan

FAULTS = 30
STAGES = 3
"""So many golives take turns: while one recovers, the next is measured."""

SEED = 1
GRACE_S = 1.0
WITHIN_S = 30
SLOWEST = 3

# One clock for both ends: Date.now() in the page is the same system clock as time.time() here.
WATCH = """([gate, word, withinMs]) => {
  window.goliveFlip = new Promise((done) => {
    const look = () => {
      const lost = document.documentElement.hasAttribute("data-golive-lost")
      const shown = document.querySelector(`#gate-${gate} > summary .gl-badge > .gl-word`)
      const verdict = document.querySelector("#verdict > .gl-word")
      if (lost || shown?.textContent !== word || verdict?.textContent === "GO") return
      observer.disconnect()
      done(Date.now())
    }
    const observer = new MutationObserver(look)
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
    setTimeout(() => { observer.disconnect(); done(null) }, withinMs)
  })
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One running rehearsal and one viewer of it."""

    page: Page
    world: httpx.Client

    def faults(self) -> list[Fault]:
        """The catalogue, as this world tells it."""
        told = self.world.get("/faults").raise_for_status().json()["faults"]
        return msgspec.convert(told, list[Fault])

    def seconds_to_flip(self, fault: Fault) -> float:
        """From sending the control call to the verdict in the page; WITHIN_S when it never came."""
        self.page.evaluate(WATCH, [fault.gate, GATE_WORD[fault.to], WITHIN_S * 1000])
        sent_at = time.time()
        self.world.put(f"/faults/{fault.id}").raise_for_status()
        seen_ms: float | None = self.page.evaluate("window.goliveFlip")
        self.world.delete(f"/faults/{fault.id}").raise_for_status()
        return WITHIN_S if seen_ms is None else seen_ms / 1000 - sent_at


def measure(say: Say) -> list[Measured]:
    """Put faults in, one after the other, and see each in the page."""
    interval_s = default_plan().polling.interval_s
    seconds = _seconds_by_fault(interval_s, say)
    p95 = nearest_rank(list(seconds.values()), 95)
    slowest = sorted(seconds, key=lambda fault: -seconds[fault])[:SLOWEST]
    named = ", ".join(f"{fault} {seconds[fault]:.2f} s" for fault in slowest)
    return [
        Measured(
            row="flip",
            what=f"fault in the world to flipped verdict in Chromium, p95 of {len(seconds)} faults",
            value=p95,
            limit=interval_s + GRACE_S,
            unit="s",
            how=f"limit: the {interval_s} s poll interval and {GRACE_S:.0f} s; "
            f"p50 {nearest_rank(list(seconds.values()), 50):.2f} s; slowest {named}",
        )
    ]


def chosen(faults: Sequence[Fault], rng: random.Random) -> list[Fault]:
    """Different faults that can be seen without a purchase and whose gate decides, well mixed."""
    deciding = {gate.id for gate in default_plan().gates if gate.mandatory}
    eligible = [fault for fault in faults if fault.provoke == "none" and fault.gate in deciding]
    return rng.sample(eligible, FAULTS)


def _seconds_by_fault(interval_s: int, say: Say) -> dict[str, float]:
    rng = random.Random(SEED)
    seconds: dict[str, float] = {}
    with chrome() as started, ExitStack() as open_stages:
        stages = [open_stages.enter_context(_stage(started)) for _ in range(STAGES)]
        for number, fault in enumerate(chosen(stages[0].faults(), rng)):
            stage = stages[number % STAGES]
            wait_for_go(stage.page)
            # GO comes just after a poll; without this every fault would wait for a whole interval.
            stage.page.wait_for_timeout(rng.uniform(0, interval_s) * 1000)
            wait_for_go(stage.page)
            seconds[fault.id] = stage.seconds_to_flip(fault)
            say(f"flip {number + 1}/{FAULTS}: {fault.id} {seconds[fault.id]:.2f} s")
    return seconds


@contextmanager
def _stage(started: Browser) -> Iterator[Stage]:
    with launched() as golive, golive.world() as world:
        buy(golive.url, world)
        yield Stage(page=viewer(started, golive.url), world=world)
