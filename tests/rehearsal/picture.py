"""Everything that golive could see of a world, asked as golive asks: one view a question."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx
import stripe

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, wait_until

View = Callable[[], object]

TIMEOUT_S = 1.5
SERVICES = [place for place in Place if place not in {Place.STRIPE, Place.TSA, Place.CONTROL}]
LISTS = ("balance", "account", "charges", "events", "webhook_endpoints")
FOREIGN = "https://foreign.example"


class Picture:
    """The views by name. What is asked of a healthy world is remembered as `healthy`."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._environment = visitor.environment
        self._http = httpx.Client(trust_env=False, timeout=TIMEOUT_S, headers={"User-Agent": "golive/0.1"})
        self.views: dict[str, View] = dict(self._views())
        self.healthy = self.take()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def take(self) -> dict[str, object]:
        return {name: view() for name, view in self.views.items()}

    def first_change(self) -> str:
        """The first view that is not as it is in a healthy world, looked for until there is one."""
        found: list[str] = []
        wait_until(lambda: any(self._differs(name, found) for name in self.views))
        return found[0]

    def _differs(self, name: str, found: list[str]) -> bool:
        if self.views[name]() != self.healthy[name]:
            found.append(name)
        return bool(found)

    def _views(self) -> Iterator[tuple[str, View]]:
        see = functools.partial
        for place in SERVICES:
            yield f"{place} ready", see(self._see, "GET", self.visitor.url(place, "/readyz"), clock=True)
        yield "page", see(self._see, "GET", self.visitor.url(Place.STUDENT_PILOT, "/"))
        discovery = self._environment["AUTH_ISSUER"] + "/.well-known/openid-configuration"
        yield "discovery", see(self._see, "GET", discovery)
        yield "keys", see(self._see, "GET", self._environment["AUTH_JWKS_URL"])
        yield from self._stripe()
        yield from self._origins()
        yield from self._notifications()
        yield from self._protected()
        yield "webhook", self._webhook

    def _stripe(self) -> Iterator[tuple[str, View]]:
        headers = self.visitor.bearer(self._environment["GOLIVE_STRIPE_KEY"])
        for name in LISTS:
            url = f"{self._environment['STRIPE_API_BASE']}/v1/{name}"
            yield f"stripe {name}", functools.partial(self._see, "GET", url, headers=headers, clock=True)

    def _origins(self) -> Iterator[tuple[str, View]]:
        for origin in (FOREIGN, self._environment["STUDENT_PILOT_BASE_URL"]):
            for place, path in (
                (Place.AUTO_COM_CENTER, "/send-notification"),
                (Place.SCHOLARSHIP_API, "/api/v1/users/me/balance"),
            ):
                headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                url = self.visitor.url(place, path)
                yield f"{origin} to {place}", functools.partial(self._see, "OPTIONS", url, headers=headers)

    def _notifications(self) -> Iterator[tuple[str, View]]:
        url = self.visitor.url(Place.AUTO_COM_CENTER, "/send-notification")
        for name in ("NOTIFY_WEBHOOK_SECRET", "NOTIFY_WEBHOOK_SECRET_RETIRED_1"):
            headers = {"X-Webhook-Secret": self._environment[name]}
            body = {"template": "smoke_test", "dry_run": True}
            yield name, functools.partial(self._see, "POST", url, headers=headers, json=body)

    def _protected(self) -> Iterator[tuple[str, View]]:
        unsigned = self.visitor.forged("none", scope=None, exp=int(time.time()) + 3600)
        user = "/api/v1/users/nobody"
        for place, path in (
            (Place.SCHOLARSHIP_API, f"{user}/balance"),
            (Place.SCHOLARSHIP_API, f"{user}/transactions"),
            (Place.PROVIDER_REGISTER, "/ops/webhook-receipts"),
        ):
            url = self.visitor.url(place, path)
            yield f"{path} without token", functools.partial(self._status, "GET", url)
            headers = self.visitor.bearer(unsigned)
            yield f"{path} unsigned", functools.partial(self._status, "GET", url, headers=headers)
        yield "balance", functools.partial(self._with_token, "GET", f"{user}/balance")
        yield "transactions", functools.partial(self._with_token, "GET", f"{user}/transactions")
        yield "write", functools.partial(self._with_token, "POST", f"{user}/write-probe", json={"note": "n"})

    def _with_token(self, method: str, path: str, **more: Any) -> object:
        headers = self.visitor.bearer(self.visitor.token())
        return self._see(method, self.visitor.url(Place.SCHOLARSHIP_API, path), headers=headers, **more)

    def _webhook(self) -> object:
        payload = json.dumps({"id": "evt_ping", "type": "ping", "data": {"object": {}}})
        secret = self.visitor.world.identity.stripe.endpoint_secret
        sign = stripe.WebhookSignature.generate_signature_header
        headers = {"Stripe-Signature": sign(payload, secret, int(time.time()))}
        url = self.visitor.url(Place.PROVIDER_REGISTER, "/stripe/webhook")
        return self._see("POST", url, content=payload, headers=headers)

    def _status(self, method: str, url: str, **more: Any) -> object:
        seen = self._see(method, url, **more)
        return seen[0] if isinstance(seen, tuple) else seen

    def _see(self, method: str, url: str, *, clock: bool = False, **more: Any) -> object:
        try:
            answer = self._http.request(method, url, **more)
        except httpx.TimeoutException:
            return "timed out"
        except httpx.HTTPError:
            return "closed"
        away = abs(parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC))
        allowed = answer.headers.get("access-control-allow-origin")
        return answer.status_code, answer.text, clock and away > timedelta(minutes=1), allowed
