"""golive as a person starts it: real processes on loopback, in a folder of their own, seen from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.launch.board import BoardVerdict
from dashboard.store.errors import StoreMissingError
from dashboard.store.store import Store, open_store
from dashboard.store.values import Head
from dashboard.version import VERSION
from dashboard.wiring.world import RehearsalWorld
from tests.cast import DEFAULT_PLAN

ROOT = Path(__file__).parents[2]
DATABASE_URL = "GOLIVE_DATABASE_URL"
LONG_S = 120
"""How long a slow machine may take for anything; no test waits so long where nothing is wrong."""

NOTHING = Head(
    event_seq=0, evaluation=None, evaluated_at=None, sample_id=None, heartbeat_at=None, holder=None
)

_VERDICTS = {0: BoardVerdict.GO, 1: BoardVerdict.NO_GO}

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Running:
    """One started process of golive, with what it said."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    port: int
    said: Path
    complained: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def out(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def err(self) -> str:
        return self.complained.read_text(encoding="utf-8")

    def family(self) -> list[psutil.Process]:
        """The process and all that it started."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def child(self, *words: str) -> psutil.Process | None:
        """The child with these words on its command line."""
        for found in self.family()[1:]:
            if set(words) <= set(_words(found)):
                return found
        return None

    def until_announced(self) -> Running:
        """Wait for the line with the address."""
        until(lambda: "http://" in self.out() or self._ended())
        return self

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=LONG_S)

    def _ended(self) -> bool:
        assert self.process.poll() is None, f"golive ended: {self.err()}"
        return False


@dataclass(slots=True, kw_only=True)
class House:
    """A folder with a world in it, and everything that is started there; `close` ends all of it."""

    folder: Path
    environ: dict[str, str]
    started: list[Running] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def start(self, *arguments: str, data_dir: Path | None = None, port: int | None = None) -> Running:
        """Start `golive` with these arguments, on a free port."""
        port = port or free_port()
        said = self.folder / f"out-{len(self.started)}.txt"
        complained = said.with_name(f"err-{len(self.started)}.txt")
        data_dir = data_dir or self.data_dir
        command = [*_golive(*arguments), "--data-dir", str(data_dir), "--port", str(port), "--no-browser"]
        with said.open("wb") as out, complained.open("wb") as err:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        running = Running(process=process, data_dir=data_dir, port=port, said=said, complained=complained)
        self.started.append(running)
        return running

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of golive to its end."""
        return subprocess.run(
            _golive(*arguments),
            cwd=ROOT,
            env={**self.environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONG_S,
            check=False,
        )

    def status(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("status", "--data-dir", str(self.data_dir), *arguments)

    def until_status(self, code: int) -> subprocess.CompletedProcess[str]:
        """Ask for the status until it ends with this code; not before the board has come to its verdict,
        because each asking is a start of golive that takes a core from those who judge.
        """

        def asked() -> subprocess.CompletedProcess[str] | None:
            if code in _VERDICTS and self.verdict() is not _VERDICTS[code]:
                return None
            told = self.status()
            return told if told.returncode == code else None

        return until(asked, every_s=0.5)

    def identity(self) -> Any:
        """Everything that the world keeps secret."""
        return json.loads((self.data_dir / "world" / "identity.json").read_text(encoding="utf-8"))

    def world(self) -> RehearsalWorld:
        """The world of this folder, by its control address."""
        identity = self.identity()
        url = f"http://127.0.0.1:{identity['ports']['control']}"
        return RehearsalWorld(url=url, token=Masked(identity["credentials"]["control_token"]))

    def store(self) -> Store:
        """The store, for looking."""
        url = self.environ.get(DATABASE_URL, f"sqlite:///{self.data_dir.resolve() / 'rehearsal.sqlite3'}")
        return open_store(url, environment=Environment.REHEARSAL, app_version=VERSION, create=False)

    def head(self) -> Head:
        """How far the newest run has come; empty before there is one."""
        try:
            with self.store() as store:
                run = store.newest_run()
                return (None if run is None else store.head(run.id)) or NOTHING
        except StoreMissingError:
            return NOTHING

    def verdict(self) -> BoardVerdict | None:
        """What the newest board says; None before there is one."""
        if self.evaluation() == 0:
            return None
        with self.store() as store:
            run = store.newest_run()
            stored = None if run is None else store.board(run.id)
        return None if stored is None else stored.board.verdict

    def evaluation(self) -> int:
        """The number of the newest evaluation; 0 before the first."""
        return self.head().evaluation or 0

    def close(self) -> None:
        for running in self.started:
            if running.process.poll() is None:
                family = running.family()
                running.process.kill()
                psutil.wait_procs(family, timeout=10)
            running.process.wait(timeout=LONG_S)


def until(look: Callable[[], T | None], *, every_s: float = 0.1) -> T:
    """Look until there is something to see."""
    limit = time.monotonic() + LONG_S
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < limit, f"still waiting after {LONG_S} s"
        time.sleep(every_s)


def collecting(house: House) -> Running:
    """The collector that is at work, or a new one that has judged."""
    alive = next((one for one in house.started if one.process.poll() is None), None)
    found = alive or collector(house)
    until(lambda: is_held_by(house.head(), found))
    before = house.evaluation()
    until(lambda: house.evaluation() > before)
    return found


def collector(house: House) -> Running:
    """A collector alone."""
    return house.start("serve", "--only", "collector")


def is_held_by(head: Head, running: Running) -> bool:
    """Whether this one collects now."""
    assert running.process.poll() is None, running.err()
    return (head.holder or "").endswith(f"process {running.process.pid}")


def left_of(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """The processes that were still there after a while; a failing test leaves none behind either."""
    left = psutil.wait_procs(processes, timeout=30)[1]
    for process in left:
        process.kill()
    return left


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def clean_environment(cache: Path, **more: str) -> dict[str, str]:
    """What a newcomer's shell has; compiled files are shared, so that only the first start compiles."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPYCACHEPREFIX": str(cache), **more}


def quick_plan(folder: Path) -> Path:
    """The default plan, asked more often; of Stripe no more, or its two requests a second would not do."""
    text = re.sub(r"^interval_s = \d+$", "interval_s = 1", DEFAULT_PLAN.read_text(), flags=re.MULTILINE)
    file = folder / "quick.toml"
    file.write_text(text)
    return file


def get(url: str) -> httpx.Response | None:
    """What is answered there, or None where nobody listens."""
    try:
        return httpx.get(url, timeout=10, trust_env=False)
    except httpx.TransportError:
        return None


def verdicts(document: Mapping[str, Any]) -> dict[str, str]:
    """Each gate with its verdict."""
    return {gate["id"]: gate["verdict"] for gate in document["board"]["gates"]}


def _golive(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dashboard", *arguments]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
