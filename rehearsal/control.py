"""The control app: faults, purchases, money acts and key rotation; itself no part of what is rehearsed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.answers import refused
from rehearsal.crowd import Crowds, CrowdWish
from rehearsal.desk import Desk, Wish, read
from rehearsal.faults import Fault
from rehearsal.mix import InvalidMixError
from rehearsal.purchases import Purchases
from rehearsal.stripe_double.delivery import Deliveries
from rehearsal.stripe_double.reversals import NotReversibleError
from rehearsal.stripe_double.till import UnknownObjectError
from rehearsal.switchboard import Switchboard, UnknownFaultError
from rehearsal.tokens import RefusedError


class Control:
    """The control handlers, for whoever holds the control token."""

    def __init__(
        self,
        *,
        token: str,
        switchboard: Switchboard,
        purchases: Purchases,
        deliveries: Deliveries,
        desk: Desk,
        crowds: Crowds,
        rotate_key: Callable[[], str],
        stripe_log: Callable[[], Iterable[dict[str, Any]]],
    ) -> None:
        self._token = token
        self._switchboard = switchboard
        self._purchases = purchases
        self._deliveries = deliveries
        self._desk = desk
        self._crowds = crowds
        self._rotate_key = rotate_key
        self._stripe_log = stripe_log

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/faults", self._list, methods=["GET"]),
                Route("/faults", self._clear, methods=["DELETE"]),
                Route("/faults/{id}", self._put, methods=["PUT"]),
                Route("/faults/{id}", self._take, methods=["DELETE"]),
                Route("/knobs", self._turn, methods=["PUT"]),
                Route("/purchases", self._bought, methods=["GET"]),
                Route("/purchases", self._buy, methods=["POST"]),
                Route("/redeliver", self._redeliver, methods=["POST"]),
                Route("/keys/rotate", self._rotate, methods=["POST"]),
                Route("/stripe/requests", self._stripe_requests, methods=["GET"]),
                Route("/crowd", self._come, methods=["POST"]),
                Route("/crowd", self._came, methods=["GET"]),
                Route("/usage", self._use, methods=["POST"]),
                *self._acts(),
            ],
            exception_handlers={
                RefusedError: refused,
                UnknownFaultError: _unknown,
                UnknownObjectError: _absent,
                NotReversibleError: _impossible,
            },
        )

    def _acts(self) -> Iterator[Route]:
        desk = self._desk
        yield self._act("/purchases/{id}/refund", desk.refund)
        yield self._act("/purchases/{id}/dispute", desk.dispute)
        yield self._act("/purchases/{id}/redeliver", desk.redeliver)
        yield self._act("/refunds/{id}", desk.settle_refund)
        yield self._act("/disputes/{id}", desk.move_dispute)
        yield self._act("/users/{id}/spend", desk.spend)
        yield self._act("/users/{id}/deny", desk.deny)

    def _act(self, path: str, act: Callable[[str, bytes], dict[str, Any]]) -> Route:
        async def answer(request: Request) -> Response:
            self._check(request)
            return JSONResponse(act(request.path_params["id"], await request.body()), 201)

        return Route(path, answer, methods=["POST"])

    def _check(self, request: Request) -> None:
        presented = request.headers.get("authorization", "")
        if not secrets.compare_digest(presented.encode(), f"Bearer {self._token}".encode()):
            raise RefusedError(401, "token_invalid")

    def _shown(self, fault: Fault) -> dict[str, Any]:
        since = self._switchboard.since(fault.id)
        return {
            "id": fault.id,
            "title": fault.title,
            "where": fault.where,
            "gate": fault.gate,
            "to": fault.to.value,
            "provoke": fault.provoke.value,
            "also": {gate: verdict.value for gate, verdict in fault.also.items()},
            "active": since is not None,
            "since": None if since is None else since.isoformat(),
        }

    async def _list(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse(
            {"faults": [self._shown(fault) for fault in self._switchboard.catalogue.values()]}
        )

    async def _put(self, request: Request) -> Response:
        self._check(request)
        name = request.path_params["id"]
        self._switchboard.put(name)
        return JSONResponse(self._shown(self._switchboard.catalogue[name]))

    async def _take(self, request: Request) -> Response:
        self._check(request)
        name = request.path_params["id"]
        self._switchboard.take(name)
        return JSONResponse(self._shown(self._switchboard.catalogue[name]))

    async def _clear(self, request: Request) -> Response:
        self._check(request)
        self._switchboard.clear()
        return await self._list(request)

    async def _turn(self, request: Request) -> Response:
        self._check(request)
        try:
            self._switchboard.turn(msgspec.json.decode(await request.body(), type=dict[str, Any]))
        except msgspec.DecodeError as error:
            raise RefusedError(422, f"knobs_invalid: {error}") from error
        return JSONResponse(msgspec.to_builtins(self._switchboard.knobs))

    async def _buy(self, request: Request) -> Response:
        self._check(request)
        wish = read(await request.body(), Wish)
        return JSONResponse({"id": self._purchases.start(wish.terms, user=wish.user)}, 201)

    async def _bought(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse({"purchases": self._purchases.shown()})

    async def _come(self, request: Request) -> Response:
        self._check(request)
        try:
            return JSONResponse(self._crowds.start(read(await request.body(), CrowdWish)), 202)
        except InvalidMixError as error:
            raise RefusedError(422, f"mix_invalid: {error}") from error

    async def _came(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse({"crowds": self._crowds.shown()})

    async def _use(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse(self._desk.use(await request.body()), 201)

    async def _redeliver(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse({"deliveries": self._deliveries.redeliver()})

    async def _rotate(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse({"kid": self._rotate_key()})

    async def _stripe_requests(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse({"requests": list(self._stripe_log())})


async def _unknown(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": {"code": "fault_unknown", "message": str(error)}}, 404)


async def _absent(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": {"code": "object_unknown", "message": str(error)}}, 404)


async def _impossible(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": {"code": "not_reversible", "message": str(error)}}, 409)
