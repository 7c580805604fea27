"""student_pilot: the shop. Its public page, the checkout, and the credits as the student sees them."""

from __future__ import annotations

import hashlib
import html
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from rehearsal.answers import ready
from rehearsal.identity import Identity
from rehearsal.places import Addresses, Place
from rehearsal.remembered import Remembered
from rehearsal.stripe_client import stripe_client
from rehearsal.switchboard import Switchboard
from rehearsal.tokens import TokenSource

AMOUNT = 999
CURRENCY = "usd"
CREDITS = 9_990
SKU = "starter"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Student Pilot</title></head>
<body><h1>Starter</h1><p>9,990 credits for $9.99</p>
<button id="buy" data-stripe-key="{key}">Buy</button></body></html>
"""

_WALLET = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Student Pilot: my credits</title>
<style>body{{font:18px/1.6 sans-serif;margin:3rem}}b{{font-size:2rem}}</style></head>
<body><h1>My credits</h1><p class="person">Signed in as {user}</p><p><b>{credits}</b> credits</p>
<p>student_pilot, {at}</p></body></html>
"""


class StudentPilot:
    """The shop's handlers."""

    def __init__(
        self,
        *,
        identity: Identity,
        switchboard: Switchboard,
        addresses: Addresses,
        http: httpx.AsyncClient,
        tokens: TokenSource,
    ) -> None:
        self._identity = identity
        self._switchboard = switchboard
        self._addresses = addresses
        self._http = http
        self._tokens = tokens
        self._livemode = Remembered(self._ask_livemode)
        self._orders = 0

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/readyz", self._ready),
                Route("/checkout", self._checkout, methods=["POST"]),
                Route("/credits", self._credits),
                Route("/wallet/{user}", self._wallet),
            ]
        )

    @property
    def _stripe(self) -> stripe.StripeClient:
        test = self._switchboard.knobs.student_pilot_key_test
        keys = self._identity.stripe
        key = keys.pilot_test if test else keys.pilot_live
        return stripe_client(key, base=self._addresses[Place.STRIPE], http=self._http)

    @property
    def _ledger(self) -> str:
        return self._switchboard.knobs.student_pilot_ledger_url or self._addresses[Place.SCHOLARSHIP_API]

    async def _page(self, _request: Request) -> Response:
        test = self._switchboard.knobs.publishable_key_test
        keys = self._identity.stripe
        key = keys.publishable_test if test else keys.publishable_live
        return HTMLResponse(_PAGE.format(key=html.escape(key)))

    async def _ready(self, _request: Request) -> Response:
        config = {
            "scholarship_api_base_url": self._ledger,
            "auto_com_center_base_url": self._addresses[Place.AUTO_COM_CENTER],
            "scholar_auth_base_url": self._addresses[Place.SCHOLAR_AUTH],
        }
        more = {"config": config, "stripe": {"livemode": await self._livemode.value()}}
        return ready(Place.STUDENT_PILOT, identity=self._identity, knobs=self._switchboard.knobs, more=more)

    async def _ask_livemode(self) -> bool | None:
        """What Stripe says about our own key; None where it could not be asked."""
        try:
            return (await self._stripe.v1.balance.retrieve_async()).livemode
        except stripe.StripeError:
            return None

    async def _checkout(self, request: Request) -> Response:
        try:
            user = json.loads(await request.body())["user"]
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": {"code": "user_missing"}}, 422)
        try:
            session = await self._stripe.v1.checkout.sessions.create_async(self._order(str(user)))
        except stripe.StripeError as error:
            return JSONResponse({"error": {"code": "stripe_failed", "status": error.http_status}}, 502)
        return JSONResponse({"session": session.id, "url": session.url, "livemode": session.livemode}, 201)

    def _order(self, user: str) -> Any:
        self._orders += 1
        digest = hashlib.sha256(f"{self._identity.seed}:{user}:{self._orders}".encode()).hexdigest()
        metadata = {
            "correlation_id": f"corr_{digest[:20]}",
            "account_id": user,
            "sku": SKU,
            "credits": str(CREDITS),
        }
        price = {"currency": CURRENCY, "unit_amount": AMOUNT, "product_data": {"name": "Starter"}}
        base = self._addresses[Place.STUDENT_PILOT]
        return {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": f"{base}/?paid=1",
            "cancel_url": f"{base}/",
            "client_reference_id": metadata["correlation_id"],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
        }

    async def _credits(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        seen = await self._seen(user)
        if seen is None:
            return JSONResponse({"error": {"code": "ledger_unavailable"}}, 502)
        return JSONResponse({"user": user, "credits": seen})

    async def _wallet(self, request: Request) -> Response:
        """The page that a student sees, and whoever wants a picture of it."""
        user = request.path_params["user"]
        seen = await self._seen(user)
        if seen is None:
            return HTMLResponse("<h1>Your credits cannot be shown now.</h1>", 502)
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return HTMLResponse(_WALLET.format(user=html.escape(user), credits=f"{seen:,}", at=at))

    async def _seen(self, user: str) -> int | None:
        """What the ledger says that a student has; None where it does not say."""
        try:
            headers = await self._tokens.headers()
            answer = await self._http.get(f"{self._ledger}/api/v1/users/{user}/balance", headers=headers)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._tokens.forget()
            answer.raise_for_status()
            return int(answer.json()["credits"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None
