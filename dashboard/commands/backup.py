"""`golive backup` and `golive restore`: all that an environment remembers, as one file, and back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from collectors.observation import Environment
from dashboard.backup.archive import opened
from dashboard.backup.errors import OccupiedError
from dashboard.backup.restoring import Checked
from dashboard.backup.restoring import check as check_archive
from dashboard.backup.restoring import restore as put_back
from dashboard.backup.taking import Taken, Told, take
from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.settings import Settings
from dashboard.steady import Host, SteadyClock
from dashboard.store.errors import WrongEnvironmentError
from dashboard.store.store import open_store
from dashboard.version import VERSION
from dashboard.wiring.backing_up import environment_there, place_of, refuse_no_room
from dashboard.wiring.lock import holding_alone

SHOWN = 10
"""So many missing blobs are named."""


def backup(settings: Settings, file: Path, *, environment: Environment | None, as_json: bool) -> Exit:
    """Write a backup. 0: written; 1: written, and blobs are missing; 3: not written."""
    with explained():
        if file.exists():
            raise OccupiedError(f"got {file}, which is there already, expected a new name for each backup")
        place = place_of(settings, environment_there(settings, environment))
        now = SteadyClock(Host()).now()
        with _fresh(file) as out, _progress() as told:
            taken = take(place, out, now=now, version=VERSION, told=told)
    if as_json:
        _write_json(_taken(file, taken))
    else:
        _print_taken(settings, file, taken)
    _print_missing(taken.manifest.missing)
    return Exit.NO_GO if taken.manifest.missing else Exit.GO


def restore(
    settings: Settings,
    file: Path,
    *,
    receipts: Sequence[Path],
    replace: bool,
    environment: Environment | None,
    as_json: bool,
) -> Exit:
    """Put a backup back. 0: restored; 1: restored, and blobs are missing; 3: refused or not done."""
    with explained():
        given = {str(each): each.read_bytes() for each in receipts}
        with opened(file) as archive, _progress() as told:
            checked = check_archive(archive, told=told)
            _refuse_other(checked.environment, environment)
            with holding_alone(settings.data_dir):
                refuse_no_room(settings, archive.octets)
                place = place_of(settings, checked.environment)
                put = put_back(archive, checked, place, receipts=given, replace=replace, told=told)
                # The first to open it brings SQLite back to its usual journal, and signs with our version.
                open_store(place.url, environment=checked.environment, app_version=VERSION).close()
            made_at = archive.manifest.made_at
    if as_json:
        _write_json(_restored(file, made_at, checked, put))
    else:
        _print_restored(settings, file, made_at, checked, put)
    _print_missing(checked.lacking)
    return Exit.NO_GO if checked.lacking else Exit.GO


def _refuse_other(found: Environment, wanted: Environment | None) -> None:
    if wanted is not None and found is not wanted:
        raise WrongEnvironmentError(
            f"got a backup of {found.value}, expected one of {wanted.value}; the two never meet"
        )


@contextmanager
def _fresh(file: Path) -> Iterator[BinaryIO]:
    """Under another name first, for its owner alone to read: a backup that is there is whole."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()


@contextmanager
def _progress() -> Iterator[Told]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done)

        yield told


def _taken(file: Path, taken: Taken) -> Mapping[str, object]:
    manifest = taken.manifest
    return {
        "file": str(file),
        "octets": file.stat().st_size,
        "environment": manifest.environment,
        "schema": manifest.schema,
        "database": manifest.database,
        "made_at": manifest.made_at,
        "runs": taken.runs,
        "rows": taken.rows,
        "blobs": _blobs(taken),
        "logs": manifest.logs,
        "missing": manifest.missing,
    }


def _restored(file: Path, made_at: str, checked: Checked, put: int) -> Mapping[str, object]:
    return {
        "file": str(file),
        "environment": checked.environment.value,
        "made_at": made_at,
        "runs": checked.runs,
        "rows": checked.rows,
        "blobs": len(checked.blobs),
        "blobs_put_back": put,
        "logs": {origin: len(log.leaves) for origin, log in checked.logs.items()},
        "missing": checked.lacking,
    }


def _print_taken(settings: Settings, file: Path, taken: Taken) -> None:
    manifest = taken.manifest
    OUT.print(
        f"{file}: {manifest.environment.upper()} as of {manifest.made_at}. Runs: {taken.runs}, "
        f"rows: {taken.rows:,}, blobs: {_blobs(taken):,}, bytes: {file.stat().st_size:,}",
        markup=False,
    )
    for log in manifest.logs:
        OUT.print(f"run {log.run}: {log.size} records of {log.origin}", markup=False)
    _print_apart(settings, "to be kept apart")


def _print_apart(settings: Settings, what_to_do: str) -> None:
    OUT.print(
        f"Not in it, and {what_to_do}: the keys in {settings.keys_dir}, fingerprint.key in "
        f"{settings.data_dir}, every setting.",
        markup=False,
    )


def _print_restored(settings: Settings, file: Path, made_at: str, checked: Checked, put: int) -> None:
    OUT.print(
        f"{checked.environment.upper()} is as of {made_at} again, from {file}. Runs: "
        f"{checked.runs}, rows: {checked.rows:,}, blobs: {len(checked.blobs):,}, of which put back: "
        f"{put:,}. What happened after that is not in it.",
        markup=False,
    )
    for log in checked.logs.values():
        OUT.print(f"run {log.run}: {len(log.leaves)} records of {log.origin}", markup=False)
    _print_apart(settings, "to be put back before the next start")


def _print_missing(missing: Sequence[str]) -> None:
    for digest in missing[:SHOWN]:
        ERR.print(
            f"missing: the blob {digest}, which a record vouches for and no erasure explains; without it "
            "golive verify will fail: look for it in an older backup",
            markup=False,
        )
    if len(missing) > SHOWN:
        ERR.print(f"missing: {len(missing) - SHOWN:,} more blobs (--json names all)", markup=False)


def _blobs(taken: Taken) -> int:
    return sum(1 for each in taken.manifest.files if each.name.startswith("blobs/"))


def _write_json(told: Mapping[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
