"""Reads every user's rows of the credits ledger, newest first, down to those that were read before.

Credits and cents are JSON integers: a float, a string or a boolean in their place is MALFORMED, never
rounded. A list that does not end, or that is not in order, is no answer either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

from collectors.asking import Answer, Asker
from collectors.money import LedgerEntry
from collectors.money_window import (
    OVERLAP_S,
    Cursor,
    MoneyList,
    Span,
    Window,
    advanced,
    begun,
    span_of,
)
from collectors.observation import FailureReason
from collectors.probe import OK, document, look_up, shaped, status_error
from collectors.tokens import TokenSource

MOST_ROWS = 1_000_000
EVER_S = 2**40
"""A ledger is read from now backwards, so that nothing is gained by asking for a part of the past."""

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

    url: str
    tokens: TokenSource
    reading: EntryReading
    items: str
    next_cursor: str
    cursor_parameter: str
    since: int
    parameters: Mapping[str, str | int] = field(default_factory=dict)

    async def step(self, asker: Asker, cursor: Cursor | None) -> Window:
        """Read what is new, and what overlaps it. Raises `AskError`."""
        at = begun(cursor, MoneyList.LEDGER, self.since)
        span = span_of(at, int(asker.clock().timestamp()), width=EVER_S)
        chain = _Chain(until=span.gte)
        position: str | None = None
        while True:
            answer = await self._page(asker, position)
            body = document(answer)
            rows = shaped(answer, look_up(self.items, body), list[Any], "a list of transactions")
            chain.take(answer, [self.reading.entry(answer, row) for row in rows])
            position = self._following(answer, body)
            if position is None or chain.is_done:
                return _window(at, span, chain)
            chain.turn(answer, position)

    async def _page(self, asker: Asker, position: str | None) -> Answer:
        parameters = dict(self.parameters)
        if position is not None:
            parameters[self.cursor_parameter] = position
        query = f"?{urlencode(parameters)}" if parameters else ""
        answer = await self.tokens.ask(asker, "GET", self.url + query)
        if answer.status != OK:
            raise status_error(answer, "200 with transactions: check [ledger.history] in the plan")
        return answer

    def _following(self, answer: Answer, body: Any) -> str | None:
        found = look_up(self.next_cursor, body)
        if found is None:
            if self.next_cursor.isidentifier() and self.next_cursor not in body:
                detail = "got a page that does not say what follows, expected a cursor or null"
                raise answer.unusable(FailureReason.MALFORMED, detail)
            return None
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return shaped(answer, found, str, "a cursor or null") or None


def _window(at: Cursor, span: Span, chain: _Chain) -> Window:
    first = chain.answers[0]
    as_of = first.date or first.observed_at
    now = int(as_of.timestamp())
    # A row of tomorrow must not hide those of today.
    newest = max((min(_second(each), now) for each in chain.found.values()), default=None)
    return Window(
        list=MoneyList.LEDGER,
        cursor=advanced(at, span, newest=newest, now=now),
        as_of=as_of,
        observed_at=first.observed_at,
        entries=tuple(chain.found.values()),
        requests=len(chain.answers),
        request_ids=tuple(each.request_id for each in chain.answers if each.request_id),
    )


@dataclass(slots=True, kw_only=True)
class _Chain:
    until: int
    is_done: bool = False
    answers: list[Answer] = field(default_factory=list)
    found: dict[str, LedgerEntry] = field(default_factory=dict)
    _oldest: int | None = None
    _positions: set[str] = field(default_factory=set)
    _grew: bool = True

    def take(self, answer: Answer, entries: list[LedgerEntry]) -> None:
        self.answers.append(answer)
        before = len(self.found)
        for entry in entries:
            self._keep_order(answer, _second(entry))
            self.found.setdefault(entry.id, entry)
        self._grew = len(self.found) > before

    def turn(self, answer: Answer, position: str) -> None:
        """Go on to the next page, if the list can be trusted to end."""
        if not self._grew or position in self._positions or len(self.found) > MOST_ROWS:
            detail = "got a next cursor with nothing new, expected a list that ends"
            raise answer.unusable(FailureReason.MALFORMED, detail)
        self._positions.add(position)

    def _keep_order(self, answer: Answer, second: int) -> None:
        if self._oldest is not None and second > self._oldest + OVERLAP_S:
            detail = "got a list that is not newest first, expected one: check [ledger.history] in the plan"
            raise answer.unusable(FailureReason.MALFORMED, detail)
        self._oldest = second if self._oldest is None else min(self._oldest, second)
        self.is_done = self.is_done or second < self.until


def _second(entry: LedgerEntry) -> int:
    return int(entry.created.timestamp())
