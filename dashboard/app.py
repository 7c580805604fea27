"""The ASGI application: Streamlit, our routes, the edge, and a lifespan that opens the control room.

Importing this module builds the application object and nothing else; stores and collectors are opened when
the server starts, by `dashboard.wiring`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.edge import Edge, on_error
from dashboard.ui.room import OpenRoom, RoomServices, hosts
from dashboard.ui.routes import ROUTES
from dashboard.ui.streams import lifespan

MAIN = Path(__file__).resolve().parent / "main.py"


def build(open_room: OpenRoom) -> st.App:
    """The application over whatever control room `open_room` opens."""
    return st.App(
        MAIN,
        lifespan=lifespan(open_room),
        routes=ROUTES,
        middleware=[Middleware(Edge, hosts=hosts)],
        exception_handlers={Exception: on_error},
    )


def open_wired_room() -> AbstractAsyncContextManager[RoomServices]:
    """The real control room. Its parts are imported when the server starts, not when this module is."""
    from dashboard.wiring.room import open_room

    return open_room()


app = build(open_wired_room)
