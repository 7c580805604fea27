"""Whether each byte of a ZIP that belongs to no file in it is what it must be.

Programs that read a ZIP pass over most of those bytes, so that something could be changed or hidden there
without anybody seeing it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from evidence.ahead import Ahead
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


class NoZipError(FramingError):
    """It is none at all, or none that can be looked at: got, expected."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A file in a ZIP: where its bytes are."""

    offset: int
    size: int


def framed(stream: BinaryIO) -> list[tuple[str, Framed]]:
    """Every file of a ZIP by its name, and where its bytes are.

    Raises `FramingError` at the first byte that is not as it must be: of all that a ZIP may be this takes the
    one form that golive writes.
    """
    end, size, start = _end(stream)
    stream.seek(start)
    directory = stream.read(end - start)
    found: list[tuple[str, Framed]] = []
    ahead = Ahead(stream)
    at = place = 0
    while at < size:
        name, raw, length = _entry(directory, at, start)
        head = _local(ahead, name, raw, place)
        found.append((name, Framed(place + head, raw.size)))
        at += length
        place += head + raw.size
    if at != size or place != start or directory[at:] not in _ends(len(found), size, start):
        raise FramingError(f"got another end of the ZIP at byte {start + at:,} than golive writes")
    return found


class _Told(NamedTuple):
    """What the directory says of a file."""

    crc: int
    size: int
    offset: int
    is_large: bool
    """Whether the file says that its numbers are of 64 bits, here or before its bytes."""
    is_large_here: bool


def _end(stream: BinaryIO) -> tuple[int, int, int]:
    """Where a ZIP ends, how long its directory is, and where that begins."""
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _END.size))
    data = stream.read()
    if len(data) != _END.size or not data.startswith(b"PK\x05\x06"):
        raise NoZipError("got a file that does not end as a ZIP does: it is cut off, or no bundle at all")
    size, start = _END.unpack(data)[5:7]
    tail = end - _END.size - size
    if size > MOST_DIRECTORY:
        raise NoZipError(f"got a ZIP with a directory above {MOST_DIRECTORY:,} bytes, expected less")
    if start == _FULL or start + size + _END.size != end:
        start = tail - _END_LARGE.size - _LOCATOR.size
    if start < 0:
        raise NoZipError("got a ZIP whose directory is not there: it is cut off, or no bundle at all")
    return end, size, start


def _entry(directory: bytes, at: int, start: int) -> tuple[str, _Told, int]:
    """A file's name, what the directory says of it, and how long the entry is.

    Whether a number stands in 64 bits is as the entry says itself.
    """
    if len(directory) < at + _ENTRY.size:
        raise _wrong_entry(start + at)
    told = _ENTRY.unpack_from(directory, at)
    version, crc, size, offset = told[2], told[7], told[9], told[-1]
    name = directory[at + _ENTRY.size : at + _ENTRY.size + told[10]]
    numbers: list[int] = []
    if _FULL in {size, offset}:
        count = 2 * (size == _FULL) + (offset == _FULL)
        extra = directory[at + _ENTRY.size + len(name) :][: 4 + 8 * count]
        if len(extra) != 4 + 8 * count:
            raise _wrong_entry(start + at)
        numbers = list(struct.unpack(f"<{count}Q", extra[4:]))
    large = struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    lengths = (len(name), len(large), 0, 0, 0)
    fixed = _ENTRY.pack(
        b"PK\x01\x02", _UNIX << 8 | version, version, 0, 0, 0, _DAY, crc, size, size, *lengths, MODE, offset
    )
    is_whole = directory.startswith(fixed + name + large, at)
    if not is_whole or version not in {_PLAIN, _LARGE} or not name.isascii():
        raise _wrong_entry(start + at)
    real_size = numbers[0] if size == _FULL else size
    place = numbers[-1] if offset == _FULL else offset
    real = _Told(crc, real_size, place, version == _LARGE, bool(numbers))
    return name.decode(), real, len(fixed) + len(name) + len(large)


def _wrong_entry(at: int) -> FramingError:
    return FramingError(f"got another directory entry at byte {at:,} of the ZIP than golive writes")


def _local(ahead: Ahead, name: str, told: _Told, at: int) -> int:
    """The length of what stands before a file's bytes."""
    head = ahead.read(at, _LOCAL.size + len(name) + _LOCAL_LARGE.size)
    is_large = head[_LOCAL.size - 2 : _LOCAL.size] == _LONGER
    size = _FULL if is_large else told.size
    extra = _LOCAL_LARGE.pack(1, 16, told.size, told.size) if is_large else b""
    version = _LARGE if is_large else _PLAIN
    lengths = (len(name), len(extra))
    fixed = _LOCAL.pack(b"PK\x03\x04", version, 0, 0, 0, _DAY, told.crc, size, size, *lengths)
    expected = fixed + name.encode() + extra
    is_right = told.offset == at and told.is_large == (is_large or told.is_large_here)
    if not is_right or not head.startswith(expected):
        raise FramingError(f"got another head of {name} in the ZIP at byte {at:,} than golive writes")
    return len(expected)


def _ends(count: int, size: int, start: int) -> Iterator[bytes]:
    """How a ZIP with such a directory may end: plainly where the numbers are small enough, or in 64 bits."""
    counts = (min(count, _FULL_COUNT),) * 2
    plain = _END.pack(b"PK\x05\x06", 0, 0, *counts, min(size, _FULL), min(start, _FULL), 0)
    if max(size, start) < _FULL and count < _FULL_COUNT:
        yield plain
    end = _END_LARGE.pack(b"PK\x06\x06", 44, _LARGE, _LARGE, 0, 0, count, count, size, start)
    yield end + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1) + plain
