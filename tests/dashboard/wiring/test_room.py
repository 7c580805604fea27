"""A dashboard process as it is opened from its environment: by whose clock, and how fast, the hour passes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.launch.plan import RoleKind
from dashboard.launch.scene import Act, Wish
from dashboard.settings import REHEARSAL_SPEED, TIME_BASE, SettingsError
from dashboard.signin.provider import SignInError
from dashboard.signin.session import REHEARSAL_CLAIM
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.wiring.plans import pace_of, settings_from
from dashboard.wiring.resolve import STRIPE_API, sealed
from dashboard.wiring.room import open_room
from dashboard.wiring.stores import open_environment_store
from tests.cast import person
from tests.dashboard.signin.people import TOLD, cookies

LOOPBACK = "http://127.0.0.1:9"
Opened = Callable[[], Store]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The store of a rehearsal that is not there, with an open run."""
    monkeypatch.setenv("GOLIVE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STRIPE_API_BASE", LOOPBACK)

    def open_it() -> Store:
        settings, written = settings_from(os.environ)
        loaded = sealed(written, os.environ)
        store = open_environment_store(settings, loaded, os.environ)
        now = SteadyClock.handed(os.environ).now()
        store.open_run(plan_id=loaded.plan.id, plan_sha256=loaded.sha256, plan_toml=loaded.text, now=now)
        return store

    return open_it


@pytest.mark.parametrize("speed", ["1", "60"])
async def test_a_clock_started_on_the_screen_runs_at_the_speed_that_golive_was_started_with(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, speed: str
) -> None:
    monkeypatch.setenv(REHEARSAL_SPEED, speed)

    with opened() as store:
        async with open_room() as services:
            robin = person("coordinator", RoleKind.COORDINATOR)
            services.room.act(robin, Wish(act=Act.START, reason="everybody is here"))
        run = store.newest_run()
        assert run is not None
        assert [int(speed)] == [event.pace for event in store.events(run.id)]


async def test_what_is_done_on_the_screen_is_dated_by_the_time_base_that_was_handed_over(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Host()
    anchor = SteadyClock(here).anchor
    monkeypatch.setenv(TIME_BASE, f"{anchor.boot}:{anchor.boot_ns}:{anchor.wall_ns + 600 * 1_000_000_000}")
    clock = SteadyClock.handed(os.environ)
    before = clock.now()

    with opened() as store:
        async with open_room() as services:
            robin = person("coordinator", RoleKind.COORDINATOR)
            services.room.act(robin, Wish(act=Act.START, reason="everybody is here"))
            assert before <= services.changes.now() <= clock.now()
        run = store.newest_run()
        assert run is not None
        (event,) = store.events(run.id)

    assert before <= event.event_at <= event.recorded_at <= clock.now()


async def test_a_quickened_launch_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLIVE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(REHEARSAL_SPEED, "6")

    with pytest.raises(SettingsError, match="got 6 × speed for the live environment, expected 1"):
        async with open_room():
            pass


async def test_a_launch_is_not_opened_with_the_provider_of_a_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLIVE_DATA_DIR", str(tmp_path))
    for name, value in (TOLD | {"GOLIVE_SIGN_IN_ISSUER": "http://127.0.0.1:9"}).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SignInError, match="got GOLIVE_SIGN_IN_ISSUER without TLS for a launch"):
        async with open_room():
            pass


async def test_whom_a_rehearsals_provider_sends_is_believed_in_a_rehearsal_alone(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in TOLD.items():
        monkeypatch.setenv(name, value)
    believed = []
    for base in (LOOPBACK, STRIPE_API):
        monkeypatch.setenv("STRIPE_API_BASE", base)
        with opened():
            async with open_room() as services:
                assert services.guard.sign_in is not None
                session = services.guard.sign_in.session(cookies(**{REHEARSAL_CLAIM: "rehearsal"}))
                believed.append(session is not None)

    assert [True, False] == believed
    assert (tmp_path / "live.sqlite3").exists()


@pytest.mark.parametrize("text", ["0", "61", "-1", "1.5", "fast", ""])
def test_a_speed_is_a_whole_number_from_1_to_60(text: str) -> None:
    with pytest.raises(SettingsError, match="expected a whole number from 1 to 60"):
        pace_of({REHEARSAL_SPEED: text}, Environment.REHEARSAL)


@pytest.mark.parametrize("environment", list(Environment))
def test_without_a_speed_an_hour_takes_an_hour(environment: Environment) -> None:
    assert 1 == pace_of({}, environment)
