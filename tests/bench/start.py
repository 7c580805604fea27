"""From the start of the process to the first verdict that a person can see."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Browser

from dashboard.launch.wording import NOTHING_JUDGED
from tests.bench.launched import launched
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.viewing import chrome

STARTS = 3
LIMIT_S = 10.0
WITHIN_S = 60

JUDGED = """([nothing, withinMs]) => new Promise((done) => {
  const look = () => {
    const sentence = document.querySelector(".gl-board:not(.gl-lost) .gl-sentence")?.textContent.toLowerCase()
    if (sentence === undefined || nothing.toLowerCase().endsWith(sentence)) return
    observer.disconnect()
    done(Date.now())
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { childList: true, subtree: true, characterData: true })
  setTimeout(() => { observer.disconnect(); done(null) }, withinMs)
  look()
})"""


def measure(say: Say) -> list[Measured]:
    """Start golive a few times; the first time only compiles what Python has not compiled yet."""
    with chrome() as started:
        both = [_seconds(started, say) for _ in range(1 + STARTS)][1:]
    said, judged = zip(*both, strict=True)
    return [
        Measured(
            row="start",
            what=f"process start to a verdict in Chromium, fresh data folder, slowest of {STARTS}",
            value=max(judged),
            limit=LIMIT_S,
            unit="s",
            how=f"{_listed(judged)}, address printed after {_listed(said)}; one start before not counted",
        )
    ]


def _seconds(started: Browser, say: Say) -> tuple[float, float]:
    """To the printed address, and to the verdict."""
    with launched() as golive, started.new_context() as context:
        page = context.new_page()
        page.goto(golive.url, wait_until="commit")
        seen_ms = page.evaluate(JUDGED, [NOTHING_JUDGED, WITHIN_S * 1000])
        if seen_ms is None:
            raise UnmeasurableError(
                f"got no verdict within {WITHIN_S} s, expected one; run `golive` to see why"
            )
        said: float = golive.said_at - golive.started_at
        judged: float = seen_ms / 1000 - golive.started_at
    say(f"start: address after {said:.2f} s, verdict after {judged:.2f} s")
    return said, judged


def _listed(seconds: Sequence[float]) -> str:
    return " ".join(f"{each:.2f}" for each in seconds) + " s"
