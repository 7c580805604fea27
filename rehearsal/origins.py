"""Which browser origins may call a service: the ecosystem's own, unless a fault says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from rehearsal.knobs import Knobs
from rehearsal.places import Place


class OwnOrigins(CORSMiddleware):
    """CORS for the paths under `prefix`; other paths are for servers and answer no preflight."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        place: Place,
        prefix: str,
        origins: Collection[str],
        knobs: Callable[[], Knobs],
    ) -> None:
        headers = ("Authorization", "X-Webhook-Secret")
        super().__init__(app, allow_origins=origins, allow_methods=("GET", "POST"), allow_headers=headers)
        self._place = place
        self._prefix = prefix
        self._knobs = knobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(self._prefix):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a page of `origin` may call."""
        knobs = self._knobs()
        if self._place in knobs.cors_any_origin:
            return True
        return self._place not in knobs.cors_own_refused and super().is_allowed_origin(origin)
