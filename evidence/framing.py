"""Whether each byte of a ZIP that belongs to no file in it is what it must be.

Programs that read a ZIP pass over most of those bytes, so that something could be changed or hidden there
without anybody seeing it.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from evidence.bag import MODE

_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_LARGE = struct.Struct("<2H2Q")
_LONGER = _LOCAL_LARGE.size.to_bytes(2, "little")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_LARGE = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_DAY = 1 << 5 | 1
"""The first of January 1980, as a ZIP has it."""
_PLAIN, _LARGE, _UNIX = 20, 45, 3
_FULL, _FULL_COUNT = 0xFFFF_FFFF, 0xFFFF
MOST_DIRECTORY = 1 << 28


class FramingError(Exception):
    """A ZIP is not as golive writes it: got, expected, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """A file in a ZIP: where its bytes are."""

    offset: int
    size: int


def framed(stream: BinaryIO, members: Sequence[zipfile.ZipInfo]) -> Mapping[str, Framed]:
    """Where each member's bytes are. Raises `FramingError` at the first byte that is not as it must be."""
    found: dict[str, Framed] = {}
    at = 0
    large: set[str] = set()
    for member in members:
        told = _local(stream, member, at)
        if told > _LOCAL.size + len(member.filename):
            large.add(member.filename)
        found[member.filename] = Framed(offset=at + told, size=member.file_size)
        at += told + member.file_size
    _directory(stream, members, at, large)
    return found


def size_of_directory(stream: BinaryIO) -> int:
    """How long the directory at the end of a ZIP says it is. Raises `FramingError` where there is no end."""
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _END.size))
    data = stream.read()
    if len(data) != _END.size or not data.startswith(b"PK\x05\x06"):
        raise FramingError("got a file that does not end as a ZIP does: it is cut off, or no bundle at all")
    size: int = _END.unpack(data)[5]
    return size


def _local(stream: BinaryIO, member: zipfile.ZipInfo, at: int) -> int:
    """The length of what stands before a member's bytes."""
    name = member.filename.encode()
    stream.seek(at)
    head = stream.read(_LOCAL.size + len(name))
    is_large = len(head) >= _LOCAL.size and head[_LOCAL.size - 2 : _LOCAL.size] == _LONGER
    size = _FULL if is_large else member.file_size
    extra = _LOCAL_LARGE.pack(1, 16, member.file_size, member.file_size) if is_large else b""
    version = _LARGE if is_large else _PLAIN
    lengths = (len(name), len(extra))
    fixed = _LOCAL.pack(b"PK\x03\x04", version, 0, 0, 0, _DAY, member.CRC, size, size, *lengths)
    expected = fixed + name + extra
    if head + stream.read(len(extra)) != expected or member.header_offset != at:
        raise FramingError(
            f"got another head of {member.filename} in the ZIP at byte {at:,} than golive writes"
        )
    return len(expected)


def _directory(stream: BinaryIO, members: Sequence[zipfile.ZipInfo], start: int, large: set[str]) -> None:
    stream.seek(start)
    directory, at = stream.read(), 0
    for member in members:
        raw = directory[at : at + _ENTRY.size]
        if len(raw) != _ENTRY.size:
            raise FramingError(f"got a ZIP that is cut off at byte {start + at:,}")
        expected = _entry(member, raw, is_large=member.filename in large)
        if not directory.startswith(expected, at):
            raise FramingError(
                f"got another directory entry of {member.filename} at byte {start + at:,} than golive writes"
            )
        at += len(expected)
    if directory[at:] not in _ends(len(members), at, start):
        raise FramingError(f"got another end of the ZIP at byte {start + at:,} than golive writes")


def _entry(member: zipfile.ZipInfo, raw: bytes, *, is_large: bool) -> bytes:
    """The entry as it must be; whether a number stands in 64 bits is as it says itself."""
    told = _ENTRY.unpack(raw)
    is_long, is_far = told[8] == _FULL, told[-1] == _FULL
    numbers = [member.file_size] * 2 * is_long + [member.header_offset] * is_far
    extra = struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    version = _LARGE if is_large or numbers else _PLAIN
    size = _FULL if is_long else member.file_size
    offset = _FULL if is_far else member.header_offset
    name = member.filename.encode()
    return (
        _ENTRY.pack(
            b"PK\x01\x02",
            _UNIX << 8 | version,
            *(version, 0, 0, 0, _DAY),
            *(member.CRC, size, size),
            *(len(name), len(extra), 0, 0, 0),
            *(MODE, offset),
        )
        + name
        + extra
    )


def _ends(count: int, size: int, start: int) -> Iterator[bytes]:
    """How a ZIP with such a directory may end: plainly where the numbers are small enough, or in 64 bits."""
    counts = (min(count, _FULL_COUNT),) * 2
    plain = _END.pack(b"PK\x05\x06", 0, 0, *counts, min(size, _FULL), min(start, _FULL), 0)
    if max(size, start) < _FULL and count < _FULL_COUNT:
        yield plain
    end = _END_LARGE.pack(b"PK\x06\x06", 44, _LARGE, _LARGE, 0, 0, count, count, size, start)
    yield end + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1) + plain
