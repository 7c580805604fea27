"""The dashboard over the stand-in room, in a process: `python -m tests.browser.world PORT SCENARIO`.

A browser test changes what is published with `POST /standin/SCENARIO`. Where the environment names an
identity provider, people sign in with it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collectors.observation import Environment
from dashboard.api.guard import Guard
from dashboard.app import build
from dashboard.entrance import Entrance
from dashboard.serve import serve
from dashboard.settings import read_settings
from dashboard.signin.ended import SignIn
from dashboard.signin.provider import read_provider
from evidence.keys import make_keys
from tests.dashboard.sealing.scene import Launch, launching, under_way
from tests.dashboard.ui.standin import Published, StandInRoom, StandInServices, opening


@contextmanager
def at_t46() -> Iterator[Launch]:
    """A launch at T+46: what golive captures is there, and a picture waits for a second person."""
    with tempfile.TemporaryDirectory(prefix="golive-desk-") as name:
        folder = Path(name)
        make_keys(folder / "keys")
        with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
            under_way(launch)
            yield launch


def entrance() -> Entrance:
    """How browsers come to it, by the environment."""
    return read_settings(os.environ).entrance


def world(scenario: str, environment: Environment, launch: Launch) -> st.App:
    """The real application, with one more route that moves the stand-in on."""
    provider = read_provider(os.environ)
    services = StandInServices(
        room=StandInRoom(scenario, environment),
        changes=Published(),
        guard=Guard()
        if provider is None
        else Guard(
            sign_in=SignIn(
                provider=provider,
                kept=launch.writer.store,
                clock=time.time,
                plan_roles=lambda: services.room.plan.roles,
            )
        ),
    )
    services.room.desk = launch.room()

    async def move(request: Request) -> Response:
        version = services.changes.version() + 1
        services.room.show(request.path_params["scenario"], version=version)
        services.changes.publish(version)
        return JSONResponse({"version": version})

    async def breaks(_request: Request) -> Response:
        raise ValueError("a canary that no viewer may see")

    below = entrance().path
    own = (
        Route(f"{below}/standin/broken", breaks),
        Route(f"{below}/standin/{{scenario}}", move, methods=["POST"]),
    )
    return build(opening(services), provider=provider, entrance=entrance(), more=own)


if __name__ == "__main__":
    port, started_as = int(sys.argv[1]), sys.argv[2]
    where = Environment(sys.argv[3]) if len(sys.argv) > 3 else Environment.REHEARSAL
    with at_t46() as launch:
        serve(
            host="127.0.0.1",
            port=port,
            app=world(started_as, where, launch),
            provider=read_provider(os.environ),
            entrance=entrance(),
        )
