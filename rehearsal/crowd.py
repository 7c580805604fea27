"""Many buyers, asked for and never on their own: fabricated into the past at once, or buying at a rate."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rehearsal import mix
from rehearsal.desk import Desk, Strict
from rehearsal.documents import Document, Documents
from rehearsal.fabrication import Fabricator, Past, Stage, lettered
from rehearsal.ledger import Ledger
from rehearsal.mix import Mix, Way, default_mix
from rehearsal.pace import Pace
from rehearsal.places import Addresses, Place
from rehearsal.purchases import Purchases
from rehearsal.stripe_double.books import Books
from rehearsal.stripe_double.payment import Terms

_KIND = "crowd"
_AT_ONCE = 100  # purchases between two looks at what else the world has to do
_DAY_S = 86_400
_BUYS_EACH = 1.25  # of a crowd, on average


class CrowdWish(Strict, frozen=True):
    """Which crowd is to come. Without a rate it has come already, spread over the last `days`."""

    count: Annotated[int, Meta(ge=1, le=1_000_000)]
    rate_per_s: Annotated[float, Meta(ge=0, le=100)] = 0
    seed: int = 0
    days: Annotated[float, Meta(gt=0, le=365)] = 28
    mix: dict[Way, Annotated[float, Meta(ge=0, le=1)]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Through which a crowd reaches the world."""

    books: Books
    ledger: Ledger
    purchases: Purchases
    desk: Desk


class Crowds:
    """Makes crowds in the background, and tells how far each is."""

    def __init__(
        self, ways: Ways, *, documents: Documents, addresses: Addresses, seed: int, pace: Pace
    ) -> None:
        self._ways = ways
        self._documents = documents
        self._addresses = addresses
        self._seed = seed
        self._pace = pace
        self._running: set[asyncio.Task[None]] = set()

    def start(self, wish: CrowdWish) -> Document:
        """Begin a crowd; what is known of it. Raises InvalidMixError."""
        fabricated = wish.rate_per_s == 0
        shares = default_mix(fabricated=fabricated) if wish.mix is None else Mix(wish.mix)
        if not fabricated:
            shares.refuse_fabricated()
        number = self._documents.count(_KIND) + 1
        rng = random.Random(f"{self._seed}:{number}:{wish.seed}")  # noqa: S311 - play that a seed can repeat
        crowd: Document = {"id": f"crowd-{number}", "asked": msgspec.to_builtins(wish), "made": 0, "of": {}}
        crowd |= {"over": False, "took_s": 0.0}
        self._keep(crowd)
        come = (
            self._fabricate(crowd, wish, shares, rng) if fabricated else self._buy(crowd, wish, shares, rng)
        )
        task = asyncio.create_task(come)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return crowd

    def shown(self) -> list[Document]:
        """Every crowd, newest first."""
        return list(self._documents.newest(_KIND))

    async def stop(self) -> None:
        """End what is under way; what came so far has come."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _fabricate(self, crowd: Document, wish: CrowdWish, shares: Mix, rng: random.Random) -> None:
        began, now = time.monotonic(), time.time()
        fabricator = Fabricator(rng, self._stage(now))
        ways, users = shares.ways(wish.count, rng), list(_users(int(wish.count / _BUYS_EACH) + 1, rng))
        step = wish.days * _DAY_S / wish.count
        past, so_far = Past(), Counter[str]()
        for number, way in enumerate(ways, start=1):
            at = now - step * (wish.count - number + rng.random())
            past.add(fabricator.purchase(way, at=at, user=rng.choice(users)))
            so_far[way] += 1
            if number % _AT_ONCE == 0 or number == wish.count:
                self._ways.books.keep_all(past.documents)
                self._ways.ledger.keep(past.rows)
                self._ways.ledger.keep_denials(past.denials)
                past = Past()
                self._tell(crowd, so_far, began)
                await asyncio.sleep(0)
        self._tell(crowd, so_far, began, over=True)

    async def _buy(self, crowd: Document, wish: CrowdWish, shares: Mix, rng: random.Random) -> None:
        began, so_far = time.monotonic(), Counter[str]()
        # Each a buyer of their own: another's refund would hide the credits that a purchase waits to see.
        users = _users(wish.count, rng)
        buying: list[asyncio.Task[None]] = []
        try:
            for way in shares.ways(wish.count, rng):
                buying.append(asyncio.create_task(self._one(way, next(users))))
                so_far[way] += 1
                self._tell(crowd, so_far, began)
                await asyncio.sleep(self._pace.shortened(1 / wish.rate_per_s))
            await asyncio.gather(*buying)
        finally:
            for task in buying:
                task.cancel()
        self._tell(crowd, so_far, began, over=True)

    async def _one(self, way: Way, user: str) -> None:
        """One buyer through the real path, and what the buyer or the desk does afterwards."""
        intent = await self._ways.purchases.buy(mix.TERMS.get(way, Terms()), user=user)
        desk = self._ways.desk
        if way is Way.DEBITED:
            desk.spend(user, b'{"credits": 100}')
        elif way is Way.DENIED:
            desk.deny(user, b"")
        elif intent is not None and way in mix.REFUNDS:
            asked = {"status": mix.REFUNDS[way], "debited": way in mix.DEBITED_REFUNDS}
            desk.refund(intent, msgspec.json.encode(asked))
        elif intent is not None and way in mix.DISPUTES:
            desk.dispute(intent, msgspec.json.encode({"status": mix.DISPUTES[way]}))

    def _stage(self, now: float) -> Stage:
        endpoint = next(self._ways.books.endpoints(livemode=True), None)
        return Stage(
            now=now,
            shop=self._addresses[Place.STUDENT_PILOT],
            api=self._addresses[Place.STRIPE],
            endpoint=None if endpoint is None else endpoint["id"],
        )

    def _tell(self, crowd: Document, so_far: Counter[str], began: float, *, over: bool = False) -> None:
        took = round(time.monotonic() - began, 2)
        crowd.update(made=so_far.total(), of=dict(so_far), over=over, took_s=took)
        self._keep(crowd)

    def _keep(self, crowd: dict[str, Any]) -> None:
        self._documents.put(_KIND, crowd["id"], crowd)


def _users(count: int, rng: random.Random) -> Iterator[str]:
    return (f"stu_{lettered(f'{rng.getrandbits(48):012x}')}" for _ in range(count))
