"""The real dashboard, which also counts what it reads from the store: `python -m tests.bench.counted PORT`.

The only difference is one more route, `/bench/reads`. Everything else comes from the environment, as usual.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import streamlit as st
from sqlalchemy import Engine, event
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.app import MAIN, open_wired_room
from dashboard.edge import Edge, on_error
from dashboard.serve import serve
from dashboard.ui.room import hosts
from dashboard.ui.routes import ROUTES
from dashboard.ui.streams import lifespan
from dashboard.wiring.processes import end_this_process, end_with_stdin

READS = ("SELECT", "WITH")


class Reads:
    """How many reading statements any engine of this process has sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def listen(self) -> None:
        event.listen(Engine, "before_cursor_execute", self._sent)

    async def told(self, _request: Request) -> Response:
        return JSONResponse({"reads": self._count})

    def _sent(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(READS):
            with self._lock:
                self._count += 1


def main() -> None:
    """Serve until standard input closes."""
    reads = Reads()
    reads.listen()
    end_with_stdin(end_this_process)
    app = st.App(
        MAIN,
        lifespan=lifespan(open_wired_room),
        routes=(Route("/bench/reads", reads.told), *ROUTES),
        middleware=[Middleware(Edge, hosts=hosts)],
        exception_handlers={Exception: on_error},
    )
    serve(host="127.0.0.1", port=int(sys.argv[1]), app=app)


if __name__ == "__main__":
    main()
