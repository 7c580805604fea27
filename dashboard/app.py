"""The ASGI application: Streamlit, our routes, the edge, and a lifespan that opens the control room.

Importing this module builds nothing; stores and collectors are opened when the server starts, by
`dashboard.wiring`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard.edge import Edge, on_error
from dashboard.entrance import ANYWHERE, Entrance
from dashboard.signin.gate import Gate
from dashboard.signin.provider import Provider
from dashboard.ui.room import OpenRoom, RoomServices, hosts, sign_in
from dashboard.ui.routes import ROUTES
from dashboard.ui.streams import lifespan

MAIN = Path(__file__).resolve().parent / "main.py"


def build(
    open_room: OpenRoom,
    *,
    provider: Provider | None = None,
    entrance: Entrance = ANYWHERE,
    more: Sequence[Route] = (),
) -> st.App:
    """The application over whatever control room `open_room` opens; people sign in with that provider, come
    by that entrance, and find `more` routes before golive's own.
    """
    below = entrance.path
    return st.App(
        MAIN,
        lifespan=lifespan(open_room),
        routes=[*more, *(_below(below, route) for route in ROUTES)],
        middleware=[
            Middleware(Edge, hosts=hosts, entrance=entrance),
            Middleware(Gate, sign_in=sign_in, below=below),
        ],
        secrets=None if provider is None else provider.secrets(),
        exception_handlers={Exception: on_error},
    )


def _below(path: str, route: Route) -> Route:
    """The same address below the path that golive has on its host."""
    return Route(f"{path}{route.path}", route.endpoint, methods=sorted(route.methods or ()))


def open_wired_room() -> AbstractAsyncContextManager[RoomServices]:
    """The real control room. Its parts are imported when the server starts, not when this module is."""
    from dashboard.wiring.room import open_room

    return open_room()
