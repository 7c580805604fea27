"""Somebody who asks a served world over real HTTP, and a world served in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from rehearsal.places import Place
from rehearsal.signing_in import SignInWish
from rehearsal.world import World, serving

PATIENCE_S = 20.0


class Visitor:
    """Somebody who asks a served world, and holds its control token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.environment = world.environment
        self.http = httpx.Client(trust_env=False, timeout=10)
        self._control = {"Authorization": f"Bearer {world.control_token}"}

    def url(self, place: Place, path: str) -> str:
        return self.world.addresses[place] + path

    def get(self, place: Place, path: str, **more: Any) -> httpx.Response:
        return self.http.get(self.url(place, path), **more)

    def post(self, place: Place, path: str, **more: Any) -> httpx.Response:
        return self.http.post(self.url(place, path), **more)

    def control(self, method: str, path: str, body: object = None) -> Any:
        answer = self.ask_control(method, path, body)
        answer.raise_for_status()
        return answer.json()

    def ask_control(self, method: str, path: str, body: object = None) -> httpx.Response:
        url = self.world.control_url + path
        return self.http.request(method, url, headers=self._control, json=body)

    def stripe(self, path: str, **params: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.environment['GOLIVE_STRIPE_KEY']}"}
        answer = self.get(Place.STRIPE, f"/v1/{path}", headers=headers, params=params)
        answer.raise_for_status()
        return answer.json()

    def token(self, client: str = "golive", **form: str) -> str:
        secret = self.world.identity.credentials.clients[client]
        answer = self.post(
            Place.SCHOLAR_AUTH,
            "/oauth/token",
            data={"grant_type": "client_credentials", **form},
            auth=(client, secret),
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def forged(self, algorithm: str = "RS256", **changes: Any) -> str:
        """A token with the world's own key, good but for the changes."""
        key = self.world.identity.signing_keys[-1]
        now = int(time.time())
        claims = {
            "iss": self.environment["AUTH_ISSUER"],
            "aud": "scholarship_api",
            "sub": "golive",
            "exp": now + 60,
            "scope": "ledger:read ledger:write receipts:read",
        }
        secret = self._private(key.kid) if algorithm == "RS256" else ""
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(kept, secret, algorithm=algorithm, headers={"kid": key.kid})

    @functools.cache  # noqa: B019 - reading a key takes a tenth of a second; a visitor lives as long as its world
    def _private(self, kid: str) -> rsa.RSAPrivateKey:
        return next(key for key in self.world.identity.signing_keys if key.kid == kid).private()

    def bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def ledger(self, path: str) -> Any:
        user = self.environment["GOLIVE_LEDGER_USER"]
        headers = self.bearer(self.token())
        answer = self.get(Place.SCHOLARSHIP_API, f"/api/v1/users/{user}/{path}", headers=headers)
        answer.raise_for_status()
        return answer.json()

    def receipts(self) -> list[dict[str, Any]]:
        answer = self.get(Place.PROVIDER_REGISTER, "/ops/webhook-receipts", headers=self.bearer(self.token()))
        answer.raise_for_status()
        return list(answer.json()["items"])

    def purchase(self, name: str) -> dict[str, dict[str, Any]]:
        """The hops of a purchase by name."""
        found = next(one for one in self.control("GET", "/purchases")["purchases"] if one["id"] == name)
        return {hop["name"]: hop for hop in found["hops"]}

    def buy(self) -> str:
        """A purchase that has gone through every hop; its payment intent."""
        name = self.control("POST", "/purchases")["id"]
        wait_until(lambda: all(hop["state"] == "done" for hop in self.purchase(name).values()))
        return str(self.purchase(name)["paid"]["detail"])

    @contextlib.contextmanager
    def fault(self, name: str) -> Iterator[None]:
        self.control("PUT", f"/faults/{name}")
        try:
            yield
        finally:
            self.control("DELETE", f"/faults/{name}")

    @contextlib.contextmanager
    def turned(self, **knobs: Any) -> Iterator[None]:
        self.control("PUT", "/knobs", knobs)
        try:
            yield
        finally:
            self.control("PUT", "/knobs", {})

    def all_entries(self, what: str = "transactions") -> list[dict[str, Any]]:
        """Every row of a list of the ledger that is about everybody, page by page."""
        headers, items, cursor = self.bearer(self.token()), list[dict[str, Any]](), ""
        while True:
            answer = self.get(
                Place.SCHOLARSHIP_API, f"/api/v1/{what}?limit=100{cursor}", headers=headers
            ).json()
            items += answer["items"]
            if answer["next_cursor"] is None:
                return items
            cursor = f"&cursor={answer['next_cursor']}"


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail when it never does."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "the condition never came true"
        time.sleep(0.02)


@contextlib.contextmanager
def served(
    state_dir: Path, *, seed: int = 7, speed: int = 1, sign_in: SignInWish | None = None
) -> Iterator[Visitor]:
    """A world in a thread of its own, for as long as the block lasts."""
    started: list[World] = []
    ready = threading.Event()
    stops: list[Callable[[], object]] = []

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        async with serving(state_dir, seed=seed, speed=speed, sign_in=sign_in) as world:
            started.append(world)
            ready.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(PATIENCE_S)
    visitor = Visitor(started[0])
    try:
        yield visitor
    finally:
        visitor.http.close()
        stops[0]()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
