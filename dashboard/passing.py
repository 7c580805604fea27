"""What a proxy in front of golive must pass on, and what is said where it does not: one sentence to the
person, and to the log what was got, what was expected, and the mend.

A browser that gets no WebSocket shows a page that never comes, and keeps no cookie of a refused socket. So
the address that it came from is remembered, and told on the next page that it asks for; only what no script
of a foreign page can send counts.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from dashboard.entrance import ALLOWED_HOSTS, PUBLIC_URL, TRUSTED_PROXIES, Entrance

NOT_OUR_NAME = (
    "This host name is not one of golive's. If it should be, the proxy in front of golive does not pass on "
    "the name that you came by; whoever runs it reads more in golive's log."
)
NOT_OUR_PATH = "There is nothing here; golive is at {path}"
NOT_BY_TLS = (
    "golive is at {public} and nowhere else. If you came by that, the proxy in front of golive says "
    "otherwise; whoever runs it reads more in golive's log."
)
NO_SOCKET = (
    "golive cannot show you its pages: the proxy in front of it does not pass WebSockets on. Whoever runs it "
    "reads more in golive's log. Try again in half a minute."
)
SOCKET: Final = "/_stcore/stream"
FORWARDED: Final = "x-forwarded-for"
_ASKED_BY_PROXIES = ("/healthz", "/_stcore/health", "/metrics")
_SAID_EACH_S: Final = 60.0
_TOLD_FOR_S: Final = 30.0
_MOST: Final = 1_000
_SHOWN: Final = 100
LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Passing:
    """Says each kind of trouble once a minute, and remembers whose socket was refused. `clock` is
    monotonic.
    """

    entrance: Entrance
    clock: Callable[[], float] = time.monotonic
    _said: dict[str, float] = field(init=False, default_factory=dict)
    _refused: OrderedDict[str, float] = field(init=False, default_factory=OrderedDict)

    def not_our_name(self, scope: Scope, names: Collection[str]) -> str:
        """A host name that is none of golive's."""
        got = Headers(scope=scope).get("host", "")
        expected = ", ".join(sorted(names)) or "one of this machine"
        self._say(
            "host",
            f'got the host name "{got[:_SHOWN]}" from {client_of(scope)}, expected {expected}; the proxy '
            f"must pass on the Host that the browser sent, or name it in {PUBLIC_URL} or {ALLOWED_HOSTS}",
        )
        return NOT_OUR_NAME

    def not_our_path(self, scope: Scope) -> str:
        """A path beside golive's own."""
        below = f"{self.entrance.path}/"
        self._say(
            "path",
            f'got the path "{scope["path"][:_SHOWN]}" from {client_of(scope)}, expected one below {below}; '
            f"the proxy must pass the path on as it is, or {PUBLIC_URL} must have another",
        )
        return NOT_OUR_PATH.format(path=below)

    def not_by_tls(self, scope: Scope) -> str | None:
        """A browser that came by plain http, as the proxy says, where golive is for TLS alone."""
        public = self.entrance.public
        if public is None or not public.is_https or Headers(scope=scope).get("x-forwarded-proto") != "http":
            return None
        self._say(
            "scheme",
            f'got X-Forwarded-Proto "http" from {client_of(scope)}, expected "https" as in {public}; the '
            "proxy must lead from http to https itself, and say https where browsers come by TLS",
        )
        return NOT_BY_TLS.format(public=public)

    def no_upgrade(self, scope: Scope) -> str:
        """A socket was asked for as if it were a page: Upgrade and Connection were lost on the way."""
        self._say(
            "upgrade",
            f"got a GET of {scope['path']} from {client_of(scope)} without Upgrade, expected a WebSocket; "
            "the proxy must pass Upgrade and Connection on, and speak HTTP/1.1 to golive",
        )
        if "sec-websocket-key" in Headers(scope=scope):
            self._remember(scope)
        return NO_SOCKET

    def refused_socket(self, scope: Scope, names: Collection[str]) -> None:
        """A socket from no page of golive's, as far as its headers say."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        got = "no Origin" if origin is None else f'the Origin "{origin[:_SHOWN]}"'
        expected = ", ".join(sorted(names)) or "this machine"
        self._say(
            "origin",
            f'got a WebSocket with {got} to the host name "{host[:_SHOWN]}" from {client_of(scope)}, '
            f"expected the Origin of golive's own page and the same Host ({expected}); if it is a "
            "colleague's, the proxy must pass both on as the browser sent them",
        )
        public = self.entrance.public
        if origin is None or (public is not None and origin == public.origin):
            self._remember(scope)

    def let_socket(self, scope: Scope) -> None:
        """One came through."""
        self._refused.pop(client_of(scope), None)

    def page_refusal(self, scope: Scope) -> str | None:
        """What is said instead of a page that could not come."""
        until = self._refused.get(client_of(scope))
        return None if until is None or self.clock() > until else NO_SOCKET

    def look(self, scope: Scope) -> None:
        """Say where nobody can tell who comes: everybody behind that proxy is one to the limits."""
        client, told = client_of(scope), Headers(scope=scope).getlist(FORWARDED)
        if told and client not in _named(told):
            self._say(
                "proxy",
                f"got X-Forwarded-For from {client}, expected it from a proxy that {TRUSTED_PROXIES} names; "
                "if that is yours, name it there: until then all who come through it are one to every limit",
            )
        elif not told and self.entrance.is_proxy(client) and not scope["path"].endswith(_ASKED_BY_PROXIES):
            self._say(
                "forwarded",
                f"got no X-Forwarded-For from the proxy {client}, expected it; the proxy must add it: until "
                "then all who come through it are one to every limit",
            )

    def _remember(self, scope: Scope) -> None:
        self._refused[client_of(scope)] = self.clock() + _TOLD_FOR_S
        self._refused.move_to_end(client_of(scope))
        if len(self._refused) > _MOST:
            self._refused.popitem(last=False)

    def _say(self, kind: str, sentence: str) -> None:
        now = self.clock()
        if kind not in self._said or now - self._said[kind] >= _SAID_EACH_S:
            self._said[kind] = now
            LOG.warning("%s", sentence)


def _named(told: Sequence[str]) -> frozenset[str]:
    """The addresses that a proxy told, with and without the port that some add."""
    each = [one.strip() for one in ",".join(told).split(",")]
    return frozenset([*each, *(one.rpartition(":")[0].strip("[]") for one in each if ":" in one)])


def client_of(scope: Scope) -> str:
    """The address that a request comes from, as far as it can be believed."""
    client = scope.get("client")
    return client[0] if client else ""
