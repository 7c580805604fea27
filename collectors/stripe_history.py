"""Reads Stripe's lists from a moment on, a window a step: what a page or a kill tears is read again, whole.

Each window asks for creations between two instants of Stripe's own clock, the newest overlapping what was
read before, and is dropped unless it was read to its end. What may change without being listed anew is read
by id. Nothing is retried inside a step, and a step that could not ask says so.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors.asking import Answer, Asker, AskError
from collectors.money import (
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Dispute,
    MoneyEvent,
    PaymentIntent,
    Refund,
    StripeObject,
    WebhookEndpoint,
)
from collectors.money_window import (
    EVENTS_KEPT_S,
    Cursor,
    MoneyList,
    Undelivered,
    Window,
    advanced,
    begun,
    reachable,
    span_of,
)
from collectors.observation import FailureReason
from collectors.stripe_api import PAGE_SIZE, StripeReader
from collectors.stripe_backoff import Backoff
from collectors.stripe_shapes import Balance, Page

NOT_FOUND = 404
DAY_S = 86_400
NARROWEST_S = 600
WIDEST_S = 64 * DAY_S
FEW_PAGES = 2
MANY_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Where a list is and what it is of. One without `created` is read whole."""

    path: str
    shape: type[StripeObject]
    page: type[Page[Any]]
    has_created: bool = True


def _listing(path: str, shape: type[StripeObject], *, has_created: bool = True) -> Listing:
    page: Any = Page[shape]  # type: ignore[valid-type]
    return Listing(path=f"/v1/{path}", shape=shape, page=page, has_created=has_created)


LISTINGS: Mapping[MoneyList, Listing] = {
    MoneyList.EVENTS: _listing("events", MoneyEvent),
    MoneyList.CHECKOUT_SESSIONS: _listing("checkout/sessions", CheckoutSession),
    MoneyList.PAYMENT_INTENTS: _listing("payment_intents", PaymentIntent),
    MoneyList.CHARGES: _listing("charges", Charge),
    MoneyList.REFUNDS: _listing("refunds", Refund),
    MoneyList.DISPUTES: _listing("disputes", Dispute),
    MoneyList.BALANCE_TRANSACTIONS: _listing("balance_transactions", BalanceTransaction),
    MoneyList.WEBHOOK_ENDPOINTS: _listing("webhook_endpoints", WebhookEndpoint, has_created=False),
}


class EventId(StripeObject, frozen=True):
    """An event of which only it is wanted that it is not delivered."""


