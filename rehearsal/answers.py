"""Answers that all services of the world give alike: ready, refused, and the build id in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from rehearsal.identity import Identity
from rehearsal.knobs import Knobs
from rehearsal.places import Place
from rehearsal.tokens import RefusedError

_SPLASH = "<!doctype html><title>Starting</title><p>Your application is waking up."


def ready(place: Place, *, identity: Identity, knobs: Knobs, more: Mapping[str, Any]) -> Response:
    """The answer of /readyz, with what the service has to say besides."""
    if place in knobs.html_ready:
        return HTMLResponse(_SPLASH)
    is_ready = place not in knobs.not_ready
    body = {"ready": is_ready, "service": place.value, "build": build_id(place, identity=identity)}
    return JSONResponse({**body, "config": {}, "dependencies": {}, **more}, 200 if is_ready else 503)


def build_id(place: Place, *, identity: Identity) -> str:
    """Which build of a service runs: the same for a seed until the service is released anew."""
    release = identity.releases.get(place, 0)
    digest = hashlib.sha256(f"{identity.seed}:{place}:{release}".encode()).hexdigest()
    return f"{place}@{digest[:7]}"


async def refused(_request: Request, error: Exception) -> Response:
    """A RefusedError as an answer."""
    if not isinstance(error, RefusedError):
        raise error
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"error": {"code": error.code}}, error.status, headers=headers)
