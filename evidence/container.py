"""Reads a bundle that may be meant to harm: a ZIP, or the folder that it was unpacked to.

Nothing is unpacked to disk, nothing is read whole that may be large, and nothing is let in that a bundle does
not hold.
"""

from __future__ import annotations

import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from evidence.ahead import Ahead
from evidence.framing import Framed, FramingError, NoZipError, framed
from evidence.layout import DECLARATION, REQUIRED, TOP, is_known

_CHUNK = 1 << 18


class ContainerError(Exception):
    """What was opened is no bundle, or not a safe one: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a bundle may be."""

    octets: int = 16 << 30
    files: int = 2_000_000


class Container(Protocol):
    """The files of a bundle by their names below its top folder."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How long each file is."""

    def read(self, name: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """So many bytes of a file from there on; all the rest where no length is given."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file in pieces; more than one thread may ask at a time."""


@contextmanager
def opened(path: Path, limits: Limits | None = None) -> Iterator[Container]:
    """A bundle. Raises `ContainerError` where it is none or not a safe one, and `OSError` where it cannot be
    read.
    """
    allowed = limits or Limits()
    if path.is_dir():
        yield _folder(path, allowed)
        return
    with path.open("rb", buffering=0) as stream:  # each read is of a place of its own
        yield _zip(path, stream, allowed)


@dataclass(frozen=True, slots=True)
class _Zip:
    path: Path
    ahead: Ahead
    places: Mapping[str, Framed]
    sizes: Mapping[str, int]

    def read(self, name: str, *, offset: int = 0, length: int | None = None) -> bytes:
        place = self.places[name]
        left = max(0, place.size - offset)
        wanted = left if length is None else min(left, length)
        return self.ahead.read(place.offset + offset, wanted)

    def chunks(self, name: str) -> Iterator[bytes]:
        place = self.places[name]
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(place.offset)
            for offset in range(0, place.size, _CHUNK):
                yield stream.read(min(_CHUNK, place.size - offset))


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path
    sizes: Mapping[str, int]

    def read(self, name: str, *, offset: int = 0, length: int | None = None) -> bytes:
        with (self.root / name).open("rb") as stream:
            stream.seek(offset)
            return stream.read() if length is None else stream.read(length)

    def chunks(self, name: str) -> Iterator[bytes]:
        with (self.root / name).open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def _zip(path: Path, stream: BinaryIO, limits: Limits) -> Container:
    try:
        files = framed(stream)
    except NoZipError as error:
        raise ContainerError(str(error)) from error
    except FramingError as error:
        _explain(stream, limits)
        text = f"{error}; if somebody packed it anew, unpack it and verify the folder"
        raise ContainerError(text) from error
    names = [_below(name) for name, _ in files]
    places = {name: place for name, (_, place) in zip(names, files, strict=True)}
    sizes = {name: place.size for name, place in places.items()}
    _check(sizes, names, limits)
    return _Zip(path, Ahead(stream), places, sizes)


def _explain(stream: BinaryIO, limits: Limits) -> None:
    """Raise `ContainerError` where a ZIP is not golive's for a reason that says more than at which byte."""
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OSError):
        return
    _refuse(members)
    names = [_below(member.orig_filename) for member in members]
    _check({name: member.file_size for name, member in zip(names, members, strict=True)}, names, limits)


def _refuse(members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ContainerError(f"got the link {member.orig_filename!r}, expected files alone")
        if member.flag_bits & 1:
            raise ContainerError(f"got {member.orig_filename!r} encrypted, expected plain files")
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise ContainerError(
                f"got {member.orig_filename!r} compressed, expected it stored as it is: a bundle holds no "
                "file that is larger than it looks"
            )


def _below(name: str) -> str:
    if "\\" in name or "\0" in name or ".." in name.split("/"):
        raise ContainerError(f"got the path {name!r}, which leads out of the bundle")
    if name.endswith("/"):
        raise ContainerError(f"got the folder {name!r} as an entry, expected files alone")
    if not name.startswith(TOP):
        raise ContainerError(f"got {name!r}, expected everything in the folder {TOP}")
    return name.removeprefix(TOP)


def _folder(path: Path, limits: Limits) -> Container:
    root = path if (path / DECLARATION).exists() else path / TOP
    if root != path and root.is_symlink():
        raise ContainerError(f"got the link {root}, expected files alone")
    if not root.is_dir():
        raise ContainerError(f"got a folder without {DECLARATION}, expected a bundle; it is no bundle at all")
    sizes = {file.relative_to(root).as_posix(): size for file, size in _files(root, limits)}
    _check(sizes, list(sizes), limits)
    return _Folder(root, sizes)


def _files(root: Path, limits: Limits) -> Iterator[tuple[Path, int]]:
    waiting, seen = [root], 0
    while waiting:
        for file in sorted(waiting.pop().iterdir()):
            seen += 1
            if seen > limits.files:
                raise ContainerError(f"got more than {limits.files:,} files, expected less")
            if file.is_symlink():
                raise ContainerError(f"got the link {file}, expected files alone")
            if file.is_dir():
                waiting.append(file)
            elif file.is_file():
                yield file, file.stat().st_size
            else:
                raise ContainerError(f"got {file}, which is no file, expected files alone")


def _check(sizes: Mapping[str, int], names: list[str], limits: Limits) -> None:
    if len(names) > limits.files:
        raise ContainerError(f"got {len(names):,} files, expected {limits.files:,} at most")
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise ContainerError(f"got {twice} twice, expected it once")
    total = sum(sizes.values())
    if total > limits.octets:
        raise ContainerError(f"got {total:,} bytes, expected {limits.octets:,} at most")
    missing = [name for name in REQUIRED if name not in sizes]
    if missing:
        raise ContainerError(f"got no {missing[0]}, expected a bundle; it is cut off, or no bundle at all")
    stray = next((name for name in sorted(sizes) if not is_known(name)), None)
    if stray is not None:
        raise ContainerError(f"got the file {stray}, which no bundle holds")
