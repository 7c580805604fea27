"""auto_com_center: sends notifications for whoever knows the shared secret, and keeps a delivery log."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.answers import ready, refused
from rehearsal.documents import Document, Documents
from rehearsal.identity import Identity
from rehearsal.origins import OwnOrigins
from rehearsal.places import Addresses, Place
from rehearsal.switchboard import Switchboard
from rehearsal.tokens import Guard, RefusedError

_HEADER = "x-webhook-secret"
_KIND = "notification"
_ABOUT = "notification of payment"
_SHOWN = 200


class AutoComCenter:
    """The handlers, and the delivery log that the purchase trace reads."""

    def __init__(
        self,
        *,
        identity: Identity,
        switchboard: Switchboard,
        addresses: Addresses,
        guard: Guard,
        log: Documents,
    ) -> None:
        self._identity = identity
        self._switchboard = switchboard
        self._origins = [addresses[Place.STUDENT_PILOT], addresses[Place.PROVIDER_REGISTER]]
        self._guard = guard
        self._log = log

    def app(self) -> Starlette:
        """The ASGI application."""
        place = Place.AUTO_COM_CENTER
        cors = Middleware(
            OwnOrigins,
            place=place,
            prefix="/send-notification",
            origins=self._origins,
            knobs=lambda: self._switchboard.knobs,
        )
        return Starlette(
            routes=[
                Route("/readyz", self._ready),
                Route("/send-notification", self._send, methods=["POST"]),
                Route("/ops/deliveries", self._deliveries),
            ],
            middleware=[cors],
            exception_handlers={RefusedError: refused},
        )

    def delivery(self, payment_intent: str) -> Document | None:
        """The receipt notification of a payment, once it is sent."""
        return self._log.get(_ABOUT, payment_intent)

    async def _ready(self, _request: Request) -> Response:
        return ready(Place.AUTO_COM_CENTER, identity=self._identity, knobs=self._switchboard.knobs, more={})

    async def _send(self, request: Request) -> Response:
        await asyncio.sleep(self._switchboard.knobs.notification_delay_ms / 1000)
        if not self._knows(request.headers.get(_HEADER, "")):
            return self._envelope(None, error="secret_refused", status=401)
        try:
            body = json.loads(await request.body())
        except ValueError:
            return self._envelope(None, error="body_invalid", status=400)
        if not isinstance(body, dict) or not isinstance(body.get("template"), str):
            return self._envelope(None, error="template_missing", status=422)
        return self._envelope(self._accept(body), error=None, status=200)

    def _accept(self, body: dict[str, Any]) -> str:
        count = self._log.count(_KIND)
        digest = hashlib.sha256(f"{self._identity.seed}:notification:{count}".encode()).hexdigest()
        name = f"ntf_{digest[:16]}"
        if body.get("dry_run") is not True:
            record: Document = {
                "id": name,
                "template": body["template"],
                "at": datetime.now(UTC).isoformat(),
                "status": "accepted",
                "payment_intent": _said(body, "payment_intent"),
                "correlation_id": _said(body, "correlation_id"),
            }
            self._log.put(_KIND, name, record)
            if record["payment_intent"] is not None:
                self._log.put(_ABOUT, record["payment_intent"], record)
        return name

    def _knows(self, presented: str) -> bool:
        credentials, knobs = self._identity.credentials, self._switchboard.knobs
        accepted = [] if knobs.current_secret_refused else [credentials.notify_secret]
        if knobs.retired_secret_accepted:
            accepted.append(credentials.notify_retired[0])
        return any(secrets.compare_digest(value.encode(), presented.encode()) for value in accepted)

    def _envelope(self, name: str | None, *, error: str | None, status: int) -> Response:
        if self._switchboard.knobs.envelope_malformed:
            return JSONResponse({"status": "queued"}, status)
        message = None if error is None else {"code": error, "message": error.replace("_", " ")}
        return JSONResponse({"ok": error is None, "id": name, "error": message}, status)

    async def _deliveries(self, request: Request) -> Response:
        await self._guard.check(request.headers, scope="receipts:read")
        return JSONResponse({"items": list(self._log.newest(_KIND, limit=_SHOWN))})


def _said(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None
