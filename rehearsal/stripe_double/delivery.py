"""Delivers events over HTTP, signed, and tries again with growing gaps until one endpoint says 2xx."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import httpx
import stripe

from rehearsal.documents import Document
from rehearsal.identity import StripeKeys
from rehearsal.knobs import Knobs
from rehearsal.pace import Pace
from rehearsal.stripe_double.books import Books

TIMEOUT_S = 3.0
FIRST_GAP_S = 3.0

_GIVE_UP_AFTER_S = 3 * 86_400
_USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
_REDELIVERED = 200
_HELD_BACK_S = 3.0
_DISABLED = "endpoint disabled or deleted"


class Deliveries:
    """What is to be delivered and when; each attempt is on disk before the next is planned."""

    def __init__(
        self,
        books: Books,
        http: httpx.AsyncClient,
        *,
        keys: StripeKeys,
        seed: int,
        pace: Pace,
        knobs: Callable[[], Knobs],
    ) -> None:
        self._books = books
        self._http = http
        self._keys = keys
        self._pace = pace
        self._knobs = knobs
        self._jitter = random.Random(seed)  # noqa: S311 - jitter that a seed can repeat
        self._wake = asyncio.Event()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    def schedule(self, event_id: str, *, not_before: float = 0.0) -> None:
        """Plan the first attempt at every endpoint that is subscribed now.

        A disabled endpoint gets the event never, and the event is never acknowledged.
        """
        document = self._document(event_id)
        made = document["object"]
        at = max(time.time(), not_before) + self._held_back(made["type"])
        document["deliveries"] = [
            planned(endpoint["id"], at=at if endpoint["status"] == "enabled" else None)
            for endpoint in self._books.endpoints(livemode=made["livemode"])
            if _subscribed(endpoint, made["type"])
        ]
        self._books.keep_event(document)
        self._wake.set()

    def redeliver(self) -> int:
        """Send the newest events again, acknowledged or not, but none that was never to be sent."""
        return self._again(self._books.newest_events(_REDELIVERED), withheld=False)

    def redeliver_about(self, name: str) -> int:
        """Send the events about one object again, as `Resend` in the dashboard does."""
        return self._again(self._books.events_about(name), withheld=True)

    def _again(self, events: Iterable[Document], *, withheld: bool) -> int:
        count = 0
        for document in list(events):
            for delivery in document["deliveries"]:
                if withheld or not delivery["withheld"]:
                    delivery["next_at"] = time.time()
                    count += 1
            self._books.keep_event(document)
        self._wake.set()
        return count

    def _held_back(self, kind: str) -> float:
        """Out of order: what came before the payment's success arrives after it."""
        reordered = self._knobs().deliveries_reordered and kind != "payment_intent.succeeded"
        return self._pace.shortened(_HELD_BACK_S) if reordered else 0.0

    async def run(self) -> None:
        """Deliver for ever; the caller cancels."""
        try:
            while True:
                self._wake.clear()
                wait = self._start_due()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), timeout=wait)
        finally:
            for task in self._running.values():
                task.cancel()

    def _start_due(self) -> float | None:
        """Start every attempt that is due; seconds until the next one, or None."""
        now, soonest = time.time(), None
        for document in self._books.due_events():
            for delivery in document["deliveries"]:
                name = (document["object"]["id"], delivery["endpoint"])
                if delivery["next_at"] is None or name in self._running:
                    continue
                if delivery["next_at"] <= now:
                    self._start(name)
                else:
                    soonest = min(soonest or delivery["next_at"], delivery["next_at"])
        return None if soonest is None else max(0.0, soonest - now)

    def _start(self, name: tuple[str, str]) -> None:
        task = asyncio.create_task(self._attempt(*name))
        self._running[name] = task

        def done(_task: asyncio.Task[None]) -> None:
            del self._running[name]
            self._wake.set()

        task.add_done_callback(done)

    async def _attempt(self, event_id: str, endpoint_id: str) -> None:
        made = self._document(event_id)["object"]
        endpoint = self._books.one("webhook_endpoint", endpoint_id, livemode=made["livemode"])
        if endpoint is None or endpoint["status"] != "enabled":
            self._record(event_id, endpoint_id, answer=_DISABLED)
            return
        answer = await self._post(endpoint, made)
        self._record(event_id, endpoint_id, answer=answer)

    async def _post(self, endpoint: dict[str, Any], made: dict[str, Any]) -> str:
        shown = {**made, "pending_webhooks": 1, "api_version": endpoint["api_version"] or made["api_version"]}
        payload = json.dumps(shown, indent=2)
        secret = self._keys.endpoint_secret if endpoint["livemode"] else self._keys.endpoint_secret_test
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": _USER_AGENT}
        headers["Stripe-Signature"] = stripe.WebhookSignature.generate_signature_header(
            payload, secret, int(time.time())
        )
        try:
            url = endpoint["url"]
            answer = await self._http.post(url, content=payload, headers=headers, timeout=TIMEOUT_S)
        except httpx.TimeoutException:
            return "timed out"
        except httpx.HTTPError:
            return "connection failed"
        return str(answer.status_code)

    def _record(self, event_id: str, endpoint_id: str, *, answer: str) -> None:
        document = self._document(event_id)
        delivery = next(item for item in document["deliveries"] if item["endpoint"] == endpoint_id)
        now = time.time()
        delivery["attempts"].append({"at": datetime.now(UTC).isoformat(), "answer": answer})
        delivery["next_at"] = None
        if answer.startswith("2"):
            self._acknowledge(delivery, now)
        elif answer != _DISABLED and delivery["delivered_at"] is None:
            gap = FIRST_GAP_S * 2 ** (len(delivery["attempts"]) - 1) * self._jitter.uniform(0.9, 1.1)
            if gap < _GIVE_UP_AFTER_S:
                delivery["next_at"] = now + self._pace.shortened(gap)
        self._books.keep_event(document)

    def _acknowledge(self, delivery: dict[str, Any], now: float) -> None:
        doubled = self._knobs().deliveries_doubled and delivery["delivered_at"] is None
        delivery["delivered_at"] = delivery["delivered_at"] or datetime.now(UTC).isoformat()
        if doubled:
            delivery["next_at"] = now

    def _document(self, event_id: str) -> Document:
        found = self._books.event_document(event_id)
        if found is None:
            raise LookupError(f"Got event {event_id}, expected one that is kept.")
        return found


def planned(endpoint_id: str, *, at: float | None) -> dict[str, Any]:
    """A delivery before its first attempt; without a time there will be none."""
    attempts: list[Any] = []
    return {
        "endpoint": endpoint_id,
        "attempts": attempts,
        "next_at": at,
        "delivered_at": None,
        "withheld": at is None,
    }


def _subscribed(endpoint: dict[str, Any], kind: str) -> bool:
    return kind in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]