@dataclass(slots=True, kw_only=True)
class StripeHistory:
    """The history of one Stripe account since a moment (seconds since 1970), read through one reader."""

    reader: StripeReader
    events: tuple[str, ...]
    since: int
    rng: random.Random = field(default_factory=random.Random)
    _clock: _StripeClock = field(init=False)
    _backoff: Backoff = field(init=False)
    _widths: dict[MoneyList, int] = field(init=False, default_factory=dict)
    _stopped_at: int | None = field(init=False, default=None)
    _spare: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        self._clock = _StripeClock()
        self._backoff = Backoff(rng=self.rng)

    def may_ask(self, name: MoneyList) -> bool:
        """Whether the list may be asked now: it waits after a failure, after a 401 until the key works."""
        if self._stopped_at == self.reader.answered:
            return False
        return self._backoff.may_ask(name, asyncio.get_running_loop().time())

    async def step(
        self,
        asker: Asker,
        name: MoneyList,
        cursor: Cursor | None,
        *,
        again: Sequence[str] = (),
        spare: bool = True,
    ) -> Window:
        """Read the list's next window, and the objects of it with the ids `again`. Raises `AskError`.

        `spare`: the probes, which have a deadline, are let go first.
        """
        self._spare = spare
        try:
            window = await self._step(asker, name, cursor, again)
        except AskError as error:
            self._backoff.failed(name, error.reason, asyncio.get_running_loop().time())
            self._widths[name] = max(NARROWEST_S, self._width(name) // 2)
            if error.reason is FailureReason.AUTH:
                self._stopped_at = self.reader.answered
            raise
        self._backoff.worked(name)
        return window

    async def _step(
        self, asker: Asker, name: MoneyList, cursor: Cursor | None, again: Sequence[str]
    ) -> Window:
        listing, sent = LISTINGS[name], self.reader.sent
        now = await self._now(asker)
        at = reachable(begun(cursor, name, self.since), now)
        span = span_of(at, now, width=self._width(name))
        params: dict[str, Any] = {"types": list(self.events)} if name is MoneyList.EVENTS else {}
        if listing.has_created:
            params["created"] = {"gte": span.gte, "lt": span.lt}
        chain = await self._chain(asker, listing.path, listing.page, params)
        self._adapt(name, pages=len(chain.answers))
        found = chain.found
        reread, missing = await self._by_id(asker, listing, [each for each in again if each not in found])
        undelivered = await self._undelivered(asker, now) if name is MoneyList.EVENTS else None
        newest = max((each.created for each in found.values()), default=None)
        first = chain.answers[0]
        return Window(
            list=name,
            cursor=advanced(at, span, newest=newest, now=now),
            as_of=first.date or first.observed_at,
            observed_at=first.observed_at,
            objects=(*found.values(), *reread),
            undelivered=undelivered,
            missing=missing,
            is_whole=not listing.has_created,
            caught_up=span.last or not listing.has_created,
            requests=self.reader.sent - sent,
            request_ids=tuple(each.request_id for each in chain.answers if each.request_id),
        )

    async def _now(self, asker: Asker) -> int:
        if not self._clock.is_told:
            self._clock.tell(await self._balance(asker))
        return self._clock.now()

    async def _balance(self, asker: Asker) -> Answer:
        """Asked for the time alone, which a refusal for want of a scope tells too."""
        try:
            answer, _ = await self.reader.get(asker, "/v1/balance", Balance, spare=self._spare)
        except AskError as error:
            if error.reason is not FailureReason.SCOPE or error.answer is None:
                raise
            return error.answer
        return answer

    async def _chain(
        self, asker: Asker, path: str, page: type[Page[Any]], params: Mapping[str, Any]
    ) -> _Chain:
        """Every page of one question. It ends in an error rather than early."""
        chain, wanted = _Chain(), dict(params)
        size = PAGE_SIZE
        while True:
            try:
                answer, got = await self.reader.get(
                    asker, path, page, params=wanted | {"limit": size}, spare=self._spare
                )
            except AskError as error:
                if error.reason is not FailureReason.TOO_LARGE or size == 1:
                    raise
                size //= 2
                continue
            self._clock.tell(answer)
            before = len(chain.found)
            chain.take(answer, got)
            if not got.has_more:
                return chain
            if len(chain.found) == before:
                detail = "got has_more with nothing new, expected a list that ends"
                raise answer.unusable(FailureReason.MALFORMED, detail)
            wanted["starting_after"] = got.data[-1].id

    async def _by_id(
        self, asker: Asker, listing: Listing, ids: Sequence[str]
    ) -> tuple[list[StripeObject], tuple[str, ...]]:
        found, missing = [], []
        for each in ids:
            try:
                _, got = await self.reader.get(
                    asker, f"{listing.path}/{each}", listing.shape, spare=self._spare
                )
            except AskError as error:
                if error.answer is None or error.answer.status != NOT_FOUND:
                    raise
                missing.append(each)
            else:
                found.append(got)
        return found, tuple(missing)

    async def _undelivered(self, asker: Asker, now: int) -> tuple[Undelivered, ...]:
        """The whole set: an event leaves it days after it was created."""
        params = {
            "types": list(self.events),
            "created": {"gte": max(self.since, now - EVENTS_KEPT_S)},
            "delivery_success": False,
        }
        chain = await self._chain(asker, "/v1/events", Page[EventId], params)
        return tuple(Undelivered(id=each.id, created=each.created) for each in chain.found.values())

    def _width(self, name: MoneyList) -> int:
        return self._widths.get(name, DAY_S)

    def _adapt(self, name: MoneyList, *, pages: int) -> None:
        """A quiet past is read in great strides, a busy one in steps that a failure does not cost much of."""
        if pages <= FEW_PAGES:
            self._widths[name] = min(WIDEST_S, self._width(name) * 2)
        elif pages > MANY_PAGES:
            self._widths[name] = max(NARROWEST_S, self._width(name) // 2)


@dataclass(slots=True, kw_only=True)
class _Chain:
    answers: list[Answer] = field(default_factory=list)
    found: dict[str, StripeObject] = field(default_factory=dict)

    def take(self, answer: Answer, page: Page[Any]) -> None:
        self.answers.append(answer)
        for each in page.data:
            self.found.setdefault(each.id, each)


@dataclass(slots=True, kw_only=True)
class _StripeClock:
    """Stripe's time: what it said last, and how long ago by a clock that nobody sets.

    It is late by as long as the answer took, so that a window never ends after Stripe's now.
    """

    _told: int | None = None
    _told_at: float = 0.0

    @property
    def is_told(self) -> bool:
        return self._told is not None

    def tell(self, answer: Answer) -> None:
        if answer.date is None:
            detail = "got no Date header, expected one: windows go by Stripe's clock"
            raise answer.unusable(FailureReason.MALFORMED, detail)
        self._told, self._told_at = int(answer.date.timestamp()), asyncio.get_running_loop().time()

    def now(self) -> int:
        return (self._told or 0) + int(asyncio.get_running_loop().time() - self._told_at)
