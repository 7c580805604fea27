"""golive as a person starts it, in processes of its own, with a handle on its rehearsal world."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from dashboard.settings import REHEARSAL_TOKEN, REHEARSAL_URL
from tests.bench.results import UnmeasurableError

ROOT = Path(__file__).resolve().parents[2]
STOPPED_WITHIN_S = 30
RUNS_WITHIN_S = 60
LOOK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A running golive; `started_at` is the clock just before its process was made, `said_at` when the
    address was printed.
    """

    url: str
    process: subprocess.Popen[str]
    started_at: float
    said_at: float

    def group(self) -> list[psutil.Process]:
        """The process that was started and all that it started."""
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    @contextmanager
    def world(self) -> Iterator[httpx.Client]:
        """A client of the world's control address, which golive tells to its children alone."""
        told = [child.environ() for child in self.group()[1:]]
        found = next((environ for environ in told if REHEARSAL_URL in environ), None)
        if found is None:
            raise UnmeasurableError(f"got no process that knows {REHEARSAL_URL}, expected the dashboard")
        with control(found) as client:
            yield client


@contextmanager
def control(environ: Mapping[str, str]) -> Iterator[httpx.Client]:
    """A client of the control address that this environment names."""
    headers = {"Authorization": f"Bearer {environ[REHEARSAL_TOKEN]}"}
    with httpx.Client(base_url=environ[REHEARSAL_URL], headers=headers, trust_env=False) as client:
        yield client


def buy(url: str, world: httpx.Client) -> None:
    """Buy one Starter once the run is open: what was bought before proves nothing in it."""
    until = time.monotonic() + RUNS_WITHIN_S
    while not _has_run(url):
        if time.monotonic() > until:
            raise UnmeasurableError(
                f"got no run within {RUNS_WITHIN_S} s, expected one; run `golive` to see why"
            )
        time.sleep(LOOK_S)
    world.post("/purchases").raise_for_status()


@contextmanager
def launched() -> Iterator[Launched]:
    """`golive` with a fresh data folder, from the moment its address is printed."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        command = [sys.executable, "-m", "dashboard", "--no-browser"]
        command += ["--port", str(port), "--data-dir", folder]
        started_at = time.time()
        with subprocess.Popen(
            command, cwd=ROOT, env=own_environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                if "http" not in process.stdout.readline():
                    raise UnmeasurableError(
                        "got no address from golive, expected one; run `golive` to see why"
                    )
                url = f"http://127.0.0.1:{port}"
                yield Launched(url=url, process=process, started_at=started_at, said_at=time.time())
            finally:
                process.terminate()
                process.wait(STOPPED_WITHIN_S)


def own_environment() -> dict[str, str]:
    """Ours without anybody's settings, and with bytecode kept, as where golive ran before."""
    refused = ("GOLIVE_", "STREAMLIT_", "STRIPE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(refused)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _has_run(url: str) -> bool:
    try:
        told = httpx.get(f"{url}/healthz", timeout=5, trust_env=False).json()
    except (httpx.TransportError, json.JSONDecodeError):  # not listening yet, or not routed yet
        return False
    return told["heartbeat_age_s"] is not None
