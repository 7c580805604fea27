"""golive as a team runs it: people sign in, several dashboards stand on one store, a balancer before them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from dashboard.settings import DEFAULT_PLAN, TIME_BASE
from dashboard.steady import Host
from dashboard.wiring.processes import Child, start_world
from tests.bench.launched import LOOK_S, ROOT, buy, control, free_port, own_environment
from tests.bench.results import UnmeasurableError
from tests.bench.signing_in import cookie_of
from tests.bench.viewing import GO_WITHIN_S
from tests.identity import identity_provider, settings

PEOPLE = ("ada", "robin", "vera")
"""The CEO, the coordinator and a viewer: they are shown different things, and look in turn."""

BOARD = "/api/v1/board"
SHOWN = 'class="gl gl-board"'
"""What is in the drawing of a Control room that is alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A running golive at GO. `cookies` is a file with the Cookie header of each person in a line."""

    url: str
    ports: Sequence[int]
    cookies: Path

    @property
    def cookie(self) -> str:
        """Somebody's who may read the board."""
        return self.cookies.read_text(encoding="utf-8").splitlines()[0]

    @property
    def viewing(self) -> tuple[str, ...]:
        """The options of `tests.bench.sessions` that make a viewer one of these people."""
        return ("--cookies", str(self.cookies), "--shows", SHOWN)

    def dashboards(self) -> list[psutil.Process]:
        """Their processes, in the order of `ports`."""
        return [_process("--port", str(port)) for port in self.ports]

    def processes(self) -> dict[str, psutil.Process]:
        """Every process of golive and its world, by name."""
        named = {f"dashboard {n}": process for n, process in enumerate(self.dashboards(), start=1)}
        return {**named, "collector": _process("--only", "collector"), "world": _process("rehearsal")}


@contextmanager
def guarded(dashboards: int = 1) -> Iterator[Guarded]:
    """The rehearsal with a purchase, at GO, and so many dashboards; one alone needs no balancer."""
    ports = [free_port() for _ in range(dashboards)]
    port = ports[0] if dashboards == 1 else free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder, ExitStack() as stop:
        data_dir, ours = Path(folder), {**own_environment(), "PYTHONPATH": str(ROOT)}
        issuer = stop.enter_context(identity_provider(free_port()))
        world, found = start_world(data_dir, seed=0, faults=(), environ=ours)
        stop.callback(world.stop)
        told = {**found, "GOLIVE_DATA_DIR": folder, "GOLIVE_PLAN": str(DEFAULT_PLAN)}
        told[TIME_BASE] = Host().anchor().text()
        for name, command in _commands(port, ports).items():
            signs_in = settings(issuer, url) if name.startswith("dashboard") else {}
            child = Child(
                name=name, command=command, environ=told | signs_in, log=data_dir / "logs" / f"{name}.log"
            )
            child.start()
            stop.callback(child.stop)
        with control(told) as client:
            for each in ports:
                buy(f"http://127.0.0.1:{each}", client)
        cookies = data_dir / "cookies"
        cookies.write_text("\n".join(cookie_of(url, who) for who in PEOPLE), encoding="utf-8")
        running = Guarded(url=url, ports=ports, cookies=cookies)
        _wait_for_go(running)
        yield running


def _commands(port: int, ports: Sequence[int]) -> Mapping[str, Sequence[str]]:
    serve = ("dashboard", "serve", "--with-stdin", "--only")
    named: dict[str, Sequence[str]] = {
        f"dashboard {each}": (*serve, "dashboard", "--port", str(each)) for each in ports
    }
    named["collector"] = (*serve, "collector")
    if port not in ports:
        named["balancer"] = ("tests.bench.balancer", str(port), *map(str, ports))
    return named


def _process(*words: str) -> psutil.Process:
    """The child of this process with these words on its command line."""
    for child in psutil.Process(os.getpid()).children():
        if set(words) <= set(child.cmdline()):
            return child
    raise UnmeasurableError(f"got no process with {' '.join(words)}, expected it to run")


def _wait_for_go(running: Guarded) -> None:
    until = time.monotonic() + GO_WITHIN_S
    while True:
        told = httpx.get(running.url + BOARD, headers={"Cookie": running.cookie}, trust_env=False).json()
        if told.get("verdict") == "GO":
            return
        if time.monotonic() > until:
            raise UnmeasurableError(
                f"got no GO within {GO_WITHIN_S} s, expected a healthy world ({told.get('sentence')})"
            )
        time.sleep(LOOK_S)
