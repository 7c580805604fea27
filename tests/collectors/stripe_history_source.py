"""A Stripe with a history, on the loopback source: time goes on, objects come late and change, pages end."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any

from tests.collectors.loopback import Loopback, Reply, Request, as_json

PATHS = {
    "charge": "/v1/charges",
    "payment_intent": "/v1/payment_intents",
    "checkout.session": "/v1/checkout/sessions",
    "refund": "/v1/refunds",
    "dispute": "/v1/disputes",
    "balance_transaction": "/v1/balance_transactions",
    "event": "/v1/events",
    "webhook_endpoint": "/v1/webhook_endpoints",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """An object from the moment on at which it can be listed; `later` is what it changes to, and when."""

    plain: dict[str, Any]
    visible_at: float = 0.0
    later: dict[str, Any] | None = None
    later_at: float = 0.0
    undelivered_until: float = 0.0
    _written: list[bytes] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.plain["id"])

    @property
    def created(self) -> int:
        return int(self.plain["created"])

    def written(self, now: float) -> bytes:
        if not self._written:
            self._written.append(json.dumps(self.plain).encode())
            self._written.append(json.dumps(self.later or self.plain).encode())
        return self._written[self.later is not None and now >= self.later_at]

    def final(self) -> dict[str, Any]:
        return self.later or self.plain


class StripeSource:
    """Answers for every list of Stripe; `clock` is its time. `requests` is what it was asked."""

    def __init__(self, source: Loopback, told: Sequence[Told], clock: Callable[[], float]) -> None:
        self.clock = clock
        self._lists: dict[str, list[Told]] = {kind: [] for kind in PATHS}
        source.on("/v1/balance", lambda _: self._answer(b'{"object": "balance", "livemode": true}'))
        for kind, path in PATHS.items():
            source.on(path, partial(self.page, kind))
        for each in told:
            self._lists[each.plain["object"]].append(each)
            path = f"{PATHS[each.plain['object']]}/{each.id}"
            source.on(path, partial(self._one, each))
        for listed in self._lists.values():
            listed.sort(key=lambda each: each.created)

    def _one(self, each: Told, _: Request) -> Reply:
        return self._answer(each.written(self.clock()))

    def page(self, kind: str, request: Request) -> Reply:
        query = {name: values[-1] for name, values in request.query.items()}
        now, limit = self.clock(), int(query.get("limit", "10"))
        listed = self._lists[kind]
        first = bisect_left(listed, int(query.get("created[gte]", 0)), key=lambda each: each.created)
        last = bisect_left(listed, int(query.get("created[lt]", 2**40)), key=lambda each: each.created)
        found = [each for each in reversed(listed[first:last]) if each.visible_at <= now]
        if query.get("delivery_success") == "false":
            found = [each for each in found if now < each.undelivered_until]
        if "starting_after" in query:
            at = next(n for n, each in enumerate(found) if each.id == query["starting_after"])
            found = found[at + 1 :]
        more = b"true" if len(found) > limit else b"false"
        data = b",".join(each.written(now) for each in found[:limit])
        return self._answer(b'{"object":"list","url":"/v1","has_more":' + more + b',"data":[' + data + b"]}")

    def _answer(self, body: bytes) -> Reply:
        date = format_datetime(datetime.fromtimestamp(self.clock(), UTC), usegmt=True)
        headers = {"Content-Type": "application/json", "Date": date, "Request-Id": "req_1"}
        return Reply(headers=headers, body=body)


def denied(scope: str) -> Reply:
    """The answer to a key that lacks a scope."""
    message = f"Having the '{scope}' permission would allow this request to continue."
    return as_json({"error": {"type": "invalid_request_error", "message": message}}, status=403)
