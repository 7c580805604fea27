"""scholarship_api: the ledger behind tokens. Balance, transactions of one and of all, denials, credits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.answers import ready, refused
from rehearsal.identity import Identity
from rehearsal.ledger import Entry, Ledger, Purchase, UnknownCursorError
from rehearsal.origins import OwnOrigins
from rehearsal.places import Addresses, Place
from rehearsal.switchboard import Switchboard
from rehearsal.tokens import Guard, RefusedError

_PAGE_MAX = 100
_PAGE_DEFAULT = 20
_USER = "/api/v1/users/{user}"
_ORPHAN = "pi_3Orphan"

_Name = Annotated[str, Meta(min_length=1, max_length=100)]

_Body = TypeVar("_Body", bound=msgspec.Struct)


class _Credit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    credits: Annotated[int, Meta(ge=1)]
    usd_cents: Annotated[int, Meta(ge=1)]
    currency: Annotated[str, Meta(pattern="^[a-z]{3}$")]
    payment_intent: _Name
    correlation_id: _Name


class _Probe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: _Name


class ScholarshipApi:
    """The ledger's handlers."""

    def __init__(
        self,
        *,
        identity: Identity,
        switchboard: Switchboard,
        addresses: Addresses,
        guard: Guard,
        ledger: Ledger,
    ) -> None:
        self._identity = identity
        self._switchboard = switchboard
        self._addresses = addresses
        self._guard = guard
        self._ledger = ledger

    def app(self) -> Starlette:
        """The ASGI application."""
        cors = Middleware(
            OwnOrigins,
            place=Place.SCHOLARSHIP_API,
            prefix="/api/v1/",
            origins=[self._addresses[Place.STUDENT_PILOT]],
            knobs=lambda: self._switchboard.knobs,
        )
        return Starlette(
            routes=[
                Route("/readyz", self._ready),
                Route("/api/v1/transactions", self._everybody),
                Route("/api/v1/denials", self._denials),
                Route(f"{_USER}/balance", self._balance),
                Route(f"{_USER}/transactions", self._transactions),
                Route(f"{_USER}/credits", self._credit, methods=["POST"]),
                Route(f"{_USER}/write-probe", self._probe, methods=["POST"]),
            ],
            middleware=[cors],
            exception_handlers={RefusedError: refused, UnknownCursorError: _cursor_unknown},
        )

    async def _ready(self, _request: Request) -> Response:
        knobs = self._switchboard.knobs
        issuer = knobs.ledger_issuer or self._addresses[Place.SCHOLAR_AUTH]
        more = {"config": {"auth_jwks_url": self._addresses.jwks, "auth_issuer": issuer}}
        return ready(Place.SCHOLARSHIP_API, identity=self._identity, knobs=knobs, more=more)

    async def _balance(self, request: Request) -> Response:
        if not self._switchboard.knobs.ledger_open:
            await self._guard.check(request.headers, scope="ledger:read")
        await self._behave(self._switchboard.knobs.ledger_read_status)
        user = request.path_params["user"]
        if self._switchboard.knobs.ledger_shape_wrong:
            return JSONResponse({"user": user, "balance": {"amount": "none"}})
        return JSONResponse({"user": user, "credits": self._ledger.balance(user)})

    async def _transactions(self, request: Request) -> Response:
        after, limit = await self._asked(request)
        entries, following = self._ledger.page(request.path_params["user"], after=after, limit=limit)
        return self._paged([entry.shown() for entry in entries], following)

    async def _everybody(self, request: Request) -> Response:
        after, limit = await self._asked(request)
        entries, following = self._ledger.page(None, after=after, limit=limit)
        return self._paged([entry.shown_to_all() for entry in entries], following)

    async def _denials(self, request: Request) -> Response:
        after, limit = await self._asked(request)
        denials, following = self._ledger.denials(after=after, limit=limit)
        return self._paged([denial.shown() for denial in denials], following)

    async def _asked(self, request: Request) -> tuple[int | None, int]:
        """The cursor and the limit of a page, from a caller who may read."""
        await self._guard.check(request.headers, scope="ledger:read")
        await self._behave(self._switchboard.knobs.ledger_read_status)
        limit = _whole(request.query_params.get("limit"), _PAGE_DEFAULT)
        if not 1 <= limit <= _PAGE_MAX:
            raise RefusedError(422, "limit_invalid")
        cursor = request.query_params.get("cursor")
        return None if cursor is None else _whole(cursor, 0), limit

    def _paged(self, items: list[dict[str, Any]], following: int | None) -> Response:
        if self._switchboard.knobs.ledger_shape_wrong:
            return JSONResponse(items)
        return JSONResponse({"items": items, "next_cursor": None if following is None else str(following)})

    async def _credit(self, request: Request) -> Response:
        await self._guard.check(request.headers, scope="ledger:write")
        await self._behave(self._switchboard.knobs.ledger_write_status)
        body = await _decoded(request, _Credit)
        entry, wrote = self._write(request.path_params["user"], Purchase(**msgspec.structs.asdict(body)))
        return JSONResponse(entry.shown(), 201 if wrote else 200)

    def _write(self, user: str, purchase: Purchase) -> tuple[Entry, bool]:
        """The credit, and what a fault writes beside it."""
        entry, wrote = self._ledger.credit(user, purchase)
        if wrote and self._switchboard.knobs.ledger_credits_twice:
            self._ledger.credit_again(user, purchase)
        if wrote and self._switchboard.knobs.ledger_orphan_rows:
            name = f"{_ORPHAN}{entry.id.removeprefix('tx_')}"
            self._ledger.credit_again(user, replace(purchase, payment_intent=name, correlation_id=name))
        if wrote and self._switchboard.knobs.ledger_overdraws:
            self._ledger.debit(user, self._ledger.balance(user) + 1)
        return entry, wrote

    async def _probe(self, request: Request) -> Response:
        await self._guard.check(request.headers, scope="ledger:probe")
        await self._behave(self._switchboard.knobs.ledger_write_status)
        body = await _decoded(request, _Probe)
        self._ledger.probe(body.note)
        return JSONResponse({"ok": True})

    async def _behave(self, status: int) -> None:
        """The faults of the ledger itself: they come after the token check, so refusals stay as they are."""
        knobs = self._switchboard.knobs
        await asyncio.sleep(knobs.ledger_delay_ms / 1000)
        if knobs.ledger_refuses_tokens:
            raise RefusedError(401, "token_invalid")
        if status:
            raise RefusedError(status, "ledger_unavailable")


async def _cursor_unknown(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": {"code": "cursor_invalid"}}, 422)


async def _decoded(request: Request, shape: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.DecodeError as error:
        raise RefusedError(422, "body_invalid") from error


def _whole(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not text.isdecimal() or not text.isascii():
        raise RefusedError(422, "number_invalid")
    return int(text)
