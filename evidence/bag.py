"""BagIt 1.0 in a ZIP: each file with its SHA-256. It shows damage, and says nothing about an author.

The same files give the same bytes: sorted names, one date, nothing compressed. Files are streamed; nothing is
held whole but their names and digests.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from evidence.layout import DECLARATION, INFO, MANIFEST, TAG_MANIFEST, TAGS, TOP

DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
DATE = (1980, 1, 1, 0, 0, 0)
MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_LARGE = (1 << 31) - 1
"""From here on a ZIP counts in 64 bits."""


class BagError(Exception):
    """A bag cannot be written: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file: its name below the top folder, and its bytes whenever they are asked for."""

    name: str
    size: int
    digest: str
    chunks: Callable[[], Iterable[bytes]]

    @classmethod
    def of(cls, name: str, data: bytes) -> Part:
        """A small file."""
        return cls(name=name, size=len(data), digest=sha256(data).hexdigest(), chunks=lambda: (data,))


def manifest(digests: Iterable[tuple[str, str]]) -> bytes:
    """A manifest of these names and digests, in the order of the names, as `sha256sum -c` reads it."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests)).encode()


def info(*, octets: int, files: int) -> bytes:
    """What `bag-info.txt` says: how much payload there is, and nothing of when or where."""
    return f"Bag-Software-Agent: golive\nPayload-Oxum: {octets}.{files}\n".encode()


def tag_manifest(digests: Mapping[str, str]) -> bytes:
    """The manifest of the tag files, whose digests are among these."""
    return manifest((name, digests[name]) for name in TAGS)


def tags_of(payload: Sequence[Part]) -> list[Part]:
    """The four tag files of this payload."""
    octets = sum(part.size for part in payload)
    tags = [
        Part.of(INFO, info(octets=octets, files=len(payload))),
        Part.of(DECLARATION, DECLARED),
        Part.of(MANIFEST, manifest((part.name, part.digest) for part in payload)),
    ]
    return [*tags, Part.of(TAG_MANIFEST, tag_manifest({tag.name: tag.digest for tag in tags}))]


def write_bag(payload: Sequence[Part], out: BinaryIO) -> None:
    """Write a bag of these files. Raises `BagError` where a file is not what was said of it."""
    if not out.seekable():
        raise BagError("got a stream without places, expected a file: a ZIP's sizes stand before its bytes")
    parts = sorted((*payload, *tags_of(payload)), key=lambda part: part.name)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bag:
        for part in parts:
            _write(bag, part)


def _write(bag: zipfile.ZipFile, part: Part) -> None:
    member = zipfile.ZipInfo(TOP + part.name, DATE)
    member.create_system, member.external_attr = _UNIX, MODE
    digest, size = sha256(), 0
    with bag.open(member, "w", force_zip64=part.size > _LARGE) as stream:
        for chunk in part.chunks():
            digest.update(chunk)
            size += len(chunk)
            stream.write(chunk)
    if (size, digest.hexdigest()) != (part.size, part.digest):
        raise BagError(
            f"got {size} bytes for {part.name} that are not those of its hash {part.digest[:12]}, expected "
            f"{part.size}; it is damaged, or was changed meanwhile"
        )
