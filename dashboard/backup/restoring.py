"""Puts a backup back: all of it is looked at first, and nobody else may be at work meanwhile.

Numbered, because the order is what keeps a kill from leaving something between old and new:
1. every sum, every row and every log of the file;
2. that the place is free, of the same environment, and that no log is turned back;
3. blobs, which harm nobody where they are too many;
4. the store, in one transaction: before it ends all is as it was;
5. what was signed last, and which receipts went: without it golive goes on as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from collectors.observation import Environment
from dashboard.backup.archive import Archive
from dashboard.backup.errors import ArchiveError, OccupiedError
from dashboard.backup.logs import (
    Following,
    LogCopy,
    Point,
    followed,
    points_of,
    receipt_points,
    refuse_behind,
)
from dashboard.backup.rows import read_rows
from dashboard.backup.taking import EVERY, Place, Told
from dashboard.store.copying import Replacing, Row, replacing
from dashboard.store.errors import NewerSchemaError, WrongEnvironmentError
from dashboard.store.schema import SCHEMA
from evidence.blobs import BlobError, Blobs
from evidence.checkpoint import CheckpointError, parse
from evidence.heads import note_file, remember, remembered

_SCHEMA = re.compile("(?!0000)[0-9]{4}")
_MARK = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A backup in which every sum is right. `lacking` are blobs that its records vouch for and it has not."""

    environment: Environment
    logs: Mapping[str, LogCopy]
    notes: Mapping[str, bytes]
    blobs: frozenset[str]
    lacking: tuple[str, ...]
    rows: int
    runs: int


def check(archive: Archive, *, told: Told) -> Checked:
    """Go through all of a backup; nothing is written. Raises `ArchiveError` and `NewerSchemaError`."""
    manifest = archive.manifest
    if not _SCHEMA.fullmatch(manifest.schema) or not all(map(_MARK.fullmatch, manifest.sent)):
        raise ArchiveError("got a manifest that golive did not write, expected a schema and marks")
    if manifest.schema > SCHEMA:
        raise NewerSchemaError(
            f"Got a backup of schema {manifest.schema}, made by golive {manifest.golive[:40]}, expected "
            f"{SCHEMA} or older; restore it with that golive or a newer one."
        )
    following, done, rows, total = Following(), 0, 0, archive.octets
    for name in archive.names("store"):
        table, found = read_rows(_table(name), archive.lines(name))
        for row in found:
            following.take(table, row)
            rows += 1
            if rows % EVERY == 0:
                told("checking", done, total)
        done += archive.size(name)
    for name in archive.names("blobs"):
        if sha256(archive.blob(name)).hexdigest() != name.removeprefix("blobs/"):
            raise ArchiveError(f"got {name} with another SHA-256 than its name, expected a whole backup")
        told("checking", done := done + archive.size(name), total)
    logs, blobs = following.logs(), frozenset(each.removeprefix("blobs/") for each in archive.names("blobs"))
    return Checked(
        environment=_environment(archive, following),
        logs=logs,
        notes=dict(_notes(archive)),
        blobs=blobs & following.vouched,
        lacking=tuple(sorted(following.vouched - blobs)),
        rows=rows,
        runs=following.runs,
    )


def restore(
    archive: Archive,
    checked: Checked,
    place: Place,
    *,
    receipts: Mapping[str, bytes],
    replace: bool,
    told: Told,
) -> int:
    """Put it back; how many blobs were not there. Raises `BackupError`, `WrongEnvironmentError`,
    `StoreError`, `HeadError` and `BlobError`; before the transaction of the store ends, all is as it was.
    """
    signed = remembered(place.heads)
    points = [*receipt_points(checked.logs, receipts), *_signed_points(signed, checked)]
    with replacing(place.url) as database:
        there = _present(database, checked.environment, replace=replace)
        refuse_behind(checked.logs, [*points, *points_of(there)])
        kept = _put_blobs(archive, checked, place.blobs, told)
        _fill(archive, checked, database, told)
    for origin, note in _newest(checked, signed).items():
        remember(place.heads, origin, note)
    if archive.manifest.sent:
        place.sent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for mark in archive.manifest.sent:
        (place.sent / mark).touch()
    return kept


def _table(name: str) -> str:
    return name.removeprefix("store/").removesuffix(".ndjson")


