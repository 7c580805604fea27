"""Stripe's books: every object kept as a document, split by mode, listable a little after it was made."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rehearsal.documents import Document
from rehearsal.knobs import Knobs
from rehearsal.pace import Pace
from rehearsal.stripe_double import objects
from rehearsal.stripe_double.effects import Object, shown
from rehearsal.stripe_double.errors import StripeError
from rehearsal.stripe_double.listing import Asked
from rehearsal.stripe_double.resources import API_VERSION, Resource
from rehearsal.stripe_double.shelf import Shelf, Wanted

ENDPOINT = "webhook_endpoint"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LISTED_LATE_S = (0.2, 2.0)
_STRAGGLING_S = (5.0, 90.0)


class Books:
    """The objects, and the webhook endpoint as the faults let it be seen."""

    def __init__(self, path: Path, *, seed: int, pace: Pace, knobs: Callable[[], Knobs]) -> None:
        self._shelf = Shelf(path)
        self._seed = seed
        self._jitter = random.Random(seed)  # noqa: S311 - jitter that a seed can repeat
        self._pace = pace
        self._knobs = knobs

    def new_id(self, prefix: str, length: int = 24) -> str:
        """The next id of a kind: the same sequence for the same seed."""
        number = self._shelf.counted(prefix)
        digest = hashlib.sha512(f"{self._seed}:{prefix}:{number}".encode()).digest()
        return prefix + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    def keep(
        self,
        made: Object,
        *,
        livemode: bool | None = None,
        begins: float | None = None,
        listed_at: float | None = None,
    ) -> None:
        """Keep a new object; it can be listed at `listed_at`, else a moment after it `begins`: now."""
        after = (begins or time.time()) + self._pace.shortened(self._late())
        mode = made["livemode"] if livemode is None else livemode
        at = after if listed_at is None else listed_at
        self._shelf.put(document(made, livemode=mode, listed_at=at))

    def keep_all(self, documents: Iterable[Document]) -> None:
        """Keep many documents, made elsewhere, at once."""
        self._shelf.put_all(documents)

    def change(self, changed: Object) -> None:
        """Keep a new state of an object that is already kept."""
        kept = self._shelf.get(changed["object"], changed["id"])
        if kept is None:
            raise LookupError(f"Got a change of {changed['id']}, expected an object that is kept.")
        self._shelf.put({**kept, "object": changed})

    def page(self, resource: Resource, asked: Asked, *, livemode: bool) -> tuple[list[Object], bool]:
        """A page of what can be listed by now, newest first, and whether there is more in that direction."""
        if resource.kind == ENDPOINT:
            return _cut(list(self.endpoints(livemode=livemode)), asked)
        conditions = [*asked.conditions, ("listed_at <= ?", (time.time(),))]
        if not self._knobs().test_objects_leak:
            conditions.append(("livemode = ?", (livemode,)))
        beside = None if asked.beside is None else self._place(resource, asked, livemode=livemode)
        wanted = Wanted(
            kind=resource.kind,
            conditions=conditions,
            limit=asked.limit + 1,
            beside=beside,
            older=asked.older,
        )
        found = [self._shown(kept) for kept in self._shelf.page(wanted)]
        surplus = len(found) > asked.limit
        return (found[: asked.limit] if asked.older else found[-asked.limit :]), surplus

    def one(self, kind: str, name: str, *, livemode: bool) -> Object | None:
        """One object by id, where this mode has it."""
        if kind == ENDPOINT:
            return next((found for found in self.endpoints(livemode=livemode) if found["id"] == name), None)
        kept = self._shelf.get(kind, name)
        return None if kept is None or kept["livemode"] != livemode else self._shown(kept)

    def kept(self, kind: str, name: str) -> Object | None:
        """One object with what Stripe keeps to itself: its fields that begin with an underscore."""
        found = self._shelf.get(kind, name)
        return None if found is None else found["object"]

    def net(self, *, livemode: bool) -> int:
        """What the movements of the balance that can be seen come to."""
        return self._shelf.net(livemode=livemode, now=time.time())

    def set_endpoint(self, url: str) -> None:
        """Make the endpoint, or move the one there is to where provider_register listens now."""
        kept = next(self._shelf.of_kind(ENDPOINT), None)
        if kept is not None:
            self.change({**kept["object"], "url": url})
            return
        made = objects.endpoint(self.new_id("we_"), url, created=int(time.time()), api_version=API_VERSION)
        self.keep(made, listed_at=0.0)

    def endpoints(self, *, livemode: bool) -> Iterator[Object]:
        """The endpoints of a mode, as the faults leave them."""
        knobs = self._knobs()
        if knobs.endpoint_missing or livemode == knobs.endpoint_test_mode:
            return
        for kept in self._shelf.of_kind(ENDPOINT):
            found = {**kept["object"], "livemode": livemode}
            if knobs.endpoint_disabled:
                found["status"] = "disabled"
            if knobs.endpoint_path:
                found["url"] = found["url"].removesuffix("/stripe/webhook") + knobs.endpoint_path
            if knobs.endpoint_events:
                found["enabled_events"] = list(knobs.endpoint_events)
            if knobs.endpoint_version_missing:
                found["api_version"] = None
            yield found

    def due_events(self) -> Iterator[Document]:
        """The events that have a delivery to be tried."""
        return self._shelf.due()

    def newest_events(self, limit: int) -> Iterator[Document]:
        """The newest live events with their deliveries, listable or not."""
        return self._shelf.events(livemode=True, limit=limit)

    def event_document(self, name: str) -> Document | None:
        """One event with its deliveries."""
        return self._shelf.get("event", name)

    def keep_event(self, kept: Document) -> None:
        """Keep an event with a new state of its deliveries."""
        self._shelf.put(kept)

    def events_about(self, name: str) -> Iterator[Document]:
        """The events about an object with their deliveries, newest first."""
        return self._shelf.about(name)

    def event_about(self, kind: str, name: str) -> Document | None:
        """The newest event of a kind about an object, with its deliveries."""
        return next((item for item in self.events_about(name) if item["object"]["type"] == kind), None)

    def close(self) -> None:
        """Close the file."""
        self._shelf.close()

    def _late(self) -> float:
        """How long an object is not listed yet; a few stay out much longer where that is asked for."""
        straggles = self._jitter.uniform(0, 100) < self._knobs().listed_late_percent
        return self._jitter.uniform(*(_STRAGGLING_S if straggles else _LISTED_LATE_S))

    def _place(self, resource: Resource, asked: Asked, *, livemode: bool) -> tuple[int, str]:
        """Where in the list the cursor's object is, whether or not it meets the conditions."""
        found = self.one(resource.kind, str(asked.beside), livemode=livemode)
        if found is None:
            raise _no_cursor(asked)
        return found["created"], found["id"]

    def _shown(self, kept: Document) -> Object:
        made = kept["object"]
        if made["object"] == "event":
            return {**made, "pending_webhooks": self._pending(kept)}
        if made["object"] == "charge" and made["_settled_at"] <= time.time():
            return {**shown(made), "balance_transaction": made["_transaction"]}
        return shown(made)

    def _pending(self, event: Document) -> int:
        """How many deliveries are not acknowledged; what was never to be sent is not pending."""
        waiting = [one for one in event["deliveries"] if one["delivered_at"] is None and not one["withheld"]]
        if self._knobs().pending_zero_after_final:
            waiting = [one for one in waiting if one["next_at"] is not None]
        return len(waiting)


def document(made: Object, *, livemode: bool, listed_at: float) -> Document:
    """An object as it is kept."""
    kept_at = datetime.now(UTC).isoformat()
    return {
        "object": made,
        "livemode": livemode,
        "listed_at": listed_at,
        "deliveries": [],
        "kept_at": kept_at,
    }


def _cut(found: list[Object], asked: Asked) -> tuple[list[Object], bool]:
    if asked.beside is not None:
        at = next((index for index, one in enumerate(found) if one["id"] == asked.beside), None)
        if at is None:
            raise _no_cursor(asked)
        found = found[at + 1 :] if asked.older else found[:at]
    page = found[: asked.limit] if asked.older else found[-asked.limit :]
    return page, len(found) > asked.limit


def _no_cursor(asked: Asked) -> StripeError:
    param = "starting_after" if asked.older else "ending_before"
    return StripeError(400, f"No such object: '{asked.beside}'", code="resource_missing", param=param)
