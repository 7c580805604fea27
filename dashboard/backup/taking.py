"""Takes a backup while golive runs: of one moment of the store, with what its records vouch for.

What was signed last is read before the store, and blobs after it: so no head is of records that are not in
the backup, and no record is without a blob that it had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from dashboard.backup.archive import FORMAT, LogSize, Manifest, Writing, writing
from dashboard.backup.logs import Following, followed
from dashboard.backup.rows import head_line, row_line
from dashboard.store.copying import Snapshot, snapshot
from evidence.blobs import BlobError, Blobs
from evidence.heads import note_file, remembered
from evidence.record import time_text
from evidence.tree import root_of

EVERY = 500
"""After so many rows it is told how far it is."""

Told = Callable[[str, int, int], None]
"""What is done, how much of it, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an environment remembers. `heads` are the notes that were signed last, `sent` the marks of the
    receipts that went; no key is in either.
    """

    url: str
    blobs: Blobs
    heads: Path
    sent: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a backup holds."""

    manifest: Manifest
    rows: int
    runs: int


def take(place: Place, out: BinaryIO, *, now: datetime, version: str, told: Told) -> Taken:
    """Write a backup. Raises `StoreError`, `HeadError`, `BlobError` where blobs cannot be asked for, and
    `OSError`; what was written then is no backup.
    """
    notes, sent = remembered(place.heads), _marks(place.sent)
    following, rows = Following(), 0
    with writing(out) as archive:
        with snapshot(place.url) as store:
            total = store.count()
            for rows in _copy(store, archive, following):
                told("rows", min(rows, total), total)
            last_ids, environment, schema = store.last_ids(), store.environment.value, store.schema
            database = store.database
        missing = tuple(_copy_blobs(place, archive, following, told))
        for origin, note in notes.items():
            with archive.file(f"heads/{note_file(origin)}") as write:
                write(note)
        manifest = Manifest(
            format=FORMAT,
            golive=version,
            environment=environment,
            schema=schema,
            database=database,
            made_at=time_text(now),
            last_ids=last_ids,
            logs=tuple(
                LogSize(each.run, each.origin, len(each.leaves), root_of(each.leaves).hex())
                for each in following.logs().values()
            ),
            missing=missing,
            sent=sent,
            files=tuple(archive.files),
        )
        archive.end(manifest)
    return Taken(manifest=manifest, rows=rows, runs=following.runs)


def _copy(store: Snapshot, archive: Writing, following: Following) -> Iterator[int]:
    done = 0
    for table in store.tables():
        with archive.file(f"store/{table.name}.ndjson") as write:
            write(head_line(table))
            for row in store.rows(table.name):
                following.take(table, row)
                write(row_line(row))
                done += 1
                if done % EVERY == 0:
                    yield done
    yield done


def _copy_blobs(place: Place, archive: Writing, following: Following, told: Told) -> Iterator[str]:
    """Copy what records vouch for; what nobody has, or has damaged."""
    gone = []
    wanted = sorted(following.vouched)
    for number, digest in enumerate(wanted, start=1):
        data = _whole(place.blobs, digest)
        if data is None:
            gone.append(digest)
        else:
            with archive.file(f"blobs/{digest}") as write:
                write(data)
        told("blobs", number, len(wanted))
    if gone:  # erased while this went on is not lost
        with snapshot(place.url) as store:
            now = followed(store)
        yield from (digest for digest in gone if digest in now.vouched)


def _whole(blobs: Blobs, digest: str) -> bytes | None:
    try:
        stream = blobs.open(digest)
    except BlobError:
        if blobs.size(digest) is None:  # raises where nobody answers, which is no damaged blob
            return None
        stream = None
    if stream is None:
        return None
    with stream:
        data = stream.read()
    return data if sha256(data).hexdigest() == digest else None


def _marks(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.name for file in folder.iterdir())) if folder.is_dir() else ()
