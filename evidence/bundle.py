"""Writes what an auditor takes away: all records of a log, what they vouch for, its heads and its tokens.

A bundle is the same to the byte each time it is written. That it can be verified is not said here, but by
`evidence.verification`, to somebody who holds the key, the roots and a receipt.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from evidence.bag import BagError, Part, write_bag
from evidence.envelope import EnvelopeError, opened
from evidence.layout import (
    HOW_TO,
    LEAVES,
    MINIMAL,
    MOST_RECORDS,
    PLAN,
    blob_name,
    is_known,
    note_name,
    record_name,
    token_name,
    view_name,
)
from evidence.record import RecordError, parsed
from evidence.tree import leaf_hash

_CHUNK = 1 << 18


class BundleError(Exception):
    """A bundle cannot be written: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into a bundle. `records` are the envelopes in order, and are gone through twice; `blob` opens
    what has this SHA-256, None where it was erased; `checkpoints` are notes by size, `anchors` the tokens
    over them by size and authority; `view` are files for reading, which prove nothing.
    """

    records: Iterable[bytes]
    blob: Callable[[str], BinaryIO | None]
    checkpoints: Mapping[int, bytes]
    anchors: Mapping[tuple[int, str], bytes]
    plan: bytes
    view: Mapping[str, bytes]


def write_bundle(contents: Contents, out: BinaryIO) -> None:
    """Write it, as a stream, to a file that is open for writing.

    Raises `BundleError` for what no bundle may hold, and where a blob is not what its name says.
    """
    payload = [*_records(contents), *_small(contents)]
    stray = next((part.name for part in payload if not is_known(part.name)), None)
    if stray is not None:
        raise BundleError(f"got the file {stray}, expected the names that a bundle has; mend its name")
    try:
        write_bag(payload, out)
    except BagError as error:
        raise BundleError(str(error)) from error


def program(name: str) -> bytes:
    """A file that goes into every bundle: `VERIFY.md` or `verify_min.py`."""
    return (importlib.resources.files("evidence") / name).read_bytes()


def _records(contents: Contents) -> Iterator[Part]:
    """The records, the list of their leaves and the blobs that they vouch for, all but the erased ones."""
    if isinstance(contents.records, Iterator):
        raise BundleError("got records that can be gone through once, expected a list: they are read twice")
    again = _Again(contents.records)
    leaves: list[str] = []
    blobs: dict[str, None] = {}
    for index, envelope in enumerate(contents.records):
        if index == MOST_RECORDS:
            raise BundleError(f"got more than {MOST_RECORDS:,} records, expected no more in one bundle")
        leaves.append(leaf_hash(envelope).hex())
        blobs.update(dict.fromkeys(_subjects(index, envelope)))
        yield Part(
            name=record_name(index),
            size=len(envelope),
            digest=sha256(envelope).hexdigest(),
            chunks=again.next,
        )
    if not leaves:
        raise BundleError("got no record, expected the genesis at least")
    yield Part.of(LEAVES, "".join(f"{leaf}\n" for leaf in leaves).encode())
    yield from _blobs(blobs, contents.blob)


class _Again:
    """The same records a second time, one by one, when their turn comes: none is held meanwhile."""

    def __init__(self, records: Iterable[bytes]) -> None:
        self._records = records
        self._left: Iterator[bytes] | None = None

    def next(self) -> Iterable[bytes]:
        """The next one."""
        if self._left is None:
            self._left = iter(self._records)
        return (next(self._left, b""),)


def _subjects(index: int, envelope: bytes) -> list[str]:
    try:
        return [subject.digest.sha256 for subject in parsed(opened(envelope).payload).subject]
    except (EnvelopeError, RecordError) as error:
        raise BundleError(f"got a record {index} that cannot be read: {error}") from error


def _blobs(digests: Iterable[str], opens: Callable[[str], BinaryIO | None]) -> Iterator[Part]:
    for digest in digests:
        stream = opens(digest)
        if stream is None:
            continue
        with stream:
            size = stream.seek(0, 2)
        yield Part(name=blob_name(digest), size=size, digest=digest, chunks=_Blob(digest, opens).chunks)


@dataclass(frozen=True, slots=True)
class _Blob:
    """A blob in pieces."""

    digest: str
    opens: Callable[[str], BinaryIO | None]

    def chunks(self) -> Iterator[bytes]:
        """Its pieces; none where it has gone meanwhile."""
        stream = self.opens(self.digest)
        if stream is None:
            return
        with stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def _small(contents: Contents) -> Iterator[Part]:
    yield Part.of(PLAN, contents.plan)
    yield Part.of(HOW_TO, program("VERIFY.md"))
    yield Part.of(MINIMAL, program("verify_min.py"))
    for size, note in contents.checkpoints.items():
        yield Part.of(note_name(size), note)
    for (size, tsa), token in contents.anchors.items():
        yield Part.of(token_name(size, tsa), token)
    for name, data in contents.view.items():
        yield Part.of(view_name(name), data)
