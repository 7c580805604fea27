"""Starts and ends the processes of one golive: the rehearsal world, the collector, the dashboard.

A child lives as long as its standard input: when the parent ends, however it ends, the pipe closes and the
child goes too. Nothing here imports what the children need, so that the parent stays small.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

GRACE_S = 5.0
WORLD_START_S = 30.0
RESTART_AFTER_S = 1.0
LAST_LINES = 12
WORLD_NEEDS = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
"""All that the world sees of an operator's environment, which may hold the keys of the real launch."""


CONFIGURATION_ERROR = 3
"""A child that ends with this code has said what is wrong with its input; a restart changes nothing."""


class ChildError(Exception):
    """A process that golive needs ended or did not start; the message has its last words."""


@dataclass(slots=True, kw_only=True)
class Child:
    """One process with its log. `command` are the arguments after the interpreter."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    reads_line: bool = False
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _log: IO[bytes] | None = field(init=False, default=None)

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C reaches the parent alone."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log = self.log.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [sys.executable, "-m", *self.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if self.reads_line else self._log,
            stderr=self._log,
            env=dict(self.environ),
            start_new_session=True,
        )

    def first_line(self, timeout_s: float) -> str:
        """The first line of its output. Raises `ChildError` when there is none in time."""
        found: list[bytes] = []
        stream = self._process.stdout if self._process else None
        if stream is None:
            raise ChildError(f"{self.name} was not started")
        reader = threading.Thread(target=lambda: found.append(stream.readline()), daemon=True)
        reader.start()
        reader.join(timeout_s)
        if not found:
            raise ChildError(f"{self.name} did not start within {timeout_s:.0f} s.\n{self.last_words()}")
        if not found[0]:
            raise ChildError(f"{self.name} ended before it was ready.\n{self.last_words()}")
        return found[0].decode()

    def ended(self) -> int | None:
        """Its exit code once it has ended."""
        return None if self._process is None else self._process.poll()

    def last_words(self) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def stop(self) -> None:
        """Ask it to end by closing its input; insist after a while."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        insistence: tuple[Callable[[], None], ...] = (self._process.terminate, self._process.kill)
        for insist in insistence:
            try:
                self._process.wait(GRACE_S)
                break
            except subprocess.TimeoutExpired:
                insist()
        self._process.wait()
        for stream in (self._process.stdout, self._log):
            if stream is not None:
                stream.close()
        self._process = None


def start_world(
    data_dir: Path,
    *,
    seed: int,
    faults: Sequence[str],
    environ: Mapping[str, str],
    speed: int = 1,
    options: Sequence[str] = (),
) -> tuple[Child, Mapping[str, str]]:
    """The rehearsal world, and the environment that the others need to go with it. `options` are more of the
    world's own. Raises `ChildError`.
    """
    command = ["rehearsal", "--state-dir", str(data_dir / "world"), "--exit-with-stdin"]
    command += ["--seed", str(seed), "--speed", str(speed), *options]
    for fault in faults:
        command += ["--fault", fault]
    log = data_dir / "logs" / "world.log"
    own = {name: value for name, value in environ.items() if name in WORLD_NEEDS}
    world = Child(name="the rehearsal world", command=command, environ=own, log=log, reads_line=True)
    world.start()
    try:
        said = json.loads(world.first_line(WORLD_START_S))
    except ChildError:
        world.stop()
        raise
    from dashboard.settings import REHEARSAL_SPEED, REHEARSAL_TOKEN, REHEARSAL_URL

    found = {
        **said["environment"],
        REHEARSAL_URL: said["control_url"],
        REHEARSAL_TOKEN: said["control_token"],
        REHEARSAL_SPEED: str(speed),
    }
    return world, {**environ, **found}


class Stop:
    """Whether a signal has told this process to end.

    A handler runs in the middle of what its thread does. A `threading.Event` that is being waited for holds a
    lock for a moment, and a handler that sets it in that moment waits for itself for ever; a `SimpleQueue`
    may be put into from a handler.
    """

    def __init__(self) -> None:
        self._told: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """From a handler of a signal, too."""
        self._told.put(None)

    def wait(self, timeout_s: float) -> bool:
        """Whether it is told within this time; once told, it stays so."""
        try:
            self._told.get(timeout=timeout_s)
        except Empty:
            return False
        self.set()
        return True


def keep_running(children: Sequence[Child], stop: Stop, say: Callable[[str], None]) -> None:
    """Watch until told to stop; a child that died is started again, unless its input is wrong."""
    while not stop.wait(RESTART_AFTER_S):
        for child in children:
            code = child.ended()
            if code == CONFIGURATION_ERROR:
                raise ChildError(child.last_words())
            if code is not None:
                say(f"{child.name} ended with code {code} and is started again; its log is {child.log}")
                child.stop()
                child.start()


def stop_on_signals(stop: Stop) -> None:
    """Ctrl-C and a polite kill both end everything."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())


def end_with_stdin(on_end: Callable[[], None]) -> None:
    """Call `on_end` when standard input closes: how a child learns that its parent is gone."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            continue
        on_end()

    threading.Thread(target=watch, daemon=True).start()


def end_this_process() -> None:
    """Stop a server politely, and for certain after a while."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S - 1)
    os._exit(0)
