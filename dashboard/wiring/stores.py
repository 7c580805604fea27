"""Opens the store of a process: the one of its environment, or the one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collectors.observation import Environment
from dashboard.launch.plan_file import LoadedPlan, PlanError, load_plan
from dashboard.launch.run import fold
from dashboard.settings import Settings, SettingsError, refuse_unnamed
from dashboard.store.errors import StoreError, StoreMissingError, WrongEnvironmentError
from dashboard.store.store import Store, open_store
from dashboard.store.values import Run
from dashboard.version import VERSION
from dashboard.wiring.resolve import Resolver, named_in
from evidence.redaction import find_secret


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
    """A start would refuse the same variable; who asks from a shell is told, too. Before the first run there
    is no plan to hold it against.
    """
    if not settings.unnamed:
        return
    try:
        run = store.newest_run()
        names = () if run is None else tuple(_names_of_plans(store, run))
    except (PlanError, StoreError):  # the command itself says what is wrong with it
        return
    if run is None:
        return
    try:
        refuse_unnamed(settings.unnamed, names)
    except SettingsError:
        store.close()
        raise


def _names_of_plans(store: Store, run: Run) -> Iterator[str]:
    """What the plan of this run names, and the one that is on offer beside it."""
    offer = fold(store.events(run.id)).offer
    offered = None if offer is None else store.plan_of_hash(offer.subject)
    for text in (store.plan_text(run), offered):
        if text is not None:
            yield from (name for _, name, _ in named_in(load_plan(text, scan=find_secret).plan))