def _environment(archive: Archive, following: Following) -> Environment:
    got = ", ".join(sorted(each[:40] for each in following.environments)) or "no environment"
    if following.environments != {archive.manifest.environment} or not following.has_identity:
        raise ArchiveError(
            f"got rows of {got}, expected {archive.manifest.environment[:40]} alone, as its manifest says"
        )
    try:
        return Environment(archive.manifest.environment)
    except ValueError:
        raise ArchiveError(
            "got an environment that golive does not know, expected live or rehearsal"
        ) from None


def _notes(archive: Archive) -> Iterator[tuple[str, bytes]]:
    for name in archive.names("heads"):
        note = archive.blob(name)
        try:
            origin = parse(note).origin
        except CheckpointError as error:
            raise ArchiveError(f"got {name} that is no head ({error}), expected a whole backup") from error
        if name != f"heads/{note_file(origin)}":
            raise ArchiveError(
                f"got the head of {origin} as {name}, expected a backup that golive has written"
            )
        yield origin, note


def _signed_points(signed: Mapping[str, bytes], checked: Checked) -> Iterator[Point]:
    """What was signed last here, but for logs that were no part of the store at the backup either."""
    for origin, note in signed.items():
        known = parse(note)
        foreign = checked.notes.get(origin) if origin not in checked.logs else None
        if foreign is None or parse(foreign).size < known.size:
            yield Point(who="what was signed last here", at=known)


def _present(database: Replacing, environment: Environment, *, replace: bool) -> Mapping[str, LogCopy]:
    """The logs that are there. Raises where they may not be replaced."""
    present = database.present
    if present is None:
        return {}
    if present.environment is not environment:
        raise WrongEnvironmentError(
            f"Got a backup of {environment.value} for a store of {present.environment.value} at "
            f"{present.called}, expected the same; the two never share a database."
        )
    following = followed(present)
    if following.runs and not replace:
        raise OccupiedError(
            f"got a store with {_counted(following.runs)} at {present.called}, expected an empty one; with "
            "--replace it is replaced by the backup"
        )
    return following.logs()


def _counted(runs: int) -> str:
    return "a run" if runs == 1 else f"{runs} runs"


def _put_blobs(archive: Archive, checked: Checked, blobs: Blobs, told: Told) -> int:
    kept = 0
    for number, digest in enumerate(sorted(checked.blobs), start=1):
        if not _is_whole(blobs, digest):
            data = archive.blob(f"blobs/{digest}")
            if blobs.size(digest) is not None:
                blobs.erase(digest)  # a damaged one, which keeping it again would leave
            blobs.put(data)
            kept += 1
        told("blobs", number, len(checked.blobs))
    return kept


def _is_whole(blobs: Blobs, digest: str) -> bool:
    try:
        stream = blobs.open(digest)
    except BlobError:
        return False
    if stream is None:
        return False
    with stream:
        return sha256(stream.read()).hexdigest() == digest


def _fill(archive: Archive, checked: Checked, database: Replacing, told: Told) -> None:
    shapes = database.begin(archive.manifest.schema)
    there = {_table(name) for name in archive.names("store")}
    if there != set(shapes):
        odd = min(there ^ set(shapes))
        raise ArchiveError(f"got {odd} on one side alone, expected the tables of {archive.manifest.schema}")
    done = 0

    def counted(rows: Iterator[Row]) -> Iterator[Row]:
        nonlocal done
        for row in rows:
            yield row
            done += 1
            if done % EVERY == 0:
                told("rows", done, checked.rows)

    for name, shape in shapes.items():
        table, rows = read_rows(name, archive.lines(f"store/{name}.ndjson"))
        if dict(table.columns) != dict(shape.columns) or len(table.columns) != len(shape.columns):
            raise ArchiveError(f"got other columns of {name}, expected those of {archive.manifest.schema}")
        database.fill(shape, [column for column, _ in table.columns], counted(rows))
    database.end({name: last for name, last in archive.manifest.last_ids.items() if name in shapes})
    told("rows", checked.rows, checked.rows)


def _newest(checked: Checked, signed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Of each log the largest head that anybody knows."""
    heads: Sequence[bytes] = [
        *signed.values(),
        *checked.notes.values(),
        *(note for log in checked.logs.values() for note in log.notes),
    ]
    found: dict[str, bytes] = {}
    for note in heads:
        head = parse(note)
        if head.origin not in found or parse(found[head.origin]).size < head.size:
            found[head.origin] = note
    return found
