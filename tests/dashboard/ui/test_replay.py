"""The Replay page, as it is read by whoever comes afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.control import Control
from dashboard.launch.plan import Plan
from dashboard.launch.view import View
from dashboard.store.values import Run
from dashboard.ui import wording
from tests.cast import T0, default_plan
from tests.dashboard.launched import LOADED, Launched, launched, spoil
from tests.dashboard.store.scene import opened as opened_store
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.standin import HEALTHY, StandInRoom

Installed = Callable[..., StandInRoom]
ROLES = tuple(default_plan().roles)


class Unpublished:
    """The living board, which a replay never asks."""

    def view(self) -> View:
        raise AssertionError

    def run_of_plan(self) -> Run | None:
        raise AssertionError

    def plan(self) -> Plan:
        raise AssertionError

    def wake(self) -> None:
        raise AssertionError


@pytest.fixture
def lived(installed: Installed, tmp_path: Path) -> Iterator[Launched]:
    """A healthy room now, over a store in which a launch went wrong."""
    room = installed(HEALTHY)
    with opened_store(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        room.recorded = Control(store=store, published=Unpublished(), world=None, clock=lambda: T0)
        yield launched(store)


def go_to(app: AppTest, second: float) -> AppTest:
    at = (T0 + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return app.select_slider[0].set_value(at).run()


def frame(app: AppTest) -> str:
    return screen(app).split("gl-replay-mark", maxsplit=1)[1]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_may_look_at_how_it_ended(lived: Launched, opened: Open, role: str) -> None:
    app = opened("replay", role)

    assert not app.exception
    assert "REPLAY" in frame(app)
    assert "as it stood at T+00:45 · 09:00:55 UTC, 2026-11-22" in frame(app)
    assert f"Run {lived.run.id} · {LOADED.plan.title} · attempt 1" in frame(app)
    assert wording.NOT_LIVING in frame(app)
    assert "run closed" in frame(app)


def test_the_board_and_the_sentence_are_those_of_the_moment_and_not_of_now(
    lived: Launched, opened: Open
) -> None:
    app = go_to(opened("replay", "auditor"), 15)

    assert "as it stood at T+00:05 · 09:00:15 UTC" in frame(app)
    assert '<span class="gl-word">NO-GO</span>' in frame(app)
    assert "stripe.balance.livemode is false, must be true" in frame(app)
    assert ["Recomputed from 1 input; equals what was recorded (evaluation 15)."] == [
        info.value for info in app.info
    ]
    assert lived.store.board(lived.run.id) is not None


def test_before_t_0_the_moments_are_told_in_utc(lived: Launched, opened: Open) -> None:
    app = go_to(opened("replay", "auditor"), 5)

    assert lived.run.id
    assert "as it stood at 09:00:05 UTC" in frame(app)
    assert "T-clock not started" in frame(app)
    assert wording.NO_EVENTS in frame(app)


def test_one_jumps_to_what_happened_and_steps_from_there(lived: Launched, opened: Open) -> None:
    app = opened("replay", "auditor")
    jumps = app.selectbox(key="golive.replay_jump")
    started = next(label for label in jumps.options if label.endswith("clock started by Robin"))
    assert "T+00:00 · 09:00:10 UTC · clock started by Robin" == started
    jumps.select_index(jumps.options.index(started)).run()

    assert "as it stood at T+00:00 · 09:00:10 UTC" in frame(app)
    app.button(key="replay_next").click().run()
    assert "as it stood at T+00:05 · 09:00:15 UTC" in frame(app)
    app.button(key="replay_previous").click().run()
    assert "as it stood at T+00:00 · 09:00:10 UTC" in frame(app)
    assert lived.store.events(lived.run.id)


def test_nothing_can_be_pressed_but_to_go_elsewhere(lived: Launched, opened: Open) -> None:
    assert lived.run.id

    assert {wording.PREVIOUS, wording.NEXT} == {button.label for button in opened("replay", "ceo").button}


def test_the_address_names_run_and_moment(lived: Launched, opened: Open) -> None:
    earlier = lived.run.id
    lived.store.open_run(plan_id="other", plan_sha256="0" * 64, plan_toml="id = 1", now=lived.now)
    app = opened()
    app.query_params["run"] = str(earlier)
    app.query_params["t"] = "2026-11-22T09:00:16.500000Z"
    app.switch_page("../pages/replay.py").run()

    assert "as it stood at T+00:05 · 09:00:15 UTC" in frame(app)
    assert {"run": str(earlier), "t": "2026-11-22T09:00:15.000000Z"} == dict(app.query_params)


@pytest.mark.parametrize(
    ("run", "t", "said"),
    [
        ("99", "", "There is no run “99” here; shown instead is the newest."),
        ("<b>", "", "There is no run “&lt;b&gt;” here; shown instead is the newest."),
        ("1", "zzz", "This run has no moment “zzz”; shown instead is T+00:45 · 09:00:55 UTC."),
        (
            "1",
            "2025-01-01T00:00:00.000000Z",
            "This run has no moment “2025-01-01T00:00:00.000000Z”; shown instead is 09:00:01 UTC.",
        ),
    ],
)
def test_what_the_address_asks_for_and_is_not_there_is_said(
    lived: Launched, opened: Open, run: str, t: str, said: str
) -> None:
    assert 1 == lived.run.id
    app = opened()
    app.query_params["run"], app.query_params["t"] = run, t
    app.switch_page("../pages/replay.py").run()
    first, again = screen(app), screen(app.run())

    assert said in first
    assert said not in again


@pytest.mark.parametrize("t", ["", "2026-11-22T09:00:16.500000Z"])
def test_what_the_address_asks_for_and_is_there_needs_no_word(lived: Launched, opened: Open, t: str) -> None:
    app = opened()
    app.query_params["run"], app.query_params["t"] = str(lived.run.id), t
    app.switch_page("../pages/replay.py").run()

    assert "shown instead" not in screen(app)


def test_an_altered_answer_is_named_in_red_and_the_board_holds(lived: Launched, opened: Open) -> None:
    spoil(lived.store, "UPDATE golive_sample SET content = replace(content, 'false', 'true') WHERE id = 15")
    app = go_to(opened("replay", "auditor"), 15)

    assert "sample 15 no longer has the content that its hash names" in app.error[0].value
    assert '<span class="gl-word">HOLD</span>' in frame(app)
    assert "gl-badge gl-go" not in frame(app)
    assert not app.info


def test_a_silence_of_the_collectors_is_shown_as_it_was(lived: Launched, opened: Open) -> None:
    app = go_to(opened("replay", "auditor"), 40)

    assert lived.run.id
    assert "o heartbeat from the collectors since 09:00:20 UTC" in frame(app)


def test_a_run_whose_plan_cannot_be_read_says_so_in_one_sentence(lived: Launched, opened: Open) -> None:
    run = lived.store.open_run(plan_id="other", plan_sha256="0" * 64, plan_toml="id = 1", now=lived.now)
    app = opened("replay", "auditor")

    assert 1 == len(app.error)
    assert app.error[0].value.startswith(f"Run {run.id} cannot be replayed: ")
    assert "gl-replay-mark" not in screen(app)


def test_a_store_without_runs_says_so(installed: Installed, opened: Open) -> None:
    installed(HEALTHY)

    assert [wording.NO_RUNS] == [info.value for info in opened("replay", "auditor").info]
