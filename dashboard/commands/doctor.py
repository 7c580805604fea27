"""`golive doctor`: versions, masked settings, the state of store and keys, and what is missing for what."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from collectors.observation import Environment
from dashboard.channels import apprise_channels
from dashboard.commands.terminal import OUT, Exit
from dashboard.entrance import PUBLIC_URL, TRUSTED_PROXIES
from dashboard.launch.plan_file import LoadedPlan, PlanError
from dashboard.settings import BLOBS_URL, DEFAULT_PLAN, SETTINGS, Settings, SettingsError
from dashboard.signin.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    COOKIE_SECRET,
    ISSUER,
    NEEDED,
    ROLES_CLAIM,
    ROSTER,
    Provider,
)
from dashboard.store.errors import StoreError, StoreMissingError, WrongEnvironmentError
from dashboard.store.schema import STARTERS
from dashboard.version import VERSION
from dashboard.wiring.door import refuse_unread_roster, refuse_wrong_door
from dashboard.wiring.plans import settings_from
from dashboard.wiring.resolve import STRIPE_API, Resolver, named_in, refused_key, unusable
from dashboard.wiring.sealing import blobs_of, key_ring
from dashboard.wiring.stores import open_existing_store
from evidence.blobs import BlobError
from evidence.keys import LOG_FILE, NEXT_FILE, RECORDER_FILE, KeyFileError

LIBRARIES = ("streamlit", "stripe", "httpx", "pandas", "plotly", "sqlmodel", "pyjwt", "msgspec", "apprise")
REHEARSAL = "What a rehearsal (golive) needs:"
LAUNCH = "What a launch (golive serve) needs besides:"
NOT_LIVE = f"it asks another Stripe than {STRIPE_API}, so that it proves nothing about live money"
NOBODYS = "0" * 64
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

Row = tuple[str, str, bool]
"""What was looked at, what was found, and whether that is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one use of golive needs. `counts` is whether what is missing for it makes the command fail."""

    name: str
    title: str
    rows: tuple[Row, ...]
    counts: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing that counts."""
        return not self.counts or all(ok for _, _, ok in self.rows)


def doctor(*, data_dir: Path | None, plan: Path | None, launch: bool, as_json: bool) -> Exit:
    """Print every row. 0 when nothing is missing, 1 otherwise; what a launch alone needs counts where one is
    asked for, by `launch` or a plan of one's own, or has begun.
    """
    parts = _parts(data_dir, plan, launch=launch)
    if as_json:
        rows = [
            {"for": part.name, "what": what, "found": found, "ok": ok}
            for part in parts
            for what, found, ok in part.rows
        ]
        json.dump(rows, sys.stdout)
    else:
        _print(parts)
    return Exit.GO if all(part.is_whole for part in parts) else Exit.NO_GO


def _print(parts: Sequence[Part]) -> None:
    width = max(len(what) for part in parts for what, _, _ in part.rows)
    for part in parts:
        OUT.print(part.title, markup=False)
        lacks = "MISSING" if part.counts else "not yet"
        for what, found, ok in part.rows:
            OUT.print(f"{'ok     ' if ok else lacks} {what:<{width}}  {found}", markup=False)


def _parts(data_dir: Path | None, plan: Path | None, *, launch: bool) -> Sequence[Part]:
    own = tuple(_own_rows())
    try:
        settings, loaded = settings_from(os.environ, data_dir=data_dir, plan=plan)
    except (SettingsError, PlanError, OSError) as error:
        rows = (*own, ("settings and plan", str(error), False))
        return [Part(name="rehearsal", title=REHEARSAL, rows=rows, counts=True)]
    has_store = _has_store(settings, Environment.LIVE)
    rehearsal = (*own, *_rehearsal_rows(settings, loaded))
    return [
        Part(name="rehearsal", title=REHEARSAL, rows=rehearsal, counts=True),
        Part(
            name="launch",
            title=LAUNCH,
            rows=tuple(_launch_rows(settings, loaded, has_store=has_store)),
            counts=launch or has_store or settings.plan != DEFAULT_PLAN,
        ),
    ]


def _own_rows() -> Iterator[Row]:
    yield "golive", VERSION, True
    yield "Python", platform.python_version(), True
    for library in LIBRARIES:
        yield library, version(library), True
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    yield "Chromium (for browser tests and pictures only)", browser or "none found", True


def _rehearsal_rows(settings: Settings, loaded: LoadedPlan) -> Iterator[Row]:
    yield from _settings_rows(settings)
    yield "plan", f"{loaded.plan.title}, sha256 {loaded.sha256}", True
    yield from _key_rows(settings)
    yield from _bucket_rows(settings)
    yield _signing_row(settings, Environment.REHEARSAL, are_needed=False)
    yield from _store_rows(settings, Environment.REHEARSAL)


