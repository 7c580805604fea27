"""The faults of single API paths: an answer that was right is delayed, replaced, cut or made strange."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from rehearsal.knobs import Knobs, PathFault
from rehearsal.serving import hang_up
from rehearsal.stripe_double.errors import StripeError

_SLOW_S = 20.0
_OK = 200
_SURPRISE = "a_value_of_tomorrow"
_GATEWAY = "<!doctype html><title>502</title><h1>Bad gateway</h1>"


class _HungUp(Response):
    """No answer: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's own
        await hang_up(scope, receive)


def fault_of(request: Request, knobs: Knobs) -> PathFault | None:
    """The fault of the path that is asked, a list or one of its objects."""
    path = request.path_params["rest"]
    for faulty, fault in knobs.stripe_paths.items():
        if path == faulty or path.startswith(f"{faulty}/"):
            return fault
    return None


async def spoiled(answer: Response, request: Request, fault: PathFault) -> Response:
    """What comes instead of the answer."""
    if fault is PathFault.SLOW:
        await asyncio.sleep(_SLOW_S)
        return answer
    if fault is PathFault.RESET:
        return _HungUp()
    if fault is PathFault.HTML:
        return HTMLResponse(_GATEWAY)
    error = _error(fault, request)
    if error is not None:
        kept = {name: answer.headers[name] for name in ("request-id", "stripe-version")}
        return JSONResponse(error.envelope(), error.status, headers=kept | error.headers)
    return _strange(answer, fault) if answer.status_code == _OK else answer


def _error(fault: PathFault, request: Request) -> StripeError | None:
    status, _, reason = fault.value.partition(" ")
    if fault is PathFault.REVOKED_BETWEEN_PAGES and "starting_after" not in request.query_params:
        return None
    if status == "401":
        return StripeError(401, "Expired API Key provided.", code="api_key_expired")
    if status == "429":
        headers = {"Stripe-Rate-Limited-Reason": reason}
        return StripeError(429, "Request rate limit exceeded.", code="rate_limit", headers=headers)
    if status in {"500", "503"}:
        return StripeError(int(status), "An unknown error occurred.", kind="api_error")
    return None


def _strange(answer: Response, fault: PathFault) -> Response:
    headers = {name: answer.headers[name] for name in ("request-id", "stripe-version")}
    text = bytes(answer.body)
    if fault is PathFault.CUT_JSON:
        return Response(text[: len(text) // 2], media_type="application/json", headers=headers)
    body: dict[str, Any] = json.loads(text)
    is_list = body.get("object") == "list"
    if fault is PathFault.MORE_WITHOUT_DATA and is_list:
        body |= {"data": [], "has_more": True}
    for one in body["data"] if is_list else [body]:
        if fault is PathFault.UNKNOWN_ENUM:
            one["status" if "status" in one else "type"] = _SURPRISE
        if fault is PathFault.UNKNOWN_FIELD:
            one[_SURPRISE] = {"of": [_SURPRISE]}
    return JSONResponse(body, headers=headers)
