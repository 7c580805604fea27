"""Signs the heads of a log, and refuses one that does not go on from the last one it signed.

What was signed last is kept in a file beside the key, outside the database: whoever turns the database back
cannot have its old head signed again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.checkpoint import Checkpoint, CheckpointError, parse, sign
from evidence.tree import root_of


class HeadError(Exception):
    """A head is not signed: got, expected."""


class HeadUnkeptError(HeadError):
    """What was signed last cannot be kept, and so nothing is: it may be once there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSigner:
    """Signs for one log. `folder` keeps a note for each log that was ever signed."""

    origin: str
    key: Ed25519PrivateKey
    folder: Path

    def sign(self, leaves: Sequence[bytes]) -> bytes:
        """The note over all these leaf hashes. Raises `HeadError` where they are not what was signed and
        more; signing the same head again gives the same note. Those who sign at once take turns.
        """
        with self._alone():
            return self._sign(leaves)

    def _sign(self, leaves: Sequence[bytes]) -> bytes:
        before = self.last()
        if before is not None:
            if before.size > len(leaves):
                raise HeadError(
                    f"got {len(leaves)} records, expected at least the {before.size} that were signed: "
                    "the log was turned back"
                )
            if root_of(leaves[: before.size]) != before.root:
                raise HeadError(f"got other records than the {before.size} that were signed: rewritten")
        note = sign(Checkpoint(origin=self.origin, size=len(leaves), root=root_of(leaves)), self.key)
        self._keep(note)
        return note

    def last(self) -> Checkpoint | None:
        """What was signed last. Raises `HeadError` where the file is there and cannot be read."""
        try:
            return parse(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, CheckpointError) as error:
            raise HeadError(
                f"got {error} for {self._file}, expected the note that was signed last"
            ) from error

    @property
    def _file(self) -> Path:
        return self.folder / note_file(self.origin)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Without this the shorter of two heads that are signed at once might be the one that is remembered.
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            opened = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            raise _unkept(self.folder, error) from error
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
        finally:
            os.close(opened)

    def _keep(self, note: bytes) -> None:
        remember(self.folder, self.origin, note)


def note_file(origin: str) -> str:
    """The name of the file that remembers the head of this log that was signed last."""
    return f"{sha256(origin.encode()).hexdigest()[:32]}.note"


def remembered(folder: Path) -> dict[str, bytes]:
    """What was signed last of every log, by the log's name. Raises `HeadError` for a file that is no note."""
    found = {}
    for file in sorted(folder.glob("*.note")):
        try:
            note = file.read_bytes()
            origin = parse(note).origin
        except (OSError, CheckpointError) as error:
            raise HeadError(f"got {error} for {file}, expected the note that was signed last") from error
        found[origin] = note
    return found


def remember(folder: Path, origin: str, note: bytes) -> None:
    """Keep this as what was signed last of a log. Raises `HeadUnkeptError`, and the one before stays."""
    file = folder / note_file(origin)
    fresh = file.with_suffix(".new")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with fresh.open("wb") as stream:
            stream.write(note)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    except OSError as error:
        raise _unkept(folder, error) from error


def _unkept(folder: Path, error: OSError) -> HeadUnkeptError:
    return HeadUnkeptError(
        f"got {error.strerror!r} when keeping a head in {folder}; nothing was signed, make room there and do "
        "it again"
    )