def _launch_rows(settings: Settings, loaded: LoadedPlan, *, has_store: bool) -> Iterator[Row]:
    resolver = Resolver(plan=loaded.plan, environ=os.environ)
    environment = resolver.environment()
    is_live = environment is Environment.LIVE
    yield "environment", environment.value if is_live else f"{environment.value}: {NOT_LIVE}", True
    yield from _plan_rows(resolver)
    yield _door_row(settings, environment)
    are_needed = environment is Environment.LIVE or has_store
    yield _signing_row(settings, Environment.LIVE, are_needed=are_needed)
    yield from _store_rows(settings, Environment.LIVE)


def _settings_rows(settings: Settings) -> Iterator[Row]:
    shown = {
        "GOLIVE_DATA_DIR": str(settings.data_dir),
        "GOLIVE_PLAN": str(settings.plan),
        "GOLIVE_DATABASE_URL": "not set: SQLite"
        if settings.database_url is None
        else str(settings.database_url),
        BLOBS_URL: "not set: files" if settings.bucket is None else settings.bucket.called,
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
        **_provider_rows(settings.provider),
        PUBLIC_URL: str(settings.entrance.public or "not set"),
        TRUSTED_PROXIES: ", ".join(str(each) for each in settings.entrance.proxies)
        or "not set: no proxy is believed",
        "GOLIVE_API_TOKEN": "not set" if settings.api_token is None else "set",
        "GOLIVE_API_AUDIENCE": settings.api_audience or "not set: no token is believed",
    }
    for setting in SETTINGS:
        yield setting.name, shown[setting.name], True


def _provider_rows(provider: Provider | None) -> dict[str, str]:
    if provider is None:
        told = "not set: nobody signs in"
        return dict.fromkeys((*NEEDED, ROLES_CLAIM, ROSTER), told)
    return {
        ISSUER: provider.issuer,
        CLIENT_ID: provider.client_id,
        CLIENT_SECRET: "set",
        COOKIE_SECRET: "set",
        ROLES_CLAIM: provider.roles_claim,
        ROSTER: "not set: the claim says" if provider.roster is None else str(provider.roster),
    }


def _plan_rows(resolver: Resolver) -> Iterator[Row]:
    """What the plan leaves to the environment, and what of it a start would refuse."""
    needed_by: dict[str, tuple[str, bool]] = {}
    for key, name, optional in named_in(resolver.plan):
        needed_by.setdefault(name, (key, optional))
    faults, refused = dict(unusable(resolver)), refused_key(resolver)
    if refused is not None:
        faults["stripe.key"] = refused
    names = {key: name for key, name, _ in named_in(resolver.plan)}
    refusals = {names[key]: fault for key, fault in faults.items() if key in names}
    for name, (key, optional) in needed_by.items():
        is_set = bool(os.environ.get(name))
        found = "set" if is_set else "default" if optional else "not set"
        refusal = refusals.get(name) if is_set else None
        yield f"{name} ({key})", refusal or found, refusal is None and (is_set or optional)
    yield from ((f"plan's {key}", fault, False) for key, fault in faults.items() if key not in names)


def _door_row(settings: Settings, environment: Environment) -> Row:
    """Whether a start would refuse who could come in."""
    try:
        refuse_unread_roster(settings)
        refuse_wrong_door(settings, environment)
    except SettingsError as error:
        return "who can come in", str(error), False
    return "who can come in", "this machine alone" if settings.provider is None else "who signs in", True


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


def _bucket_rows(settings: Settings) -> Iterator[Row]:
    """Whether the bucket answers, by asking for a blob that nobody can have."""
    if settings.bucket is None:
        return
    try:
        blobs_of(settings, Environment.REHEARSAL).size(NOBODYS)
    except BlobError as error:
        yield "blobs", str(error), False
    else:
        yield "blobs", f"{settings.bucket.called} answers", True


def _has_store(settings: Settings, environment: Environment) -> bool:
    try:
        with open_existing_store(settings, environment):
            return True
    except StoreMissingError:
        return False
    except StoreError:  # there is something, which its row tells about
        return settings.database_url is None


def _store_rows(settings: Settings, environment: Environment) -> Iterator[Row]:
    name = f"{environment.value} store"
    try:
        with open_existing_store(settings, environment) as store:
            state = store.describe()
    except StoreMissingError:
        yield name, f"made at the first start of {STARTERS[environment]}", True
        return
    except WrongEnvironmentError as error:
        # One address holds one environment, which may be the other one's; a file of a folder holds its own.
        is_shared = settings.database_url is not None
        yield (
            name,
            "none: the database holds the other one's" if is_shared else str(error),
            is_shared,
        )
        return
    except StoreError as error:
        yield name, str(error), False
        return
    counts = ", ".join(f"{count} {table}" for table, count in state.counts.items())
    yield name, f"{state.url}, schema {state.schema}, {state.size_bytes} bytes, {counts}", True
    if state.integrity is not None:
        yield f"{name}, integrity", state.integrity, state.integrity == "ok"
