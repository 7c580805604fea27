"""The few addresses beside the pages: health, the board as JSON, the stream of versions. Read-only."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.document import board_document
from dashboard.ui.room import changes, room
from dashboard.ui.streams import is_full, versions

_NO_STORE = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> Response:
    """Whether the board is alive; needs no login and tells nothing else."""
    view = room().view()
    beat = view.heartbeat_at
    age = None if beat is None else max(0, round((changes().now() - beat).total_seconds()))
    body = {"status": "lost" if view.lost else "ok", "version": view.version, "heartbeat_age_s": age}
    return JSONResponse(body, status_code=503 if view.lost else 200, headers=_NO_STORE)


async def board(request: Request) -> Response:
    """The newest board as JSON, to clients on this machine only."""
    if not _is_local(request):
        return JSONResponse({"error": "The board is given to this machine only."}, status_code=403)
    return Response(board_document(room().view()), media_type="application/json", headers=_NO_STORE)


async def events(_request: Request) -> Response:
    """The stream of versions."""
    if is_full():
        return JSONResponse({"error": "Too many viewers."}, status_code=503, headers={"Retry-After": "10"})
    headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
    return StreamingResponse(versions(changes()), media_type="text/event-stream", headers=headers)


async def nothing(_request: Request) -> Response:
    """A mistyped address must not look like a page that answers 200."""
    return JSONResponse({"error": "There is nothing here."}, status_code=404)


ROUTES = (
    Route("/healthz", healthz),
    Route("/api/v1/board", board),
    Route("/api/events", events),
    Route("/api/{rest:path}", nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
)


def _is_local(request: Request) -> bool:
    """A proxy on this machine speaks for others, and says so in a header."""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return request.client is not None and not forwarded and ip_address(request.client.host).is_loopback
