"""Reads every user's rows of the credits ledger, newest first, down to those that were read before.

Credits and cents are JSON integers: a float, a string or a boolean in their place is MALFORMED, never
rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from collectors.asking import Answer, Asker
from collectors.ledger_pages import LedgerPages
from collectors.money import LedgerEntry
from collectors.money_window import Cursor, MoneyList, Window
from collectors.probe import look_up, shaped

TABLE = "ledger.history"
SHAPE = "id, kind, whole credits and cents, currency, time with zone, technical identifiers"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReading:
    """Where each value of a row is (JMESPaths relative to it); None where the ledger has no such value."""

    id: str
    kind: str
    credits: str
    created: str
    cents: str | None = None
    currency: str | None = None
    payment_intent: str | None = None
    correlation_id: str | None = None
    user: str | None = None

    def entry(self, answer: Answer, row: Any) -> LedgerEntry:
        """The row as it is kept, or MALFORMED."""
        found = {name: look_up(path, row) for name, path in self._paths()}
        return shaped(answer, found, LedgerEntry, SHAPE)

    def _paths(self) -> list[tuple[str, str]]:
        named = [(each.name, getattr(self, each.name)) for each in fields(self)]
        return [(name, path) for name, path in named if path is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHistory:
    """The rows of one ledger since a moment (seconds since 1970)."""

    pages: LedgerPages
    reading: EntryReading
    since: int

    async def step(self, asker: Asker, cursor: Cursor | None) -> Window:
        """Read what is new, and what overlaps it. Raises `AskError`."""
        window, entries = await self.pages.read(
            asker, MoneyList.LEDGER, cursor, since=self.since, row=self.reading.entry
        )
        return replace(window, entries=entries)
