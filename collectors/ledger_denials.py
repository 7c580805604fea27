"""Reads how often the ledger turned users away, newest first, down to what was read before.

A denial is kept as which, whose and when; why and of what is never read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from collectors.asking import Answer, Asker
from collectors.ledger_pages import LedgerPages
from collectors.money import Denial
from collectors.money_window import Cursor, MoneyList, Window
from collectors.probe import look_up, shaped

TABLE = "ledger.denials"
SHAPE = "id, time with zone, technical identifier of the user"


@dataclass(frozen=True, slots=True, kw_only=True)
class DenialReading:
    """Where each value of a row is (JMESPaths relative to it)."""

    id: str
    user: str
    created: str

    def denial(self, answer: Answer, row: Any) -> Denial:
        """The row as it is kept, or MALFORMED."""
        found = {name: look_up(getattr(self, name), row) for name in ("id", "user", "created")}
        return shaped(answer, found, Denial, SHAPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DenialHistory:
    """The denials of one ledger since a moment (seconds since 1970)."""

    pages: LedgerPages
    reading: DenialReading
    since: int

    async def step(self, asker: Asker, cursor: Cursor | None) -> Window:
        """Read what is new, and what overlaps it. Raises `AskError`."""
        window, denials = await self.pages.read(
            asker, MoneyList.DENIALS, cursor, since=self.since, row=self.reading.denial
        )
        return replace(window, denials=denials)
