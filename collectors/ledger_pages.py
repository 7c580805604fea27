"""Reads a list of the ledger in pages, newest first, down to what was read before.

A list that does not end, or that is not in order, is no answer: it is MALFORMED.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from collectors.asking import Answer, Asker
from collectors.money_window import OVERLAP_S, Cursor, MoneyList, Span, Window, advanced, begun, span_of
from collectors.observation import FailureReason
from collectors.probe import OK, document, look_up, shaped, status_error
from collectors.tokens import TokenSource

MOST_ROWS = 1_000_000
EVER_S = 2**40
"""A ledger is read from now backwards, so that nothing is gained by asking for a part of the past."""


class Dated(Protocol):
    """What every row of a ledger's list has."""

    @property
    def id(self) -> str:
        """What names the row; it is there once."""

    @property
    def created(self) -> datetime:
        """When the ledger wrote it."""


R = TypeVar("R", bound=Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPages:
    """One list of the ledger; `items` and `next_cursor` are JMESPaths into a page. `table` is the table of
    the plan that says so.
    """

    url: str
    tokens: TokenSource
    items: str
    next_cursor: str
    cursor_parameter: str
    table: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)

    async def read(
        self,
        asker: Asker,
        name: MoneyList,
        cursor: Cursor | None,
        *,
        since: int,
        row: Callable[[Answer, Any], R],
    ) -> tuple[Window, tuple[R, ...]]:
        """What is new since the cursor and what overlaps it, and the window without it. Raises `AskError`."""
        at = begun(cursor, name, since)
        span = span_of(at, int(asker.clock().timestamp()), width=EVER_S)
        chain: _Chain[R] = _Chain(until=span.gte, table=self.table)
        position: str | None = None
        while True:
            answer = await self._page(asker, position)
            body = document(answer)
            rows = shaped(answer, look_up(self.items, body), list[Any], "a list of rows")
            chain.take(answer, [row(answer, each) for each in rows])
            position = self._following(answer, body)
            if position is None or chain.is_done:
                return _window(at, span, chain), tuple(chain.found.values())
            chain.turn(answer, position)

    async def _page(self, asker: Asker, position: str | None) -> Answer:
        parameters = dict(self.parameters)
        if position is not None:
            parameters[self.cursor_parameter] = position
        query = f"?{urlencode(parameters)}" if parameters else ""
        answer = await self.tokens.ask(asker, "GET", self.url + query)
        if answer.status != OK:
            raise status_error(answer, f"200 with a list: check [{self.table}] in the plan")
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


def _window(at: Cursor, span: Span, chain: _Chain[R]) -> Window:
    first = chain.answers[0]
    as_of = first.date or first.observed_at
    now = int(as_of.timestamp())
    # A row of tomorrow must not hide those of today.
    newest = max((min(_second(each), now) for each in chain.found.values()), default=None)
    return Window(
        list=at.list,
        cursor=advanced(at, span, newest=newest, now=now),
        as_of=as_of,
        observed_at=first.observed_at,
        requests=len(chain.answers),
        request_ids=tuple(each.request_id for each in chain.answers if each.request_id),
    )


@dataclass(slots=True, kw_only=True)
class _Chain(Generic[R]):
    until: int
    table: str
    is_done: bool = False
    answers: list[Answer] = field(default_factory=list)
    found: dict[str, R] = field(default_factory=dict)
    _oldest: int | None = None
    _positions: set[str] = field(default_factory=set)
    _grew: bool = True

    def take(self, answer: Answer, rows: list[R]) -> None:
        self.answers.append(answer)
        before = len(self.found)
        for row in rows:
            self._keep_order(answer, _second(row))
            self.found.setdefault(row.id, row)
        self._grew = len(self.found) > before

    def turn(self, answer: Answer, position: str) -> None:
        """Go on to the next page, if the list can be trusted to end."""
        if not self._grew or position in self._positions or len(self.found) > MOST_ROWS:
            detail = "got a next cursor with nothing new, expected a list that ends"
            raise answer.unusable(FailureReason.MALFORMED, detail)
        self._positions.add(position)

    def _keep_order(self, answer: Answer, second: int) -> None:
        if self._oldest is not None and second > self._oldest + OVERLAP_S:
            detail = f"got a list that is not newest first, expected one: check [{self.table}] in the plan"
            raise answer.unusable(FailureReason.MALFORMED, detail)
        self._oldest = second if self._oldest is None else min(self._oldest, second)
        self.is_done = self.is_done or second < self.until


def _second(row: Dated) -> int:
    return int(row.created.timestamp())
