"""What every place has around it: the Date header with its faults, being down, and being deaf to golive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rehearsal.places import Place
from rehearsal.serving import hang_up
from rehearsal.switchboard import Switchboard

CLOCK_OFF = timedelta(minutes=7)
_MONITOR = ("golive/", "Authlib/")
"""How golive calls itself where it asks, and where it signs people in."""


class Frame:
    """Wraps one place's application. golive is known by its name, or by the credential `monitor_key`."""

    def __init__(
        self, app: ASGIApp, *, place: Place, switchboard: Switchboard, monitor_key: str = ""
    ) -> None:
        self._app = app
        self._place = place
        self._switchboard = switchboard
        self._monitor_key = monitor_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        knobs = self._switchboard.knobs
        if self._place in knobs.down or (knobs.blind and self._from_monitor(scope)):
            await hang_up(scope, receive)
            return

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["date"] = self._date()
            await send(message)

        await self._app(scope, receive, dated)

    def _from_monitor(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        named = headers.get("user-agent", "").startswith(_MONITOR)
        return named or (self._monitor_key != "" and self._monitor_key in headers.get("authorization", ""))

    def _date(self) -> str:
        off = CLOCK_OFF if self._place in self._switchboard.knobs.clock_off else timedelta()
        return format_datetime(datetime.now(UTC) + off, usegmt=True)
