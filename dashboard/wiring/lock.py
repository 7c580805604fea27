"""One golive at a time in one data folder: two rehearsal worlds over the same files would ruin each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderTakenError(Exception):
    """Another golive runs in this folder; the message says which, and the mend."""


@contextmanager
def holding(data_dir: Path, what: str) -> Iterator[None]:
    """Hold the folder for a rehearsal or a launch; the system lets go of it when the process ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / f"{what}.lock"
    with file.open("a+", encoding="ascii") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            opened.seek(0)
            holder = opened.read().strip() or "another process"
            raise FolderTakenError(
                f"a {what} already runs in {data_dir} ({holder}), expected a folder of its own; "
                "open that one, or start with --data-dir OTHER"
            ) from error
        opened.truncate(0)
        opened.write(f"process {os.getpid()}")
        opened.flush()
        yield
