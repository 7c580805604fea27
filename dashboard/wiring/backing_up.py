"""Where backups are taken from and put back to, by the settings."""

from __future__ import annotations

import shutil
from contextlib import suppress

from collectors.observation import Environment
from dashboard.backup.errors import OccupiedError
from dashboard.backup.taking import Place
from dashboard.settings import Settings
from dashboard.store.copying import snapshot
from dashboard.store.errors import StoreMissingError, WrongEnvironmentError
from dashboard.wiring.sealing import HEADS, blobs_of


def place_of(settings: Settings, environment: Environment) -> Place:
    """Where an environment remembers."""
    return Place(
        url=settings.store_url(environment).reveal(),
        blobs=blobs_of(settings, environment),
        heads=settings.keys_of(environment) / HEADS,
        sent=settings.receipts_of(environment),
    )


def environment_there(settings: Settings, wanted: Environment | None) -> Environment:
    """The environment of the store that is there; with both there, one must be named. Raises `StoreError`."""
    found: set[Environment] = set()
    for environment in [wanted] if wanted is not None else list(Environment):
        with suppress(StoreMissingError), snapshot(settings.store_url(environment).reveal()) as store:
            found.add(store.environment)
    if not found:
        raise StoreMissingError(
            f"got no store in {settings.data_dir} or at GOLIVE_DATABASE_URL, expected one; start golive "
            "once, or mend the address"
        )
    if len(found) > 1:
        raise StoreMissingError(
            "got a live and a rehearsal store, expected one; say --environment live or rehearsal"
        )
    (there,) = found
    if wanted is not None and there is not wanted:
        raise WrongEnvironmentError(f"got a {there.value} store, expected {wanted.value}; name the other one")
    return there


def refuse_no_room(settings: Settings, octets: int) -> None:
    """Raise `OccupiedError` where so much does not fit beside what is there."""
    if settings.database_url is not None and settings.bucket is not None:
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    if free < octets:
        raise OccupiedError(
            f"got {free:,} free bytes in {settings.data_dir}, expected the {octets:,} of the backup at "
            "least; make room there"
        )
