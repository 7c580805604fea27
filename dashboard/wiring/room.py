"""Opens the control room for a dashboard process: the store, the watch over it, and the world, if any."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.api.guard import Guard
from dashboard.api.keys import ProviderKeys
from dashboard.api.tokens import Tokens
from dashboard.control import Control
from dashboard.evidence_room import EvidenceRoom
from dashboard.finance.denials import denials
from dashboard.garbage import collect_garbage
from dashboard.proving import Prover
from dashboard.sealing.completeness import Complete
from dashboard.settings import REHEARSAL_TOKEN, REHEARSAL_URL, Settings
from dashboard.signin.ended import SignIn
from dashboard.signin.provider import Provider, refuse_plain
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.watch import Watch
from dashboard.wiring.money import ours_of
from dashboard.wiring.plans import pace_of, settings_from
from dashboard.wiring.resolve import Resolver, sealed
from dashboard.wiring.sealing import Seal
from dashboard.wiring.shooting import shoot_of
from dashboard.wiring.stores import open_environment_store
from dashboard.wiring.world import RehearsalWorld

NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the pages stand on. `hosts` are names, besides loopback, under which a browser may come."""

    room: Control
    changes: Watch
    hosts: tuple[str, ...]
    guard: Guard


@asynccontextmanager
async def open_room() -> AsyncIterator[Services]:
    """Everything a dashboard process needs, from its environment, for as long as it serves."""
    settings, written = settings_from(os.environ)
    loaded = sealed(written, os.environ)
    with open_environment_store(settings, loaded, os.environ) as store:
        clock, pace = SteadyClock.handed(os.environ), pace_of(os.environ, store.environment)
        watch = Watch(
            store=store,
            loaded=loaded,
            environment=store.environment,
            clock=clock.now,
            host=clock,
            pace=pace,
            complete=Complete(store),
        )
        world, resolver = _world(os.environ), Resolver(plan=loaded.plan, environ=os.environ)
        room = Control(
            store=store,
            published=watch,
            world=world,
            clock=clock.now,
            pace=pace,
            ours=ours_of(resolver),
            denials=denials,
            evidence=EvidenceRoom(
                store=store,
                run=watch.run_of_plan,
                sealing=Seal.of(settings, store.environment),
                clock=clock.now,
                shoot=shoot_of(resolver),
            ),
        )
        sign_in = None if settings.provider is None else _sign_in(settings.provider, store, room)
        guard = Guard(sign_in=sign_in, tokens=_tokens(settings))
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(collect_garbage())]
        if sign_in is not None:
            sign_in.look()
            tasks.append(asyncio.create_task(sign_in.follow()))
        if world is not None:
            prover = Prover(store=store, world=world, run=watch.run_of_plan, clock=clock.now)
            tasks.append(asyncio.create_task(prover.watch()))
        try:
            yield Services(room=room, changes=watch, hosts=_hosts(settings), guard=guard)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _sign_in(provider: Provider, store: Store, room: Control) -> SignIn:
    """Signing in goes by the host's own clock, as the cookies do, and not by that of the run. Raises
    `SignInError`.
    """
    refuse_plain(provider, store.environment)
    host = Host()  # made once: it reads a file, and every request looks at this clock
    return SignIn(
        provider=provider,
        kept=store,
        clock=lambda: host.wall_ns() / NS,
        plan_roles=lambda: room.plan.roles,
        believes_rehearsal=store.environment is Environment.REHEARSAL,
    )


def _tokens(settings: Settings) -> Tokens | None:
    provider, audience = settings.provider, settings.api_audience
    if provider is None or audience is None:
        return None
    host = Host()
    keys = ProviderKeys(issuer=provider.issuer, clock=lambda: host.boot_ns() / NS)
    return Tokens(issuer=provider.issuer, audience=audience, keys=keys)


def _hosts(settings: Settings) -> tuple[str, ...]:
    public = settings.entrance.public
    return (*settings.allowed_hosts, *(() if public is None else (public.host,)))


def _world(environ: Mapping[str, str]) -> RehearsalWorld | None:
    url, token = environ.get(REHEARSAL_URL), environ.get(REHEARSAL_TOKEN)
    return RehearsalWorld(url=url, token=Masked(token)) if url and token else None
