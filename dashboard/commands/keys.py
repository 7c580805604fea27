"""`golive keys`: makes the keys that sign evidence, shows their public halves, replaces the recorder's."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from collectors.observation import Environment
from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.sealing.reading import record_of
from dashboard.sealing.rotating import rotate
from dashboard.settings import PASSPHRASE, Settings, read_settings
from dashboard.steady import Host, SteadyClock
from dashboard.store.errors import StoreMissingError, WrongEnvironmentError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS
from dashboard.wiring.plans import settings_from
from dashboard.wiring.resolve import Resolver
from dashboard.wiring.sealing import Seal, key_ring
from dashboard.wiring.stores import open_existing_store
from evidence.checkpoint import log_key
from evidence.contents import Genesis, content
from evidence.keys import LOG_FILE, RECORDER_FILE, KeyFileError, Keys, make_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Vkey:
    """The line that an auditor pins for the log of one run."""

    run: int
    origin: str
    vkey: str
    is_closed: bool
    is_ours: bool
    """Whether the log's key that lies here is the one that the log began with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The public halves of the keys of one environment, in base64."""

    environment: str
    folder: str
    recorder: str
    log: str
    runs: tuple[Vkey, ...]


def environment_of(
    environ: Mapping[str, str], *, data_dir: Path | None, plan: Path | None, named: Environment | None
) -> tuple[Settings, Environment]:
    """The settings, and the environment that was named, else the one that the plan points to."""
    if named is not None:
        return read_settings(environ, data_dir=data_dir, plan=plan, plan_names=None), named
    settings, loaded = settings_from(environ, data_dir=data_dir, plan=plan)
    return settings, Resolver(plan=loaded.plan, environ=environ).environment()


def init(settings: Settings, environment: Environment) -> Exit:
    """Make both keys. 0: made; 3: there are some, or they cannot be written."""
    ring = key_ring(settings, environment)
    with explained():
        keys = make_keys(ring.folder, ring.passphrase)
    lock = (
        f"not encrypted; {PASSPHRASE} would encrypt them"
        if ring.passphrase is None
        else "encrypted by scrypt"
    )
    OUT.print(
        f"Made {RECORDER_FILE} and {LOG_FILE} in {ring.folder} ({environment.value}, {lock}).", markup=False
    )
    OUT.print(f"Recorder's public half: {keys.recorder_spki}", markup=False)
    OUT.print("Keep a copy of both where you alone get at it: without them no log can be gone on with.")
    return Exit.GO


def show(settings: Settings, environment: Environment | None, *, as_json: bool) -> Exit:
    """Print public halves and the vkey lines. 0: shown; 3: there are no keys, or they cannot be read."""
    environments = list(Environment) if environment is None else [environment]
    with explained():
        shown = [
            _shown(settings, each)
            for each in environments
            if environment is not None or _has_keys(settings, each)
        ]
    if not shown:
        ERR.print(f"got no keys in {settings.keys_dir}, expected some; run `golive keys init`", markup=False)
        return Exit.UNANSWERED
    if as_json:
        told = {"environments": [asdict(each) for each in shown]}
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        return Exit.GO
    for each in shown:
        _print(each)
    return Exit.GO


def rotate_recorder(settings: Settings, environment: Environment) -> Exit:
    """Replace the recorder's key. 0: done; 3: it could not be, and the key in force is as it was."""
    seal = Seal.of(settings, environment)
    with explained():
        _refuse_other_keys(settings, environment)
    with explained(), _store(settings, environment) as store:
        clock = SteadyClock(Host())
        if store is not None:
            clock.follow(store.time_base(COLLECTORS))
        done = rotate(store, seal, clock.now)
    told = ", ".join(map(str, done.runs))
    where = f"the open log of run {told} names it" if told else "no log is open"
    OUT.print(f"The recorder's key is replaced: {where}. The log's key and its vkey stay.", markup=False)
    OUT.print(f"Recorder's public half: {done.recorder}", markup=False)
    return Exit.GO


def _refuse_other_keys(settings: Settings, environment: Environment) -> None:
    """Where the keys of the other environment alone lie here, that one was meant. Raises `KeyFileError`."""
    others = [each for each in Environment if each is not environment and _has_keys(settings, each)]
    if others and not _has_keys(settings, environment):
        other, folder = others[0].value, settings.keys_of(environment)
        raise KeyFileError(
            f"got no {environment.value} keys in {folder}, but {other} ones beside it; if those are meant, "
            f"say --environment {other}"
        )


def _has_keys(settings: Settings, environment: Environment) -> bool:
    folder = settings.keys_of(environment)
    return any((folder / name).exists() for name in (RECORDER_FILE, LOG_FILE))


def _shown(settings: Settings, environment: Environment) -> Shown:
    ring = key_ring(settings, environment)
    keys = ring.keys()
    with _store(settings, environment) as store:
        runs = () if store is None else tuple(_vkeys(store, keys))
    return Shown(
        environment=environment.value,
        folder=str(ring.folder),
        recorder=keys.recorder_spki,
        log=base64.b64encode(keys.log.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode(),
        runs=runs,
    )


def _vkeys(store: Store, keys: Keys) -> Iterator[Vkey]:
    for run in store.runs():
        tip, first = store.evidence.tip(run.id), store.evidence.record(run.id, "genesis")
        if tip is None or first is None:
            continue
        record = record_of(first)
        origin, vkey = record.predicate.log.origin, content(record.predicate.data, Genesis).vkey
        is_ours = vkey == log_key(origin, keys.log).text()
        yield Vkey(run=run.id, origin=origin, vkey=vkey, is_closed=tip.is_closed, is_ours=is_ours)


def _print(shown: Shown) -> None:
    OUT.print(f"{shown.environment.upper()}  {shown.folder}", markup=False)
    OUT.print(f"recorder (P-256):  {shown.recorder}", markup=False)
    OUT.print(f"log (Ed25519):     {shown.log}", markup=False)
    for each in shown.runs:
        state = "closed" if each.is_closed else "open"
        OUT.print(f"run {each.run} ({state}) vkey: {each.vkey}", markup=False)
        if not each.is_ours:
            ERR.print(f"the log of run {each.run} was begun with another key than the one here", markup=False)
    if not shown.runs:
        OUT.print("no log was begun with them yet")


@contextmanager
def _store(settings: Settings, environment: Environment) -> Iterator[Store | None]:
    """The store of this environment, None where it was never started."""
    store: Store | None = None
    with suppress(StoreMissingError, WrongEnvironmentError):
        store = open_existing_store(settings, environment)
    try:
        yield store
    finally:
        if store is not None:
            store.close()
