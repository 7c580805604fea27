"""`golive` and `golive serve`: start the processes, say where the board is, and end all of them together."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import typer

from collectors.observation import Environment
from dashboard.commands.faults import refuse_unknown_faults
from dashboard.commands.part import giving_up, refuse_unready_store
from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.logs import log_all, log_own
from dashboard.port import PortTakenError, check_port
from dashboard.settings import API_TOKEN, NOTIFY, RECEIPTS, TIME_BASE, Settings
from dashboard.signin.provider import (
    NEEDED,
    ROLES_CLAIM,
    ROSTER,
    read_provider,
)
from dashboard.steady import Host
from dashboard.wiring.door import is_reached, refuse_unread_roster, refuse_wrong_door
from dashboard.wiring.lock import holding
from dashboard.wiring.processes import (
    Child,
    ChildError,
    Stop,
    end_this_process,
    end_with_stdin,
    keep_running,
    start_world,
    stop_on_signals,
)
from dashboard.wiring.rehearsed_sign_in import complete, refuse_mixed, world_options
from dashboard.wiring.resolve import Resolver, refuse_key_kind, resolve

ANSWER_WITHIN_S = 60.0
SIGN_IN = frozenset({*NEEDED, ROLES_CLAIM, ROSTER})
"""People sign in at the dashboard; who only collects needs none of it."""


class Part(StrEnum):
    """One half of golive, for running them apart."""

    COLLECTOR = "collector"
    DASHBOARD = "dashboard"


def rehearse(
    settings: Settings,
    *,
    seed: int,
    faults: Sequence[str],
    browser: bool,
    speed: int = 1,
    sign_in: bool = False,
) -> None:
    """The rehearsal world, the collector and the dashboard, until Ctrl-C. `speed` is that of the T-clock and
    of the world's own delays; with `sign_in` people sign in with the world's scholar_auth.
    """
    refuse_unknown_faults(faults)
    options: Sequence[str] = ()
    if sign_in:
        from dashboard.wiring.plans import read_plan

        with explained():
            refuse_mixed(settings, os.environ)
            options = world_options(settings, read_plan(settings.plan).plan.roles)
    _refuse_taken_port(settings)
    stop = Stop()
    stop_on_signals(stop)
    with explained(), holding(settings.data_dir, "rehearsal"):
        world, environ = start_world(
            settings.data_dir, seed=seed, faults=faults, environ=os.environ, speed=speed, options=options
        )
        brand = "REHEARSAL" if speed == 1 else f"REHEARSAL at {speed} × speed"
        try:
            if sign_in:
                environ = complete(settings.data_dir, environ)
                settings = replace(settings, provider=read_provider(environ))
            _run(settings, environ, stop, brand, browser=browser, watched=[world])
        finally:
            world.stop()


def serve_both(settings: Settings, *, browser: bool) -> None:
    """The collector and the dashboard over the plan's own services, until Ctrl-C."""
    _refuse_taken_port(settings)
    stop = Stop()
    stop_on_signals(stop)
    with explained():
        environment = _check_plan(settings).environment()
        _refuse_missing_keys(settings, environment)
        refuse_wrong_door(settings, environment)
    with explained(), holding(settings.data_dir, "launch"):
        _run(settings, os.environ, stop, environment.value.upper(), browser=browser, watched=[])


def serve_collector(settings: Settings, *, with_stdin: bool) -> None:
    """The collector alone, in this process."""
    from dashboard.wiring.collect import collect
    from dashboard.wiring.plans import read_plan

    log_all()
    os.environ.update(speaking_directly())

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if with_stdin:
            end_with_stdin(lambda: _set(loop, stop))
        await collect(settings, read_plan(settings.plan), os.environ, stop)

    with giving_up():
        asyncio.run(run())


def speaking_directly() -> dict[str, str]:
    """What keeps apprise, which reads the environment, from a proxy and a login that nobody named to us."""
    return {"NO_PROXY": "*", "no_proxy": "*", "NETRC": os.devnull}


def serve_dashboard(settings: Settings, *, with_stdin: bool) -> None:
    """The dashboard alone, in this process."""
    _refuse_taken_port(settings)
    os.environ |= _environment(settings)
    from dashboard.serve import serve
    from dashboard.wiring.plans import read_plan

    if with_stdin:
        end_with_stdin(end_this_process)
    with giving_up():
        loaded = read_plan(settings.plan)
        refuse_unread_roster(settings)
        refuse_wrong_door(settings, Resolver(plan=loaded.plan, environ=os.environ).environment())
        refuse_unready_store(settings, loaded)
        log_own()
        if not with_stdin:  # else whoever started this says so
            _warn_of_open_door(settings)
        serve(host=settings.host, port=settings.port, provider=settings.provider, entrance=settings.entrance)


