"""Runs a command of the operator on this machine, for its output; what becomes of that is decided elsewhere.

It gets no input, none of golive's own secrets, and ends with everything it started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from time import monotonic_ns
from typing import IO

from dashboard.sealing.commanding import Ran

MOST = 4_000_000
"""No more of a stream is looked through."""
SETTLE_S = 5.0
"""So long what a command printed may still be on its way once it has ended."""
_CHUNK = 1 << 16


class CommandError(Exception):
    """The command did not come to an end that can be shown: got, expected, the mend."""


def run_command(argv: Sequence[str], environ: Mapping[str, str], *, timeout_s: float) -> Ran:
    """Run it to its end. Raises `CommandError` where it cannot be run, takes longer, or prints too much."""
    program = shutil.which(argv[0], path=environ.get("PATH"))
    if program is None:
        raise CommandError(f'got the command "{argv[0]}", which is no program here; mend its name')
    with Path(program).open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    begun = monotonic_ns()
    with _started([program, *argv[1:]], environ) as process:
        out, err = _Stream(process, process.stdout), _Stream(process, process.stderr)
        code = _ended(process, timeout_s)
        duration_ms = (monotonic_ns() - begun) // 1_000_000
        is_whole = out.is_whole() and err.is_whole()
    if code is None:
        raise CommandError(
            f"got no end within {timeout_s:g} s, expected one; nothing was kept, give it longer (--timeout)"
        )
    if out.is_too_long or err.is_too_long:
        raise CommandError(
            f"got more than {MOST:,} bytes of output, expected less; nothing was kept, have it print less"
        )
    if not is_whole:
        raise CommandError(
            "got a command that left something running with its output still open, expected an end; nothing "
            "was kept, have it print to a file of its own"
        )
    return Ran(
        exit_code=code,
        duration_ms=duration_ms,
        stdout=out.text(),
        stderr=err.text(),
        program_sha256=digest,
    )


def _started(argv: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - what the operator asked for, without a shell
        argv,
        bufsize=0,  # a buffered stream that something else holds open could not be closed here
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        start_new_session=True,
    )


def _ended(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    """Its exit code; None where it had to be ended."""
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and whatever it has left behind in its session."""
    with suppress(ProcessLookupError, PermissionError):  # macOS: nothing but what has ended
        os.killpg(process.pid, signal.SIGKILL)


class _Stream:
    """One stream, read while the command runs; the first byte too many ends the command."""

    def __init__(self, process: subprocess.Popen[bytes], stream: IO[bytes] | None) -> None:
        self._process = process
        self._stream = stream
        self._data = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def is_too_long(self) -> bool:
        """Whether more was printed than is looked through."""
        return len(self._data) > MOST

    def is_whole(self) -> bool:
        """Whether it came to its end, once the command has ended."""
        self._thread.join(SETTLE_S)
        return not self._thread.is_alive()

    def text(self) -> str:
        """All of it."""
        return self._data.decode("utf-8", "replace")

    def _read(self) -> None:
        while self._stream is not None and not self.is_too_long and (read := self._stream.read(_CHUNK)):
            self._data += read
        if self.is_too_long:
            _end(self._process)
