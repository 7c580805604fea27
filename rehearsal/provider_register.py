"""provider_register: takes Stripe's webhooks, credits the ledger once per payment, and sends the receipt.

Its receipt log keeps every delivery as it came in, genuine or not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.answers import ready, refused
from rehearsal.documents import Document, Documents
from rehearsal.identity import Identity
from rehearsal.places import Addresses, Place
from rehearsal.remembered import Remembered
from rehearsal.serving import hang_up
from rehearsal.stripe_client import stripe_client
from rehearsal.switchboard import Switchboard
from rehearsal.tokens import Guard, RefusedError, TokenSource

_KIND = "receipt"
_SHOWN = 200


class Result(StrEnum):
    """What became of a delivery."""

    CREDITED = "credited"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    BAD_SIGNATURE = "bad_signature"
    LEDGER_ERROR = "ledger_error"
    ERROR = "error"


_STATUS: Mapping[Result, int] = {
    Result.BAD_SIGNATURE: 400,
    Result.LEDGER_ERROR: 503,
    Result.ERROR: 500,
}


class ProviderRegister:
    """The register's handlers."""

    def __init__(
        self,
        *,
        identity: Identity,
        switchboard: Switchboard,
        addresses: Addresses,
        http: httpx.AsyncClient,
        tokens: TokenSource,
        guard: Guard,
        log: Documents,
    ) -> None:
        self._identity = identity
        self._switchboard = switchboard
        self._addresses = addresses
        self._http = http
        self._tokens = tokens
        self._guard = guard
        self._log = log
        self._livemode = Remembered(self._ask_livemode)
        self._notification = Remembered(self._ask_notification)
        self._sending: set[asyncio.Task[None]] = set()

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/readyz", self._ready),
                Route("/stripe/webhook", _Webhook(self)),
                Route("/ops/webhook-receipts", self._receipts),
            ],
            exception_handlers={RefusedError: refused},
        )

    @property
    def closed(self) -> bool:
        """Whether the webhook path hangs up on Stripe."""
        return self._switchboard.knobs.webhook_closed

    async def webhook(self, request: Request) -> Response:
        """Answer one delivery."""
        knobs = self._switchboard.knobs
        payload = await request.body()
        await asyncio.sleep(knobs.webhook_delay_ms / 1000)
        event = self._genuine(payload, request.headers.get("stripe-signature"))
        if event is None:
            result = Result.BAD_SIGNATURE
        elif knobs.webhook_status:
            result = Result.ERROR
        else:
            result = await self._act(event)
        self._keep(event, result)
        told = knobs.webhook_status or knobs.credit_then_status
        status = told if result is Result.ERROR else _STATUS.get(result, 200)
        return JSONResponse({"result": result}, status)

    def _genuine(self, payload: bytes, signature: str | None) -> dict[str, Any] | None:
        keys = self._identity.stripe
        wrong = self._switchboard.knobs.webhook_secret_wrong
        secret = keys.endpoint_secret_test if wrong else keys.endpoint_secret
        try:
            stripe.WebhookSignature.verify_header(payload, signature, secret, tolerance=300)
            event = json.loads(payload)
        except (stripe.SignatureVerificationError, ValueError):
            return None
        return event if isinstance(event, dict) else None

    async def _act(self, event: Mapping[str, Any]) -> Result:
        if event["type"] != "payment_intent.succeeded":
            return Result.IGNORED
        intent, knobs = event["data"]["object"], self._switchboard.knobs
        if knobs.credit_lost:
            return Result.CREDITED  # a lost exception: it believes so, and says so
        try:
            answer = await self._credit(intent)
        except httpx.HTTPError:
            return Result.LEDGER_ERROR
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._tokens.forget()
        if answer.status_code not in {httpx.codes.OK, httpx.codes.CREATED}:
            return Result.LEDGER_ERROR
        if answer.status_code == httpx.codes.CREATED:
            self._send_receipt(intent)
        if knobs.credit_then_status:
            return Result.ERROR
        return Result.CREDITED if answer.status_code == httpx.codes.CREATED else Result.DUPLICATE

    async def _credit(self, intent: Mapping[str, Any]) -> httpx.Response:
        metadata, knobs = intent["metadata"], self._switchboard.knobs
        ledger, user = self._addresses[Place.SCHOLARSHIP_API], metadata["account_id"]
        return await self._http.post(
            f"{ledger}/api/v1/users/{user}/credits",
            headers=await self._tokens.headers(),
            json={
                "credits": knobs.credited_credits or int(metadata["credits"]),
                "usd_cents": knobs.credited_cents or intent["amount_received"],
                "currency": knobs.credited_currency or intent["currency"],
                "payment_intent": intent["id"],
                "correlation_id": metadata["correlation_id"],
            },
        )

    def _send_receipt(self, intent: Mapping[str, Any]) -> None:
        """Send the receipt beside the answer: a lost notification must not undo a credit."""
        body = {
            "template": "purchase_receipt",
            "payment_intent": intent["id"],
            "correlation_id": intent["metadata"]["correlation_id"],
            "dry_run": False,
        }

        async def send() -> None:
            await self._notify(body)

        task = asyncio.create_task(send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _notify(self, body: Mapping[str, Any]) -> str:
        knobs, credentials = self._switchboard.knobs, self._identity.credentials
        base = knobs.provider_auto_com_center_url or self._addresses[Place.AUTO_COM_CENTER]
        wrong = knobs.provider_notify_secret_wrong
        secret = credentials.notify_retired[1] if wrong else credentials.notify_secret
        try:
            answer = await self._http.post(
                f"{base}/send-notification", json=dict(body), headers={"X-Webhook-Secret": secret}
            )
        except httpx.HTTPError:
            return "unreachable"
        return "accepted" if answer.status_code == httpx.codes.OK else "refused"

    def _keep(self, event: Mapping[str, Any] | None, result: Result) -> None:
        intent = event["data"]["object"] if event is not None else {}
        is_intent = intent.get("object") == "payment_intent"
        record: Document = {
            "event_id": None if event is None else event["id"],
            "type": None if event is None else event["type"],
            "payment_intent": intent["id"] if is_intent else intent.get("payment_intent"),
            "received_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "result": result.value,
        }
        self._log.put(_KIND, str(self._log.count(_KIND)), record)

    async def _receipts(self, request: Request) -> Response:
        if not self._switchboard.knobs.receipts_open:
            await self._guard.check(request.headers, scope="receipts:read")
        return JSONResponse({"items": list(self._log.newest(_KIND, limit=_SHOWN))})

    async def _ready(self, _request: Request) -> Response:
        knobs = self._switchboard.knobs
        livemode, notification = await asyncio.gather(self._livemode.value(), self._notification.value())
        config = {
            "auto_com_center_base_url": knobs.provider_auto_com_center_url
            or self._addresses[Place.AUTO_COM_CENTER],
            "scholar_auth_base_url": self._addresses[Place.SCHOLAR_AUTH],
            "auth_jwks_url": knobs.provider_jwks_url or self._addresses.jwks,
        }
        more = {
            "config": config,
            "dependencies": {"auto_com_center": notification},
            "stripe": {"livemode": livemode},
        }
        return ready(Place.PROVIDER_REGISTER, identity=self._identity, knobs=knobs, more=more)

    async def _ask_livemode(self) -> bool | None:
        """What Stripe says about our own key; None where it could not be asked."""
        keys = self._identity.stripe
        key = keys.provider_test if self._switchboard.knobs.provider_key_test else keys.provider_live
        client = stripe_client(key, base=self._addresses[Place.STRIPE], http=self._http)
        try:
            return (await client.v1.balance.retrieve_async()).livemode
        except stripe.StripeError:
            return None

    async def _ask_notification(self) -> str:
        return await self._notify({"template": "readiness", "dry_run": True})


class _Webhook:
    """The webhook path as an ASGI application, because a fault makes it hang up."""

    def __init__(self, register: ProviderRegister) -> None:
        self._register = register

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._register.closed:
            await hang_up(scope, receive)
            return
        request = Request(scope, receive)
        if request.method == "POST":
            answer: Response = await self._register.webhook(request)
        else:
            answer = JSONResponse({"error": {"code": "method_not_allowed"}}, 405, headers={"Allow": "POST"})
        await answer(scope, receive, send)
