"""Serves a world: binds every port, starts every server in one event loop, and ends them together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from rehearsal.assembly import LEDGER_USER, Ground, Parts, assemble
from rehearsal.faults import load
from rehearsal.identity import Identity, load_or_create, save
from rehearsal.pace import Pace
from rehearsal.places import Addresses, Place
from rehearsal.serving import Serving, listen
from rehearsal.signing_in import CLIENT, SignInWish
from rehearsal.stores import Stores
from rehearsal.switchboard import Switchboard
from rehearsal.tsa import Authority

_CALL_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A world that is being served. `environment` holds what the default plan names, secrets included."""

    addresses: Addresses
    identity: Identity = field(repr=False)
    environment: dict[str, str] = field(repr=False)

    @property
    def control_url(self) -> str:
        """Where the control app listens."""
        return self.addresses[Place.CONTROL]

    @property
    def control_token(self) -> str:
        """The credential of the control app."""
        return self.identity.credentials.control_token


@contextlib.asynccontextmanager
async def serving(
    state_dir: Path,
    *,
    seed: int = 0,
    faults: Iterable[str] = (),
    speed: int = 1,
    sign_in: SignInWish | None = None,
) -> AsyncIterator[World]:
    """Serve a world until the block ends; the same `state_dir` goes on where it stopped.

    What a viewer waits for passes `speed` times as fast. With `sign_in` people can sign in with scholar_auth.
    """
    pace = Pace(speed)
    identity = load_or_create(state_dir, seed=seed)
    if sign_in is not None and not identity.sign_in_secret:
        identity.sign_in_secret = secrets.token_urlsafe(32)

    def released(place: Place) -> None:
        identity.releases[place] = identity.releases.get(place, 0) + 1
        save(identity, state_dir=state_dir)

    switchboard = Switchboard(load(), released=released)
    for fault in faults:
        switchboard.put(fault)
    listeners = _listeners(identity, state_dir)
    addresses = Addresses(urls={place: _url(listener) for place, listener in listeners.items()})
    authority = Authority.in_folder(state_dir / "tsa")
    stores = Stores.open(state_dir, seed=identity.seed, pace=pace, knobs=lambda: switchboard.knobs)
    with contextlib.closing(stores):
        async with httpx.AsyncClient(timeout=_CALL_TIMEOUT_S, trust_env=False) as http:
            ground = Ground(
                state_dir=state_dir,
                identity=identity,
                addresses=addresses,
                switchboard=switchboard,
                stores=stores,
                authority=authority,
                http=http,
                pace=pace,
                sign_in=sign_in,
            )
            async with _served(assemble(ground), listeners):
                environment = _environment(identity, addresses, authority)
                if sign_in is not None:
                    environment |= _sign_in_environment(identity, addresses, sign_in)
                yield World(addresses=addresses, identity=identity, environment=environment)


@contextlib.asynccontextmanager
async def _served(parts: Parts, listeners: dict[Place, socket.socket]) -> AsyncIterator[None]:
    servers = [Serving(app, listeners[place]) for place, app in parts.apps.items()]
    running = [asyncio.create_task(server.run_until_stopped()) for server in servers]
    parts.purchases.resume()
    delivering = asyncio.create_task(parts.deliveries.run())
    try:
        await asyncio.gather(*(server.serving.wait() for server in servers))
        yield
    finally:
        await parts.crowds.stop()
        await parts.purchases.stop()
        delivering.cancel()
        for server in servers:
            server.stop()
        await asyncio.gather(delivering, *running, return_exceptions=True)


def _listeners(identity: Identity, state_dir: Path) -> dict[Place, socket.socket]:
    listeners = {place: listen(identity.ports.get(place, 0)) for place in Place}
    identity.ports = {place: listener.getsockname()[1] for place, listener in listeners.items()}
    save(identity, state_dir=state_dir)
    return listeners


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


def _environment(identity: Identity, addresses: Addresses, authority: Authority) -> dict[str, str]:
    services = (place for place in Place if place not in {Place.STRIPE, Place.TSA, Place.CONTROL})
    credentials = identity.credentials
    return {f"{place.upper()}_BASE_URL": addresses[place] for place in services} | {
        "AUTH_ISSUER": addresses[Place.SCHOLAR_AUTH],
        "AUTH_JWKS_URL": addresses.jwks,
        "GOLIVE_CLIENT_ID": "golive",
        "GOLIVE_CLIENT_SECRET": credentials.clients["golive"],
        "NOTIFY_WEBHOOK_SECRET": credentials.notify_secret,
        "NOTIFY_WEBHOOK_SECRET_RETIRED_1": credentials.notify_retired[0],
        "NOTIFY_WEBHOOK_SECRET_RETIRED_2": credentials.notify_retired[1],
        "GOLIVE_LEDGER_USER": LEDGER_USER,
        "GOLIVE_STRIPE_KEY": identity.stripe.golive,
        "STRIPE_API_BASE": addresses[Place.STRIPE],
        "GOLIVE_TSA_URLS": f"rehearsal={addresses.stamping}",
        "GOLIVE_TSA_ROOTS": str(authority.root_file.resolve()),
    }


def _sign_in_environment(identity: Identity, addresses: Addresses, wish: SignInWish) -> dict[str, str]:
    return {
        "GOLIVE_SIGN_IN_ISSUER": addresses[Place.SCHOLAR_AUTH],
        "GOLIVE_SIGN_IN_CLIENT_ID": CLIENT,
        "GOLIVE_SIGN_IN_CLIENT_SECRET": identity.sign_in_secret,
        "GOLIVE_PUBLIC_URL": wish.public_url,
    }
