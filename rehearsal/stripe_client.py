"""The services' own Stripe client: the real SDK, over the world's HTTP client and never through a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import httpx
import stripe


def stripe_client(key: str, *, base: str, http: httpx.AsyncClient) -> stripe.StripeClient:
    """A client that talks to the double at `base`."""
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        key, base_addresses={"api": base}, http_client=_Loopback(http), max_network_retries=0
    )


class _Loopback(stripe.HTTPClient):
    name = "httpx"

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__()
        self._http = http

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = await self._http.request(method, url, headers=dict(headers), content=post_data or None)
        except httpx.HTTPError as error:
            message = f"Got {type(error).__name__}, expected an answer."
            raise stripe.APIConnectionError(message) from error  # type: ignore[no-untyped-call] # stripe's own gap
        return answer.content, answer.status_code, answer.headers

    async def sleep_async(self, secs: float) -> None:
        await anyio.sleep(secs)
