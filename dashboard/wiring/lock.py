"""One golive at a time in one data folder: two rehearsal worlds over the same files would ruin each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ELSEWHERE = "expected a folder of its own; open that one, or start with --data-dir OTHER"


class FolderTakenError(Exception):
    """Another golive runs in this folder; the message says which, and the mend."""


@contextmanager
def holding_alone(data_dir: Path) -> Iterator[None]:
    """Hold the folder for something that needs it alone; nothing is started there meanwhile."""
    mend = "expected nobody at work there; end it, and do it again"
    with holding(data_dir, "rehearsal", mend=mend), holding(data_dir, "launch", mend=mend):
        yield


@contextmanager
def holding(data_dir: Path, what: str, *, mend: str = ELSEWHERE) -> Iterator[None]:
    """Hold the folder for a rehearsal or a launch; the system lets go of it when the process ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / f"{what}.lock"
    with file.open("a+", encoding="ascii") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            opened.seek(0)
            holder = opened.read().strip() or "another process"
            raise FolderTakenError(f"a {what} already runs in {data_dir} ({holder}), {mend}") from error
        opened.truncate(0)
        opened.write(f"process {os.getpid()}")
        opened.flush()
        yield
