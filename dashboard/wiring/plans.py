"""Settings, plan and store of a process, each from the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from collectors.observation import Environment
from dashboard.launch.plan_file import LoadedPlan, PlanError, load_plan
from dashboard.launch.run import fold
from dashboard.settings import (
    FASTEST,
    REHEARSAL_SPEED,
    Settings,
    SettingsError,
    read_settings,
    refuse_unnamed,
)
from dashboard.store.errors import StoreError, StoreMissingError, WrongEnvironmentError
from dashboard.store.store import Store, open_store
from dashboard.version import VERSION
from dashboard.wiring.resolve import Resolver, named_in
from evidence.redaction import find_secret


def read_plan(file: Path) -> LoadedPlan:
    """The plan in a file. Raises `PlanError` or `OSError`."""
    return load_plan(file.read_text(encoding="utf-8-sig"), scan=find_secret)


def settings_from(
    environ: Mapping[str, str],
    *,
    data_dir: Path | None = None,
    plan: Path | None = None,
    host: str | None = None,
    port: int | None = None,
) -> tuple[Settings, LoadedPlan]:
    """Settings and plan of this process; a variable that the plan names is no misspelt setting."""
    file = read_settings({"GOLIVE_PLAN": environ.get("GOLIVE_PLAN", "")}, plan=plan).plan
    loaded = read_plan(file)
    names = [name for _, name, _ in named_in(loaded.plan)]
    return read_settings(
        environ, data_dir=data_dir, plan=file, host=host, port=port, plan_names=names
    ), loaded


def pace_of(environ: Mapping[str, str], environment: Environment) -> int:
    """How fast a T-clock runs that is started here. Raises `SettingsError` for a quickened launch."""
    text = environ.get(REHEARSAL_SPEED, "1")
    if not text.isdecimal() or not 1 <= int(text) <= FASTEST:
        raise SettingsError(
            f'got the speed "{text}", expected a whole number from 1 to {FASTEST}; unset {REHEARSAL_SPEED}'
        )
    if int(text) != 1 and environment is not Environment.REHEARSAL:
        raise SettingsError(
            f"got {text} × speed for the {environment.value} environment, expected 1; unset "
            f"{REHEARSAL_SPEED}, only a rehearsal is quickened"
        )
    return int(text)


def open_environment_store(settings: Settings, loaded: LoadedPlan, environ: Mapping[str, str]) -> Store:
    """The store of the environment that the plan points to, made where there is none."""
    environment = Resolver(plan=loaded.plan, environ=environ).environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return open_store(settings.store_url(environment).reveal(), environment=environment, app_version=VERSION)


def open_existing_store(settings: Settings, wanted: Environment | None) -> Store:
    """The store that is there, for looking. Raises `StoreError`; with both there, one must be named.

    Raises `SettingsError` for a variable that the plan of its newest run does not name either.
    """
    found: list[Store] = []
    missing: StoreMissingError | WrongEnvironmentError | None = None
    for environment in [wanted] if wanted is not None else list(Environment):
        try:
            url = settings.store_url(environment).reveal()
            found.append(open_store(url, environment=environment, app_version=VERSION, create=False))
        except (StoreMissingError, WrongEnvironmentError) as error:
            missing = error
    if len(found) == 1:
        _refuse_unnamed(settings, found[0])
        return found[0]
    for store in found:
        store.close()
    if missing is not None:
        raise missing
    raise StoreMissingError(
        "got a live and a rehearsal store, expected one; say --environment live or rehearsal"
    )


def _refuse_unnamed(settings: Settings, store: Store) -> None:
    """A start would refuse the same variable; who asks from a shell is told, too."""
    if not settings.unnamed:
        return
    try:
        names = list(_names_of_plans(store))
    except (PlanError, StoreError):  # the command itself says what is wrong with it
        return
    try:
        refuse_unnamed(settings.unnamed, names)
    except SettingsError:
        store.close()
        raise


def _names_of_plans(store: Store) -> Iterator[str]:
    """What the plan of the newest run names, and the one that is on offer beside it."""
    run = store.newest_run()
    if run is None:
        return
    offer = fold(store.events(run.id)).offer
    offered = None if offer is None else store.plan_of_hash(offer.subject)
    for text in (store.plan_text(run), offered):
        if text is not None:
            yield from (name for _, name, _ in named_in(load_plan(text, scan=find_secret).plan))
