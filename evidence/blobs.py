"""What records vouch for, kept by its own hash: a blob that is there is whole."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, Protocol

DIGEST = re.compile(r"[0-9a-f]{64}")
"""How a blob is named."""


class BlobError(Exception):
    """A blob could not be kept or read: got, expected, the mend."""


class Blobs(Protocol):
    """Where blobs are kept."""

    def put(self, data: bytes) -> str:
        """Keep this for good before returning; its SHA-256. Raises `BlobError`, and keeps nothing then."""

    def open(self, digest: str) -> BinaryIO | None:
        """The blob of this SHA-256 as a stream, None where there is none. Raises `BlobError`."""

    def size(self, digest: str) -> int | None:
        """How many bytes it has, None where there is none."""

    def erase(self, digest: str) -> bool:
        """Delete it for good; whether it was there."""


@dataclass(frozen=True, slots=True)
class FolderBlobs:
    """Blobs as files of a folder, in a folder each by the first two digits of their names."""

    folder: Path

    def put(self, data: bytes) -> str:
        """Write it under another name first, so that no half of it is ever found under its own."""
        digest = sha256(data).hexdigest()
        file = self._file(digest)
        if file.exists():
            return digest
        temporary: str | None = None
        try:
            if not file.parent.exists():
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _sync(self.folder)
            opened, temporary = tempfile.mkstemp(dir=file.parent, prefix=".new-")
            with os.fdopen(opened, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(file)
            _sync(file.parent)
        except OSError as error:
            if temporary is not None:
                with suppress(OSError):
                    Path(temporary).unlink()
            raise BlobError(
                f"got {error.strerror!r} when keeping {len(data)} bytes in {self.folder}; nothing was kept, "
                "make room there and do it again"
            ) from error
        return digest

    def open(self, digest: str) -> BinaryIO | None:
        """Whatever lies under this name."""
        try:
            return self._file(digest).open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BlobError(f"got {error.strerror!r} for {self._file(digest)}, expected a blob") from error

    def size(self, digest: str) -> int | None:
        """Its length as the folder says."""
        try:
            return self._file(digest).stat().st_size
        except OSError:
            return None

    def erase(self, digest: str) -> bool:
        """Unlink it; what the disk keeps of it is the disk's affair, and the operator guide says so."""
        try:
            self._file(digest).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise BlobError(f"got {error.strerror!r} when erasing {self._file(digest)}") from error
        _sync(self._file(digest).parent)
        return True

    def damaged(self) -> Iterator[str]:
        """The names of blobs that are not what their name says."""
        for file in sorted(self.folder.glob("??/*")):
            if file.name.startswith("."):
                continue
            with file.open("rb") as stream:
                if file_digest(stream, "sha256").hexdigest() != file.name:
                    yield file.name

    def _file(self, digest: str) -> Path:
        # What is asked for may come from outside, and must never be a way to another folder.
        if not DIGEST.fullmatch(digest):
            raise BlobError("got a name that is no SHA-256 in lower-case hexadecimal, expected one")
        return self.folder / digest[:2] / digest


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
