"""Purchases on demand: plays the person at the browser, and follows each purchase hop by hop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx

from rehearsal.auto_com_center import AutoComCenter
from rehearsal.documents import Document, Documents
from rehearsal.ledger import Ledger
from rehearsal.pace import Pace
from rehearsal.places import Addresses, Place
from rehearsal.stripe_double.books import Books
from rehearsal.stripe_double.payment import Terms
from rehearsal.stripe_double.till import Till
from rehearsal.student_pilot import CREDITS

_KIND = "purchase"
_LOOK_EVERY_S = 0.3
_GIVE_UP_AFTER_S = 120.0
_WORKING_S = 20.0  # the services do their work in real time, however fast the world goes
_SHOWN = 50


class State(StrEnum):
    """How far a hop is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a purchase; `at` once it is done."""

    name: str
    at: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the hops of a purchase can be seen."""

    books: Books
    ledger: Ledger
    notifications: AutoComCenter


class Purchases:
    """Starts purchases and tells how far each is."""

    def __init__(
        self,
        *,
        documents: Documents,
        till: Till,
        sources: Sources,
        addresses: Addresses,
        http: httpx.AsyncClient,
        user: str,
        pace: Pace,
    ) -> None:
        self._documents = documents
        self._till = till
        self._sources = sources
        self._shop = addresses[Place.STUDENT_PILOT]
        self._http = http
        self._user = user
        self._give_up_after_s = max(_WORKING_S, pace.shortened(_GIVE_UP_AFTER_S))
        self._running: set[asyncio.Task[None]] = set()

    def start(self, terms: Terms | None = None, *, user: str | None = None) -> str:
        """Begin a purchase in the background, of the plan's user by default; its id."""
        purchase = self._opened(user or self._user)
        self._begin(self._buy(purchase, terms))
        return str(purchase["id"])

    async def buy(self, terms: Terms, *, user: str) -> str | None:
        """Go through a whole purchase; its payment intent, if it came to one."""
        purchase = self._opened(user)
        await self._buy(purchase, terms)
        intent: str | None = purchase["payment_intent"]
        return intent

    def shown(self) -> list[dict[str, Any]]:
        """The newest purchases with their hops."""
        newest = self._documents.newest(_KIND, limit=_SHOWN)
        return [
            {"id": one["id"], "started_at": one["started_at"], "hops": self._states(one)} for one in newest
        ]

    async def stop(self) -> None:
        """Stop following; what is known is kept."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def resume(self) -> None:
        """Go on following what the world followed when it ended; an unpaid checkout is over."""
        for purchase in self._documents.newest(_KIND):
            if purchase["over"]:
                continue
            if purchase["payment_intent"]:
                purchase.setdefault("user", self._user)
                self._begin(self._follow(purchase))
            else:
                self._update(purchase, over=True, detail="the world ended before the payment")

    def _opened(self, user: str) -> Document:
        purchase: Document = {
            "id": f"purchase-{self._documents.count(_KIND) + 1}",
            "started_at": _now(),
            "user": user,
            "before": self._sources.ledger.balance(user),
            "checkout_at": None,
            "paid_at": None,
            "payment_intent": None,
            "visible_at": None,
            "over": False,
            "detail": "",
        }
        self._documents.put(_KIND, purchase["id"], purchase)
        return purchase

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _buy(self, purchase: Document, terms: Terms | None) -> None:
        session = await self._checkout(purchase)
        if session is None:
            self._update(purchase, over=True)
            return
        self._update(purchase, checkout_at=_now())
        paid_at = _now()
        intent = self._till.pay(session, terms)
        if intent is None:
            self._update(purchase, over=True, detail="a coupon left nothing to pay")
            return
        self._update(purchase, payment_intent=intent, paid_at=paid_at)
        await self._follow(purchase)

    async def _follow(self, purchase: Document) -> None:
        give_up = time.monotonic() + self._give_up_after_s
        while time.monotonic() < give_up:
            # A balance grows by the credits of another purchase, too.
            is_credited = self._sources.ledger.credited(purchase["payment_intent"]) is not None
            if is_credited and await self._sees(purchase["user"], purchase["before"] + CREDITS):
                self._update(purchase, visible_at=_now(), over=True)
                return
            await asyncio.sleep(_LOOK_EVERY_S)
        self._update(purchase, over=True)

    async def _checkout(self, purchase: Document) -> str | None:
        try:
            answer = await self._http.post(f"{self._shop}/checkout", json={"user": purchase["user"]})
        except httpx.HTTPError as error:
            self._update(purchase, detail=f"student_pilot did not answer: {type(error).__name__}")
            return None
        if answer.status_code != httpx.codes.CREATED:
            self._update(purchase, detail=f"student_pilot answered {answer.status_code}")
            return None
        return str(answer.json()["session"])

    async def _sees(self, user: str, expected: int) -> bool:
        try:
            answer = await self._http.get(f"{self._shop}/credits", params={"user": user})
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK and answer.json()["credits"] >= expected

    def _update(self, purchase: Document, **changes: Any) -> None:
        purchase.update(changes)
        self._documents.put(_KIND, purchase["id"], purchase)

    def _states(self, purchase: Document) -> list[dict[str, Any]]:
        states = []
        for hop in self._hops(purchase):
            state = State.DONE if hop.at else State.FAILED if purchase["over"] else State.WAITING
            states.append({"name": hop.name, "at": hop.at, "state": state.value, "detail": hop.detail})
        return states

    def _hops(self, purchase: Document) -> Iterator[Hop]:
        intent = purchase["payment_intent"]
        yield Hop(name="checkout started", at=purchase["checkout_at"], detail=purchase["detail"])
        yield Hop(name="paid", at=purchase["paid_at"], detail=intent or "")
        event = self._sources.books.event_about("payment_intent.succeeded", intent) if intent else None
        yield Hop(
            name="event created",
            at=event["kept_at"] if event else None,
            detail=event["object"]["id"] if event else "",
        )
        yield _delivered(event)
        entry = self._sources.ledger.credited(intent) if intent else None
        yield Hop(
            name="ledger credited",
            at=entry.created_at if entry else None,
            detail=f"{entry.credits} credits" if entry else "",
        )
        sent = self._sources.notifications.delivery(intent) if intent else None
        yield Hop(name="receipt sent", at=sent["at"] if sent else None, detail=sent["id"] if sent else "")
        yield Hop(name="credits visible", at=purchase["visible_at"], detail="")


def _delivered(event: Document | None) -> Hop:
    deliveries = event["deliveries"] if event else []
    attempts = [attempt for delivery in deliveries for attempt in delivery["attempts"]]
    at = next((delivery["delivered_at"] for delivery in deliveries if delivery["delivered_at"]), None)
    detail = f"attempt {len(attempts)}: {attempts[-1]['answer']}" if attempts else ""
    if event is not None and all(
        delivery["withheld"] and not delivery["attempts"] for delivery in deliveries
    ):
        detail = "no enabled endpoint is subscribed"
    return Hop(name="webhook delivered", at=at, detail=detail)


def _now() -> str:
    return datetime.now(UTC).isoformat()
