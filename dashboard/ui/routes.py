"""The few addresses beside the pages: health, API, metrics, the stream of versions, what is taken away.
Read-only.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.access import Scope
from dashboard.api.metrics import CONTENT_TYPE, metrics_document
from dashboard.api.routes import api_routes
from dashboard.ui.downloads import DOWNLOADS
from dashboard.ui.room import changes, guard, room
from dashboard.ui.streams import is_full, listening, versions

_NO_STORE = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> Response:
    """Whether the board is alive, which it is not before it was judged once; needs no login and tells nothing
    else.
    """
    view = room().view()
    beat = view.heartbeat_at
    age = None if beat is None else max(0, round((changes().now() - beat).total_seconds()))
    status = "ok" if view.is_alive else "lost" if view.lost else "waiting"
    body = {"status": status, "version": view.version, "heartbeat_age_s": age}
    return JSONResponse(body, status_code=200 if view.is_alive else 503, headers=_NO_STORE)


async def metrics(request: Request) -> Response:
    """The board as Prometheus reads it, to whoever may read it."""
    asker = await guard().admit(request, room().plan.roles, Scope.METRICS)
    if isinstance(asker, Response):
        return asker
    document = metrics_document(room().view(), changes().now(), listening())
    return Response(document, headers={**_NO_STORE, "Content-Type": CONTENT_TYPE})


async def events(request: Request) -> Response:
    """The stream of versions, to whoever may see the pages that it wakes."""
    asker = guard().admit_session(request.cookies, room().plan.roles, Scope.BOARD)
    if isinstance(asker, Response):
        return asker
    if is_full():
        return JSONResponse({"error": "Too many viewers."}, status_code=503, headers={"Retry-After": "10"})
    headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
    return StreamingResponse(versions(changes()), media_type="text/event-stream", headers=headers)


async def nothing(_request: Request) -> Response:
    """A mistyped address must not look like a page that answers 200."""
    return JSONResponse({"error": "There is nothing here."}, status_code=404)


ROUTES = (
    Route("/healthz", healthz),
    *api_routes(room, guard, lambda: changes().now()),
    Route("/metrics", metrics),
    Route("/api/events", events),
    *DOWNLOADS,
    Route("/api/{rest:path}", nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
)
