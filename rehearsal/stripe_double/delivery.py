"""Delivers events over HTTP, signed, and tries again with growing gaps until one endpoint says 2xx."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import stripe

from rehearsal.documents import Document
from rehearsal.identity import StripeKeys
from rehearsal.pace import Pace
from rehearsal.stripe_double.books import Books

TIMEOUT_S = 3.0
FIRST_GAP_S = 3.0

_GIVE_UP_AFTER_S = 3 * 86_400
_USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
_DISABLED = "endpoint disabled or deleted"


class Deliveries:
    """What is to be delivered and when; each attempt is on disk before the next is planned."""

    def __init__(
        self, books: Books, http: httpx.AsyncClient, *, keys: StripeKeys, seed: int, pace: Pace
    ) -> None:
        self._books = books
        self._http = http
        self._keys = keys
        self._pace = pace
        self._jitter = random.Random(seed)  # noqa: S311 - jitter that a seed can repeat
        self._wake = asyncio.Event()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    def schedule(self, event_id: str) -> None:
        """Plan the first attempt at every endpoint that is enabled and subscribed now."""
        document = self._document(event_id)
        made = document["object"]
        document["deliveries"] = [
            _planned(endpoint["id"])
            for endpoint in self._books.endpoints(livemode=made["livemode"])
            if endpoint["status"] == "enabled" and _subscribed(endpoint, made["type"])
        ]
        self._books.keep_event(document)
        self._wake.set()

    def redeliver(self) -> int:
        """Try everything again that was not acknowledged, delivered or not: `Resend` in the dashboard."""
        count = 0
        for document in self._books.event_documents():
            for delivery in document["deliveries"]:
                delivery["next_at"] = time.time()
                count += 1
            self._books.keep_event(document)
        self._wake.set()
        return count

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
        for document in self._books.event_documents():
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
            delivery["delivered_at"] = delivery["delivered_at"] or datetime.now(UTC).isoformat()
        elif answer != _DISABLED and delivery["delivered_at"] is None:
            gap = FIRST_GAP_S * 2 ** (len(delivery["attempts"]) - 1) * self._jitter.uniform(0.9, 1.1)
            if gap < _GIVE_UP_AFTER_S:
                delivery["next_at"] = now + self._pace.shortened(gap)
        self._books.keep_event(document)

    def _document(self, event_id: str) -> Document:
        found = self._books.event_document(event_id)
        if found is None:
            raise LookupError(f"Got event {event_id}, expected one that is kept.")
        return found


def _planned(endpoint_id: str) -> dict[str, Any]:
    return {"endpoint": endpoint_id, "attempts": [], "next_at": time.time(), "delivered_at": None}


def _subscribed(endpoint: dict[str, Any], kind: str) -> bool:
    return kind in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]
