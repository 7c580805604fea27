"""Which kind of publishable Stripe key a public page carries. The fact is kept, never the key."""

from __future__ import annotations

import re
from dataclasses import dataclass

from collectors.asking import Asker
from collectors.observation import FailureReason, Observation
from collectors.probe import OK, Question, status_error

KEY = re.compile(rb"\bpk_(live|test)_\w")
PAGES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProbe(Question):
    """Reads a public page as a visitor would, without running it."""

    url: str

    async def _look(self, asker: Asker) -> Observation:
        answer = await asker.ask("GET", self.url)
        if answer.status != OK:
            raise status_error(answer, "200: check the page's path in the plan")
        if answer.content_type not in PAGES:
            raise answer.unusable(FailureReason.MALFORMED, "got another content type, expected text/html")
        return self._seen(asker, answer, {"kind": _kind(answer.body)})


def _kind(html: bytes) -> str:
    modes = {mode.decode() for mode in KEY.findall(html)}
    if not modes:
        return "none"
    return "mixed" if len(modes) > 1 else f"pk_{modes.pop()}"