def _set(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)


def _run(
    settings: Settings,
    environ: Mapping[str, str],
    stop: Stop,
    brand: str,
    *,
    browser: bool,
    watched: Sequence[Child],
) -> None:
    # One time base for both, and for whichever of them has to be started again.
    environ = {**environ, TIME_BASE: Host().anchor().text()}
    children = [_child(settings, environ, part) for part in (Part.COLLECTOR, Part.DASHBOARD)]
    try:
        for child in children:
            child.start()
        _announce(settings, children, stop, brand, browser=browser)
        keep_running([*children, *watched], stop, lambda said: ERR.print(said, markup=False))
    finally:
        for child in reversed(children):
            child.stop()


def _child(settings: Settings, environ: Mapping[str, str], part: Part) -> Child:
    from dashboard.wiring.plans import read_plan
    from dashboard.wiring.resolve import secret_names

    asks = part is Part.COLLECTOR
    hidden = SIGN_IN if asks else secret_names(read_plan(settings.plan).plan) | {NOTIFY, RECEIPTS}
    seen = {name: value for name, value in environ.items() if name not in hidden | {API_TOKEN}}
    return Child(
        name=f"the {part.value}",
        command=["dashboard", "serve", "--only", part.value, "--with-stdin"],
        environ=seen | _environment(settings),
        log=settings.data_dir / "logs" / f"{part.value}.log",
    )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "GOLIVE_DATA_DIR": str(settings.data_dir),
        "GOLIVE_PLAN": str(settings.plan),
        "GOLIVE_HOST": settings.host,
        "GOLIVE_PORT": str(settings.port),
    }


def _announce(
    settings: Settings, children: Sequence[Child], stop: Stop, brand: str, *, browser: bool
) -> None:
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    public = settings.entrance.public
    url = f"http://{shown}:{settings.port}{settings.entrance.path}"
    until = time.monotonic() + ANSWER_WITHIN_S
    while not _answers(f"{url}/healthz"):
        _raise_if_ended(children)
        if time.monotonic() > until:
            raise ChildError(f"the dashboard did not answer at {url} within {ANSWER_WITHIN_S:.0f} s")
        if stop.wait(0.1):
            return
    where = url if public is None else f"{public}, at {url}"
    OUT.print(f"golive {brand}: {where} (Ctrl-C ends it)", markup=False)
    _warn_of_open_door(settings)
    if browser and _has_screen():
        webbrowser.open(url if public is None else str(public))


def _warn_of_open_door(settings: Settings) -> None:
    if settings.provider is None and is_reached(settings):
        public = settings.entrance.public
        reached = settings.host if public is None else public.host
        warning = f"listening on {reached} without a login: whoever reaches it may act as any role"
        ERR.print(warning, markup=False)


def _raise_if_ended(children: Sequence[Child]) -> None:
    for child in children:
        if child.ended() is not None:
            raise ChildError(child.last_words() or f"{child.name} ended before it was ready")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own address, always http
            return True
    except urllib.error.HTTPError:
        return True  # it answers; what it says is on the board
    except OSError:
        return False


def _has_screen() -> bool:
    return platform.system() == "Darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _refuse_taken_port(settings: Settings) -> None:
    try:
        check_port(host=settings.host, port=settings.port)
    except PortTakenError as error:
        ERR.print(str(error), markup=False)
        raise typer.Exit(Exit.UNANSWERED) from error


def _check_plan(settings: Settings) -> Resolver:
    from dashboard.wiring.plans import pace_of, read_plan

    resolver = resolve(read_plan(settings.plan).plan, os.environ)
    refuse_key_kind(resolver)
    pace_of(os.environ, resolver.environment())
    return resolver


def _refuse_missing_keys(settings: Settings, environment: Environment) -> None:
    """A rehearsal makes its own; a launch never signs with keys that nobody has put there."""
    from evidence.keys import load_keys

    if environment is Environment.LIVE:
        passphrase = None if settings.passphrase is None else settings.passphrase.reveal()
        load_keys(settings.keys_of(environment), passphrase)
