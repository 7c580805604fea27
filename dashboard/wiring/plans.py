"""Settings and plan of a process, the one from the other. Whoever starts the others needs no store for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from collectors.observation import Environment
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.settings import FASTEST, REHEARSAL_SPEED, Settings, SettingsError, read_settings
from dashboard.wiring.resolve import named_in
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
