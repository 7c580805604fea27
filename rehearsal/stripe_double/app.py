"""The Stripe double's API: key first, then permission, then the request, as Stripe checks them."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.identity import StripeKeys
from rehearsal.stripe_double import listing, objects
from rehearsal.stripe_double.books import Books
from rehearsal.stripe_double.errors import StripeError, missing, unknown_parameter
from rehearsal.stripe_double.keys import Caller, identify, refuse_write, require_scope
from rehearsal.stripe_double.path_faults import fault_of, spoiled
from rehearsal.stripe_double.resources import ACCOUNT, API_VERSION, RESOURCES, Resource
from rehearsal.stripe_double.till import Till
from rehearsal.switchboard import Switchboard

_METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"]
_SESSION_PARAMETERS = frozenset(
    {
        "mode",
        "line_items",
        "success_url",
        "cancel_url",
        "client_reference_id",
        "metadata",
        "payment_intent_data",
        "expand",
    }
)
_SCOPES = {resource.kind: resource.scope for resource in RESOURCES}
_RATE_LIMITED = 429
_LOG_LENGTH = 10_000


class StripeDouble:
    """Answers /v1. `log` keeps what was asked, so that a test can prove what golive never asks."""

    def __init__(
        self, *, books: Books, till: Till, keys: StripeKeys, switchboard: Switchboard, base: str
    ) -> None:
        self._books = books
        self._till = till
        self._keys = keys
        self._switchboard = switchboard
        self._base = base
        self._asked = 0
        self.log: deque[dict[str, Any]] = deque(maxlen=_LOG_LENGTH)

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[Route("/v1/{rest:path}", self._answer, methods=_METHODS)])

    async def _answer(self, request: Request) -> Response:
        self._asked += 1
        headers = {
            "Request-Id": f"req_{int(time.time()):x}{self._asked:06d}",
            "Stripe-Version": request.headers.get("stripe-version", API_VERSION),
        }
        self._note(request)
        try:
            answer = JSONResponse(await self._answered(request), headers=headers)
        except StripeError as error:
            answer = JSONResponse(error.envelope(), error.status, headers=headers | error.headers)
        fault = fault_of(request, self._switchboard.knobs)
        return answer if fault is None else await spoiled(answer, request, fault)

    def _note(self, request: Request) -> None:
        self.log.append(
            {
                "at": time.time(),
                "method": request.method,
                "path": request.url.path,
                "query": [name for name, _ in parse_qsl(request.url.query, keep_blank_values=True)],
                "write": request.method != "GET",
                "account_header": "stripe-account" in request.headers,
                "monitor": self._keys.golive in request.headers.get("authorization", ""),
            }
        )

    async def _answered(self, request: Request) -> dict[str, Any]:
        self._fail_as_told()
        authorization = request.headers.get("authorization", "")
        caller = identify(authorization, keys=self._keys, knobs=self._switchboard.knobs)
        path = request.path_params["rest"]
        if request.method != "GET":
            refuse_write(caller, account=ACCOUNT)
            return self._write(request.method, path, await request.body(), caller)
        return self._read(path, parse_qsl(request.url.query, keep_blank_values=True), caller)

    def _fail_as_told(self) -> None:
        status = self._switchboard.knobs.stripe_status
        if status == _RATE_LIMITED:
            headers = {"Stripe-Rate-Limited-Reason": "global-rate"}
            raise StripeError(429, "Request rate limit exceeded.", code="rate_limit", headers=headers)
        if status:
            raise StripeError(status, "An unknown error occurred.", kind="api_error")

    def _read(self, path: str, pairs: listing.Pairs, caller: Caller) -> dict[str, Any]:
        if path in {"balance", "account"}:
            return self._single(path, pairs, caller)
        for resource in RESOURCES:
            if path == resource.path:
                return self._list(resource, pairs, caller)
            if re.fullmatch(re.escape(resource.path) + r"/[A-Za-z0-9_]+", path):
                return self._one(resource, path.rpartition("/")[2], pairs, caller)
        raise StripeError(404, f"Unrecognized request URL (GET: /v1/{path}).")

    def _single(self, path: str, pairs: listing.Pairs, caller: Caller) -> dict[str, Any]:
        for name, _ in pairs:
            if not name.startswith("expand"):
                raise unknown_parameter(name)
        require_scope(caller, f"rak_{path}_read", account=ACCOUNT)
        if path == "account":
            return objects.account(restricted=self._switchboard.knobs.account_restricted)
        pending = self._books.net(livemode=caller.livemode)
        return objects.balance(livemode=caller.livemode, available=0, pending=pending)

    def _list(self, resource: Resource, pairs: listing.Pairs, caller: Caller) -> dict[str, Any]:
        require_scope(caller, resource.scope, account=ACCOUNT)
        asked = listing.read(resource, pairs)
        found, more = self._books.page(resource, asked, livemode=caller.livemode)
        data = [self._expanded(resource, one, asked.expand, caller) for one in found]
        return {"object": "list", "data": data, "has_more": more, "url": f"/v1/{resource.path}"}

    def _one(self, resource: Resource, name: str, pairs: listing.Pairs, caller: Caller) -> dict[str, Any]:
        require_scope(caller, resource.scope, account=ACCOUNT)
        for parameter, _ in pairs:
            if not parameter.startswith("expand"):
                raise unknown_parameter(parameter)
        found = self._books.one(resource.kind, name, livemode=caller.livemode)
        if found is None:
            raise missing(resource.kind, name)
        return self._expanded(resource, found, listing.expanded(resource, pairs), caller)

    def _expanded(
        self, resource: Resource, found: dict[str, Any], fields: Iterable[str], caller: Caller
    ) -> dict[str, Any]:
        shown = dict(found)
        for name in fields:
            kind = resource.expandable[name]
            require_scope(caller, _SCOPES[kind], account=ACCOUNT)
            if found[name] is not None:
                shown[name] = self._books.one(kind, found[name], livemode=caller.livemode)
        return shown

    def _write(self, method: str, path: str, body: bytes, caller: Caller) -> dict[str, Any]:
        if (method, path) != ("POST", "checkout/sessions"):
            raise StripeError(404, f"Unrecognized request URL ({method}: /v1/{path}).")
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        for name in form:
            if name.partition("[")[0] not in _SESSION_PARAMETERS:
                raise unknown_parameter(name)
        return self._till.open_session(_order(form), livemode=caller.livemode, base=self._base)


def _order(form: Mapping[str, str]) -> objects.Order:
    price = "line_items[0][price_data]"
    amount = _required(form, f"{price}[unit_amount]")
    quantity = form.get("line_items[0][quantity]", "1")
    if form.get("mode") != "payment" or not (amount.isdecimal() and quantity.isdecimal()):
        raise StripeError(400, "Invalid checkout session: mode, unit_amount or quantity.", param="line_items")
    return objects.Order(
        amount=int(amount) * int(quantity),
        currency=_required(form, f"{price}[currency]"),
        success_url=_required(form, "success_url"),
        client_reference_id=form.get("client_reference_id"),
        metadata=_nested(form, "metadata"),
        payment_metadata=_nested(form, "payment_intent_data[metadata]"),
    )


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return form[name]


def _nested(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    start = f"{prefix}["
    return {
        name.removeprefix(start).removesuffix("]"): value
        for name, value in form.items()
        if name.startswith(start)
    }
