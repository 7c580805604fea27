"""`golive act`: what a page's buttons do, from a shell; what is refused ends with 1 and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from typer.testing import Result

from dashboard.commands.act import ACTS
from dashboard.launch.board import Verdict
from dashboard.launch.plan_file import load_plan
from dashboard.launch.run import RunState, Stage, fold
from dashboard.store.values import COLLECTORS
from evidence.keys import make_keys
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.launch.hour import judged
from tests.dashboard.sealing.scene import Launch
from tests.dashboard.store.scene import Writing, opened, writing

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)
Act = Callable[..., Result]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    """A run of the default plan that was judged just now: everything is GO."""
    now = datetime.now(UTC)
    with opened(f"sqlite:///{tmp_path / 'rehearsal.sqlite3'}") as store:
        leased = writing(store)
        run = store.open_run(
            plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=now
        )
        found = replace(leased, run=run)
        see(found)
        yield found


@pytest.fixture
def act(golive: Golive, tmp_path: Path) -> Act:
    def ask(*words: str, role: str = "coordinator", reason: str = "because") -> Result:
        return golive("act", *words, "--as", role, "--reason", reason, "--data-dir", str(tmp_path))

    return ask


def see(writer: Writing, evaluation: int = 1, **gates: Verdict) -> None:
    board = judged(LOADED.plan, at=datetime.now(UTC), evaluation=evaluation, **gates)
    writer.judged(replace(board, run=writer.run.id, plan_sha256=LOADED.sha256))


def prove(writer: Writing, folder: Path) -> None:
    """The collectors seal the run, and what the plan wants proven before a GO is there."""
    make_keys(folder / "keys")
    launch = Launch(writer=writer, folder=folder, loaded=LOADED, now=datetime.now(UTC))
    launch.read_endpoint()
    launch.sealer().step()


def state(writer: Writing) -> RunState:
    return fold(writer.store.events(writer.run.id))


def test_an_act_is_recorded_and_says_so(writer: Writing, act: Act) -> None:
    told = act("start")

    assert (0, "Recorded: clock started at T+00:00.\n", "") == (told.exit_code, told.stdout, told.stderr)
    assert Stage.COUNTING is state(writer).stage


def test_a_clock_runs_as_fast_as_whoever_collects_was_told(writer: Writing, act: Act) -> None:
    writer.store.release(writer.lease)
    writer.store.take_lease(COLLECTORS, "host:2", now=T0, ttl_s=60, pace=12)

    act("start")

    assert [12] == [event.pace for event in writer.store.events(writer.run.id)]


def test_what_was_recorded_is_told_as_json(writer: Writing, act: Act) -> None:
    told = json.loads(act("start", "--json").stdout)

    assert ("clock started", "Coordinator", "asserted", 1) == (
        told["what"],
        told["actor"],
        told["identity"],
        told["seq"],
    )
    assert writer.run.plan_sha256 == told["plan_sha256"]


@pytest.mark.parametrize(
    ("words", "role", "reason", "says"),
    [
        (("start",), "coordinator", " ", "To start the clock needs a reason; blank text is none."),
        (("start",), "viewer", "because", "Viewer may not start the clock; a ceo or coordinator may."),
        (("strat",), "coordinator", "because", 'unknown act "strat"'),
        (("start",), "coordinate", "because", 'did you mean "coordinator"?'),
        (("hold",), "coordinator", "because", "The run is planned: nobody can hold the clock now."),
        (("decide", "GO"), "ceo", "", "No poll is open; the chair opens one"),
        (("vote", "GO"), "api_lead", "", "No poll is open"),
        (("ask-waiver", "cors"), "api_lead", "slow", "holds nothing up; there is nothing to waive"),
        (("grant-waiver", "--about", "7"), "ceo", "", "There is no such waiver in this run."),
        (("open-poll", "--evaluation", "9"), "chair", "", "The board has changed since it was shown"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    writer: Writing, act: Act, words: tuple[str, ...], role: str, *, reason: str, says: str
) -> None:
    told = act(*words, role=role, reason=reason)

    assert (1, "") == (told.exit_code, told.stdout)
    assert says in told.stderr
    assert [] == writer.store.events(writer.run.id)


@pytest.mark.usefixtures("writer")
def test_every_act_is_named_in_the_help_and_to_whoever_names_one_that_is_none(
    golive: Golive, act: Act
) -> None:
    helped = "".join(golive("act", "--help").stdout.split())  # a line may end within a name
    refused = act("nonsense").stderr

    assert f"Oneof{','.join(ACTS)}." in helped
    assert f'unknown act "nonsense"; known are {", ".join(ACTS)}\n' == refused


@pytest.mark.usefixtures("writer")
def test_an_unknown_task_is_answered_with_those_that_there_are(act: Act) -> None:
    act("start")

    told = act("tick", "frontend_ready", role="frontend_lead")

    assert LOADED.plan.hour is not None
    known = ", ".join(task.id for task in LOADED.plan.hour.tasks)
    assert f'There is no task "frontend_ready" in this plan; there are {known}.\n' == told.stderr


def test_a_tick_by_the_wrong_role_is_refused(writer: Writing, act: Act) -> None:
    act("start")

    told = act("tick", "checkout_ready", role="payments_lead")

    assert 1 == told.exit_code
    assert "only the Frontend lead can end it" in told.stderr
    assert {} == state(writer).ended


def test_a_whole_decision_can_be_made_from_a_shell(writer: Writing, act: Act, tmp_path: Path) -> None:
    prove(writer, tmp_path)
    assert LOADED.plan.hour is not None
    assert LOADED.plan.hour.poll is not None
    evaluations = count(2)

    def now(*words: str, **options: str) -> Result:
        see(writer, next(evaluations), cors=Verdict.UNKNOWN)  # the collectors judge on while people act
        return act(*words, **options)

    waiver = ("--risk", "a page fails", "--control", "a person looks", "--minutes", "30")
    now("ask-waiver", "cors", *waiver, role="api_lead")
    now("grant-waiver", "--about", "1", role="ceo")
    now("open-poll", role="chair")
    for voter in LOADED.plan.hour.poll.voters:
        now("vote", "GO", role=voter)
    now("declare", "GO", role="chair")

    told = now("decide", "GO", role="ceo", reason="")

    assert (0, "") == (told.exit_code, told.stderr)
    assert ["GO"] == [decision.subject for decision in state(writer).decisions]


def test_a_waiver_without_an_end_is_refused(writer: Writing, act: Act) -> None:
    see(writer, 2, cors=Verdict.UNKNOWN)

    told = act("ask-waiver", "cors", "--risk", "a", "--control", "b", role="api_lead")

    assert (1, "A waiver needs an end, later than now and within 60 minutes.\n") == (
        told.exit_code,
        told.stderr,
    )


def test_without_a_store_there_is_no_answer(act: Act) -> None:
    told = act("start")

    assert 3 == told.exit_code
    assert "" == told.stdout
