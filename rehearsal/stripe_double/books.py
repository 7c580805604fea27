"""Stripe's books: every object kept as a document, split by mode, listable a little after it was made."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rehearsal.documents import Document, Documents
from rehearsal.knobs import Knobs
from rehearsal.pace import Pace
from rehearsal.stripe_double import objects
from rehearsal.stripe_double.resources import API_VERSION

Object = dict[str, Any]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LISTED_LATE_S = (0.2, 1.0)
_ENDPOINT = "webhook_endpoint"


class Books:
    """The objects, and the webhook endpoint as the faults let it be seen."""

    def __init__(self, path: Path, *, seed: int, pace: Pace, knobs: Callable[[], Knobs]) -> None:
        self._documents = Documents(path)
        self._seed = seed
        self._jitter = random.Random(seed)  # noqa: S311 - jitter that a seed can repeat
        self._pace = pace
        self._knobs = knobs

    def new_id(self, prefix: str, length: int = 24) -> str:
        """The next id of a kind: the same sequence for the same seed."""
        number = self._documents.get("counter", prefix) or {"value": 0}
        self._documents.put("counter", prefix, {"value": number["value"] + 1})
        digest = hashlib.sha512(f"{self._seed}:{prefix}:{number['value']}".encode()).digest()
        return prefix + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    def keep(self, made: Object, *, late: float | None = None, livemode: bool | None = None) -> None:
        """Keep a new object; it can be listed `late` seconds of the world from now, by default a moment."""
        wait = self._pace.shortened(self._jitter.uniform(*_LISTED_LATE_S) if late is None else late)
        mode = made["livemode"] if livemode is None else livemode
        body: Document = {"object": made, "livemode": mode, "listed_at": time.time() + wait, "deliveries": []}
        body["kept_at"] = datetime.now(UTC).isoformat()
        self._documents.put(made["object"], made["id"], body)

    def change(self, changed: Object) -> None:
        """Keep a new state of an object that is already kept."""
        kept = self._documents.get(changed["object"], changed["id"])
        if kept is None:
            raise LookupError(f"Got a change of {changed['id']}, expected an object that is kept.")
        self._documents.put(changed["object"], changed["id"], {**kept, "object": changed})

    def listed(self, kind: str, *, livemode: bool) -> Iterator[Object]:
        """Every object of a kind and mode that can be listed by now, newest first."""
        if kind == _ENDPOINT:
            yield from self.endpoints(livemode=livemode)
            return
        now = time.time()
        for kept in self._documents.newest(kind):
            if kept["livemode"] == livemode and kept["listed_at"] <= now:
                yield self._shown(kept)

    def one(self, kind: str, name: str, *, livemode: bool) -> Object | None:
        """One object by id, where this mode has it."""
        if kind == _ENDPOINT:
            return next((found for found in self.endpoints(livemode=livemode) if found["id"] == name), None)
        kept = self._documents.get(kind, name)
        return None if kept is None or kept["livemode"] != livemode else self._shown(kept)

    def kept(self, kind: str, name: str) -> Object | None:
        """One object with what Stripe keeps to itself: its fields that begin with an underscore."""
        found = self._documents.get(kind, name)
        return None if found is None else found["object"]

    def set_endpoint(self, url: str) -> None:
        """Make the endpoint, or move the one there is to where provider_register listens now."""
        kept = next(self._documents.newest(_ENDPOINT), None)
        if kept is not None:
            self.change({**kept["object"], "url": url})
            return
        made = objects.endpoint(self.new_id("we_"), url, created=int(time.time()), api_version=API_VERSION)
        self.keep(made, late=0.0)

    def endpoints(self, *, livemode: bool) -> Iterator[Object]:
        """The endpoints of a mode, as the faults leave them."""
        knobs = self._knobs()
        if knobs.endpoint_missing or livemode == knobs.endpoint_test_mode:
            return
        for kept in self._documents.newest(_ENDPOINT):
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

    def event_documents(self) -> Iterator[Document]:
        """Every event with its deliveries, newest first, listable or not."""
        return self._documents.newest("event")

    def event_document(self, name: str) -> Document | None:
        """One event with its deliveries."""
        return self._documents.get("event", name)

    def keep_event(self, document: Document) -> None:
        """Keep an event with a new state of its deliveries."""
        self._documents.put("event", document["object"]["id"], document)

    def event_about(self, kind: str, name: str) -> Document | None:
        """The event of a kind about an object, with its deliveries."""
        about = (item for item in self.event_documents() if item["object"]["data"]["object"]["id"] == name)
        return next((item for item in about if item["object"]["type"] == kind), None)

    def undelivered(self, shown: Object) -> bool:
        """Whether an event is still pending or failed at any endpoint."""
        return bool(shown["pending_webhooks"])

    def close(self) -> None:
        """Close the file."""
        self._documents.close()

    def _shown(self, kept: Document) -> Object:
        made = kept["object"]
        shown = {name: value for name, value in made.items() if not name.startswith("_")}
        if made["object"] == "event":
            waiting = sum(delivery["delivered_at"] is None for delivery in kept["deliveries"])
            return {**shown, "pending_webhooks": waiting}
        if made["object"] == "charge" and made["_settled_at"] <= time.time():
            return {**shown, "balance_transaction": made["_transaction"]}
        return shown
