"""Where pages and routes find the control room: one plain holder for the whole process.

It is no Streamlit cache, because any browser may clear those. It opens nothing: the application's lifespan
installs what `dashboard.wiring` opened, and takes it away again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from dashboard.api.guard import Guard
from dashboard.room import ControlRoom
from dashboard.signin.ended import SignIn


class Changes(Protocol):
    """How a screen learns that there is something new to draw."""

    def version(self) -> int:
        """The version of the published view."""

    def now(self) -> datetime:
        """The moment, by the clock that everything shown is told by."""

    async def wait(self, after: int) -> int:
        """Return the version as soon as one greater than `after` is published."""


class RoomServices(Protocol):
    """What `dashboard.wiring.room.open_room` opens.

    `hosts` are the host names, besides loopback, under which a browser may reach golive, `guard` says who
    may ask, and who is signed in.
    """

    @property
    def room(self) -> ControlRoom: ...

    @property
    def changes(self) -> Changes: ...

    @property
    def hosts(self) -> tuple[str, ...]: ...

    @property
    def guard(self) -> Guard: ...


OpenRoom = Callable[[], AbstractAsyncContextManager[RoomServices]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installed:
    room: ControlRoom
    changes: Changes
    hosts: frozenset[str]
    guard: Guard


@dataclass(slots=True)
class _Holder:
    installed: _Installed | None = field(default=None)


_HOLDER = _Holder()


def install(
    room: ControlRoom, changes: Changes, hosts: tuple[str, ...] = (), guard: Guard | None = None
) -> None:
    """Make a control room the one that all pages of this process show."""
    _HOLDER.installed = _Installed(room=room, changes=changes, hosts=frozenset(hosts), guard=guard or Guard())


def uninstall() -> None:
    """Forget the control room; from here on asking for it is an error."""
    _HOLDER.installed = None


def room() -> ControlRoom:
    """The control room of this process."""
    return _installed().room


def changes() -> Changes:
    """Who says when there is a new version."""
    return _installed().changes


def hosts() -> frozenset[str]:
    """The configured host names; none before a control room is installed."""
    return frozenset() if _HOLDER.installed is None else _HOLDER.installed.hosts


def sign_in() -> SignIn | None:
    """Who is signed in; None where nobody has to."""
    return None if _HOLDER.installed is None else _HOLDER.installed.guard.sign_in


def guard() -> Guard:
    """Who may ask the addresses that are no pages."""
    return _installed().guard


def lifespan(open_room: OpenRoom) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """A lifespan that opens the room when the server starts and closes it when it stops."""

    @asynccontextmanager
    async def opened(_app: Any) -> AsyncIterator[None]:
        async with open_room() as services:
            install(services.room, services.changes, services.hosts, services.guard)
            try:
                yield
            finally:
                uninstall()

    return opened


def _installed() -> _Installed:
    if _HOLDER.installed is None:
        message = "No control room is installed, expected one; start the dashboard with `golive`."
        raise RuntimeError(message)
    return _HOLDER.installed
