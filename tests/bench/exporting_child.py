"""Fills a log with pictures, or writes its bundle and prints the peak of memory: one process each."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collectors.observation import Environment
from dashboard.sealing.exporting import export
from dashboard.store.store import Store, open_store
from dashboard.store.values import Run
from dashboard.version import VERSION
from evidence.blobs import FolderBlobs
from evidence.heads import HeadSigner
from evidence.keys import KeyRing, make_keys
from tests.bench.resident import peak_kb

PICTURE = 2_000_000
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def main() -> None:
    """`exporting_child FOLDER fill|export MEGABYTES`."""
    folder, what, megabytes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    url = f"sqlite:///{folder / 'golive.sqlite3'}"
    with open_store(url, environment=Environment.REHEARSAL, app_version=VERSION) as store:
        if what == "fill":
            _fill(store, folder, megabytes)
        else:
            run = store.newest_run()
            assert run is not None
            _export(store, run, folder)


def _fill(store: Store, folder: Path, megabytes: int) -> None:
    # What is loaded here is not in the memory that is measured.
    from dashboard.purchases import Ours
    from dashboard.wiring.sealing import Seal, origin_of, sealer_of
    from evidence.record import Kind
    from tests.dashboard.store.logs import draft
    from tests.dashboard.tower import LOADED

    run = store.open_run(plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=NOW)
    make_keys(folder / "keys")
    seal = Seal(ring=KeyRing(folder / "keys"), blobs=FolderBlobs(folder / "blobs"), authorities=())
    now = NOW + timedelta(minutes=1)
    sealer_of(seal, store, run, Ours(), lambda: now).resume()
    log = seal.log(store, run.id, origin_of(store, run))
    for number in range(max(1, megabytes * 1_000_000 // PICTURE)):
        blob = seal.blobs.put(os.urandom(PICTURE))
        log.append([draft(f"item/{number}", blob, kind=Kind.SCREENSHOT)], now)


def _export(store: Store, run: Run, folder: Path) -> None:
    keys = folder / "keys"
    heads = HeadSigner(
        origin=store.evidence.origin(run.id) or "", key=KeyRing(keys).keys().log, folder=keys / "heads"
    )
    with tempfile.TemporaryFile() as out:
        export(store, run, FolderBlobs(folder / "blobs"), heads, out)
        size = out.seek(0, 2)
    sys.stdout.write(json.dumps({"bytes": size, "peak_kb": peak_kb()}))


if __name__ == "__main__":
    main()
