"""The file of a backup: a ZIP of lines and blobs, and a manifest with the SHA-256 of each.

It is read as a file that may be cut off, damaged or meant to harm: no name of it ever becomes a path, nothing
is unpacked, and nothing of it is given out that does not have its sum.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from dashboard.backup.errors import ArchiveError

FORMAT: Final = "golive-backup/1"
MANIFEST: Final = "manifest.json"
MOST_OCTETS: Final = 64 << 30
MOST_FILES: Final = 2_000_000
MOST_MANIFEST: Final = 512 << 20
MOST_LINE: Final = 64 << 20
"""A line is a row; the longest of golive's own are the boards, of some kilobytes."""
MOST_BLOB: Final = 256 << 20
_CHUNK: Final = 1 << 18
_NAME: Final = re.compile(r"store/golive_[a-z_]{1,60}\.ndjson|blobs/[0-9a-f]{64}|heads/[0-9a-f]{32}\.note")
_LEVEL: Final = 1
"""Most of a store is JSON that shrinks tenfold at any level, and a backup should not take the hour's core."""
_DAMAGED: Final = "expected a whole backup: it is cut off or damaged, use another copy"


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A file of a backup."""

    name: str
    size: int
    sha256: str


class LogSize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far an evidence log goes in a backup; `root` is that of its tree."""

    run: int
    origin: str
    size: int
    root: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a backup holds. `last_ids` are the newest ids that were ever given, by table; `missing` the blobs
    that records vouch for and nobody had, `sent` the marks of the receipts that went.
    """

    format: str
    golive: str
    environment: str
    schema: str
    database: str
    made_at: str
    last_ids: dict[str, int]
    logs: tuple[LogSize, ...]
    missing: tuple[str, ...]
    sent: tuple[str, ...]
    files: tuple[File, ...]


@dataclass(slots=True)
class Writing:
    """A backup while it is written."""

    _zip: zipfile.ZipFile
    files: list[File] = field(default_factory=list)

    @contextmanager
    def file(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """What writes to one file."""
        summed, size = sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as out:

            def write(data: bytes) -> None:
                nonlocal size
                summed.update(data)
                size += len(data)
                out.write(data)

            yield write
        self.files.append(File(name=name, size=size, sha256=summed.hexdigest()))

    def end(self, manifest: Manifest) -> None:
        """The last of it; without it the file is no backup."""
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


@contextmanager
def writing(out: BinaryIO) -> Iterator[Writing]:
    """A backup to write. Raises `OSError`."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as opened:
        yield Writing(opened)


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup whose names and sizes are those of its manifest. Every method raises `ArchiveError`."""

    manifest: Manifest
    _zip: zipfile.ZipFile
    _files: Mapping[str, File]

    def names(self, folder: str) -> list[str]:
        """The files of one of its folders."""
        return [name for name in self._files if name.startswith(f"{folder}/")]

    def size(self, name: str) -> int:
        """How many bytes a file has."""
        return self._files[name].size

    @property
    def octets(self) -> int:
        """How many bytes all of them have."""
        return sum(each.size for each in self._files.values())

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file in pieces; after the last of them it is told where its sum is another."""
        expected, summed = self._files[name], sha256()
        with _damage(name), self._zip.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                summed.update(chunk)
                yield chunk
        if summed.hexdigest() != expected.sha256:
            raise ArchiveError(f"got another SHA-256 of {name} than its manifest says, {_DAMAGED}")

    def lines(self, name: str) -> Iterator[bytes]:
        """A file line by line."""
        left = b""
        for chunk in self.chunks(name):
            *whole, left = (left + chunk).split(b"\n")
            yield from whole
            if len(left) > MOST_LINE:
                raise ArchiveError(f"got a line of more than {MOST_LINE:,} bytes in {name}, expected rows")
        if left:
            raise ArchiveError(f"got a last line without an end in {name}, {_DAMAGED}")

    def blob(self, name: str) -> bytes:
        """A file at once."""
        if self.size(name) > MOST_BLOB:
            raise ArchiveError(f"got {self.size(name):,} bytes in {name}, expected {MOST_BLOB:,} at most")
        return b"".join(self.chunks(name))


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A backup to read. Raises `ArchiveError`, and `OSError` where there is no file to read."""
    with path.open("rb") as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError) as error:
            raise ArchiveError(f"got no ZIP ({error}), {_DAMAGED}") from error
        with archive:
            yield _checked(archive)


def _checked(archive: zipfile.ZipFile) -> Archive:
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise ArchiveError(f"got {len(members):,} files, expected {MOST_FILES:,} at most")
    _refuse_members(members)
    manifest = _manifest(archive)
    told = {each.name: each for each in manifest.files}
    there = {each.filename: each.file_size for each in members if each.filename != MANIFEST}
    stray = next((name for name in (*told, *there) if not _NAME.fullmatch(name)), None)
    if stray is not None:
        raise ArchiveError(f"got the file {stray[:80]!r}, which no backup holds")
    if len(told) != len(manifest.files) or len(there) != len(members) - 1:
        raise ArchiveError("got a file twice, expected each once")
    differs = next((name for name in sorted({*told, *there}) if _size(told, name) != there.get(name)), None)
    if differs is not None:
        raise ArchiveError(f"got another size of {differs} than its manifest says, {_DAMAGED}")
    total = sum(there.values())
    if total > MOST_OCTETS:
        raise ArchiveError(f"got {total:,} bytes, expected {MOST_OCTETS:,} at most")
    return Archive(manifest, archive, told)


def _size(told: Mapping[str, File], name: str) -> int | None:
    return told[name].size if name in told else None


def _refuse_members(members: list[zipfile.ZipInfo]) -> None:
    kinds = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    for member in members:
        if member.flag_bits & 1 or member.compress_type not in kinds:
            raise ArchiveError(
                f"got {member.filename[:80]!r} encrypted or packed in another way, expected what golive "
                "backup writes"
            )


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        info = archive.getinfo(MANIFEST)
    except KeyError:
        raise ArchiveError(f"got no {MANIFEST}, expected a file that golive backup has written") from None
    if info.file_size > MOST_MANIFEST:
        raise ArchiveError(
            f"got a {MANIFEST} of {info.file_size:,} bytes, expected no more than {MOST_MANIFEST:,}"
        )
    with _damage(MANIFEST):
        text = archive.read(info)
    try:
        form = msgspec.json.decode(text, type=_Form).format
        if form != FORMAT:
            raise ArchiveError(
                f"got the format {form[:40]!r}, expected {FORMAT}; restore it with a newer golive"
            )
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError(f"got a {MANIFEST} that does not read as one ({error}), {_DAMAGED}") from error


class _Form(msgspec.Struct, frozen=True):
    format: str


@contextmanager
def _damage(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ArchiveError(f"got {name} unreadable ({error}), {_DAMAGED}") from error
