"""`golive doctor`: versions, masked settings, the state of store and keys, and what is missing."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from collectors.observation import Environment
from dashboard.channels import apprise_channels
from dashboard.commands.terminal import OUT, Exit
from dashboard.launch.plan_file import LoadedPlan, PlanError
from dashboard.settings import SETTINGS, Settings, SettingsError
from dashboard.store.errors import StoreError, StoreMissingError, WrongEnvironmentError
from dashboard.version import VERSION
from dashboard.wiring.plans import open_existing_store, settings_from
from dashboard.wiring.resolve import Resolver, named_in
from dashboard.wiring.sealing import key_ring
from evidence.keys import LOG_FILE, NEXT_FILE, RECORDER_FILE, KeyFileError

LIBRARIES = ("streamlit", "stripe", "httpx", "pandas", "plotly", "sqlmodel", "pyjwt", "msgspec", "apprise")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

Row = tuple[str, str, bool]
"""What was looked at, what was found, and whether that is good."""


def doctor(*, data_dir: Path | None, plan: Path | None, as_json: bool) -> Exit:
    """Print every row. 0 when nothing is missing, 1 otherwise."""
    rows = list(_rows(data_dir, plan))
    if as_json:
        json.dump([{"what": what, "found": found, "ok": ok} for what, found, ok in rows], sys.stdout)
    else:
        width = max(len(what) for what, _, _ in rows)
        for what, found, ok in rows:
            OUT.print(f"{'ok     ' if ok else 'MISSING'} {what:<{width}}  {found}", markup=False)
    return Exit.GO if all(ok for _, _, ok in rows) else Exit.NO_GO


def _rows(data_dir: Path | None, plan: Path | None) -> Iterator[Row]:
    yield "golive", VERSION, True
    yield "Python", platform.python_version(), True
    for library in LIBRARIES:
        yield library, version(library), True
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    yield "Chromium (for browser tests and pictures only)", browser or "none found", True
    try:
        settings, loaded = settings_from(os.environ, data_dir=data_dir, plan=plan)
    except (SettingsError, PlanError, OSError) as error:
        yield "settings and plan", str(error), False
        return
    yield from _settings_rows(settings)
    yield from _plan_rows(loaded)
    yield from _key_rows(settings)
    is_live = Resolver(plan=loaded.plan, environ=os.environ).environment() is Environment.LIVE
    yield _signing_row(
        settings, Environment.LIVE, are_needed=is_live or _has_store(settings, Environment.LIVE)
    )
    yield _signing_row(settings, Environment.REHEARSAL, are_needed=False)
    for environment in Environment:
        yield from _store_rows(settings, environment)


def _settings_rows(settings: Settings) -> Iterator[Row]:
    shown = {
        "GOLIVE_DATA_DIR": str(settings.data_dir),
        "GOLIVE_PLAN": str(settings.plan),
        "GOLIVE_DATABASE_URL": "not set: SQLite"
        if settings.database_url is None
        else str(settings.database_url),
        "GOLIVE_HOST": settings.host,
        "GOLIVE_PORT": str(settings.port),
        "GOLIVE_NOTIFY": ", ".join(channel.name for channel in apprise_channels(settings.notify))
        or "not set: nobody is told",
        "GOLIVE_KEYS_DIR": str(settings.keys_dir),
        "GOLIVE_KEY_PASSPHRASE": "not set" if settings.passphrase is None else "set",
        "GOLIVE_TSA_URLS": ", ".join(each.name for each in settings.tsas) or "not set: no time stamps",
        "GOLIVE_RECEIPTS": ", ".join(channel.name for channel in apprise_channels(settings.receipts))
        or "not set: nobody gets one",
        "GOLIVE_ALLOWED_HOSTS": ", ".join(settings.allowed_hosts) or "loopback only",
    }
    for setting in SETTINGS:
        yield setting.name, shown[setting.name], True


def _plan_rows(loaded: LoadedPlan) -> Iterator[Row]:
    yield "plan", f"{loaded.plan.title}, sha256 {loaded.sha256}", True
    yield "environment", Resolver(plan=loaded.plan, environ=os.environ).environment().value, True
    needed_by: dict[str, tuple[str, bool]] = {}
    for key, name, optional in named_in(loaded.plan):
        needed_by.setdefault(name, (key, optional))
    for name, (key, optional) in needed_by.items():
        is_set = bool(os.environ.get(name))
        found = "set" if is_set else "default" if optional else "not set, golive serve needs it"
        yield f"{name} ({key})", found, is_set or optional


def _key_rows(settings: Settings) -> Iterator[Row]:
    key = settings.data_dir / "fingerprint.key"
    if not key.exists():
        yield "fingerprint key", "made at the first start", True
    elif key.stat().st_mode & 0o077:
        yield "fingerprint key", f"{key} is readable by others; run: chmod 600 {key}", False
    else:
        yield "fingerprint key", f"{key}, readable by its owner alone", True


def _signing_row(settings: Settings, environment: Environment, *, are_needed: bool) -> Row:
    """The keys that sign evidence. A rehearsal makes its own; a launch needs keys that somebody made."""
    name, ring = f"{environment.value} keys", key_ring(settings, environment)
    if not any((ring.folder / each).exists() for each in (RECORDER_FILE, LOG_FILE)):
        if environment is Environment.REHEARSAL:
            return name, "made at the first start", True
        return name, f"none in {ring.folder}; run: golive keys init --environment live", not are_needed
    try:
        ring.keys()
    except KeyFileError as error:
        return name, str(error), False
    if (ring.folder / NEXT_FILE).exists():
        mend = f"run: golive keys rotate --environment {environment.value}"
        return name, f"a rotation in {ring.folder} was begun and not ended; {mend}", False
    return name, f"{ring.folder}, readable by their owner alone", True


def _has_store(settings: Settings, environment: Environment) -> bool:
    try:
        with open_existing_store(settings, environment):
            return True
    except StoreError:
        return False


def _store_rows(settings: Settings, environment: Environment) -> Iterator[Row]:
    name = f"{environment.value} store"
    try:
        with open_existing_store(settings, environment) as store:
            state = store.describe()
    except StoreMissingError as error:
        yield name, str(error), True  # the first start makes it
        return
    except WrongEnvironmentError as error:
        yield name, str(error), settings.database_url is not None  # one address holds one environment
        return
    except StoreError as error:
        yield name, str(error), False
        return
    counts = ", ".join(f"{count} {table}" for table, count in state.counts.items())
    yield name, f"{state.url}, schema {state.schema}, {state.size_bytes} bytes, {counts}", True
    if state.integrity is not None:
        yield f"{name}, integrity", state.integrity, state.integrity == "ok"
