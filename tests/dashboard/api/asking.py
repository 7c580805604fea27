"""The API over a control room of real parts, asked by HTTP as a script asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from collectors.observation import Environment
from dashboard.api.guard import Guard
from dashboard.api.routes import api_routes
from dashboard.control import Control
from dashboard.evidence_room import EvidenceRoom
from dashboard.launch.plan import Plan
from dashboard.launch.view import View
from dashboard.room import ControlRoom
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.watch import Watch
from tests.dashboard.launch.money.bought import after
from tests.dashboard.money_read import OURS
from tests.dashboard.sealing.scene import Launch, launching

PSEUDONYM = "5ca1ab1e0ddba11s"
"""Of somebody who handed a picture in."""


@dataclass(slots=True)
class Looked:
    """What a watch shows that looks when it is asked."""

    watch: Watch
    shown: View

    def view(self) -> View:
        self.shown = self.watch.look() or self.shown
        return self.shown

    def run_of_plan(self) -> Run | None:
        return self.watch.run_of_plan()

    def plan(self) -> Plan:
        return self.watch.plan()

    def wake(self) -> None:
        self.view()


def room_of(launch: Launch, store: Store | None = None) -> Control:
    """The control room of this launch, as the wiring makes it; over another store, if one is named."""
    store = store or launch.store
    watch = Watch(store=store, loaded=launch.loaded, environment=Environment.REHEARSAL, clock=launch.clock)
    evidence = EvidenceRoom(store=store, run=watch.run_of_plan, sealing=launch.seal(), clock=launch.clock)
    return Control(
        store=store,
        published=Looked(watch, watch.view()),
        world=None,
        clock=launch.clock,
        ours=replace(OURS, account=None),
        evidence=evidence,
    )


@contextmanager
def bought(folder: Path) -> Iterator[Launch]:
    """The first dollar was read just now; nothing is sealed."""
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
        launch.purchase()
        launch.now = after(25)
        yield launch


@asynccontextmanager
async def asking(
    room: ControlRoom,
    now: datetime,
    guard: Guard | None = None,
    client: str = "127.0.0.1",
    *,
    below: str = "",
    **brought: str,
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at this address who brings these cookies; golive may be below a path of its host."""
    asked = guard or Guard()
    routes = api_routes(lambda: room, lambda: asked, lambda: now)
    app = Starlette(
        routes=[
            Route(below + each.path, each.endpoint, methods=sorted(each.methods or ())) for each in routes
        ]
    )
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://golive", cookies=brought) as found:
        yield found
