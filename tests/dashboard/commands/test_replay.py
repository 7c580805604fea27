"""`golive replay`: says "reproduced" only of what was recomputed, and ends with a code for scripts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Policy, evaluate
from dashboard.launch.memory import Memory
from dashboard.launch.plan_file import load_plan
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.store.scene import opened, writing

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def judged(data_dir: Path, *, sentence: str | None = None, sha256: str = LOADED.sha256) -> None:
    """A run judged once over nothing, and perhaps recorded with another sentence than judging gave it."""
    now = datetime.now(UTC)
    with opened(f"sqlite:///{data_dir / 'rehearsal.sqlite3'}") as store:
        writer = writing(store)
        run = store.open_run(plan_id=LOADED.plan.id, plan_sha256=sha256, plan_toml=LOADED.text, now=now)
        policy = Policy.of(
            LOADED.plan, plan_sha256=sha256, run=run.id, attempt=1, environment=Environment.REHEARSAL
        )
        found = evaluate(policy, Inputs(), Memory(), evaluation=1, now=now)
        board = found.board if sentence is None else replace(found.board, sentence=sentence)
        store.append_evaluation(
            run.id, board, memory=found.memory.encode(), flips=found.flips, inputs=[], lease=writer.lease
        )


def test_a_run_that_comes_to_the_same_is_reproduced(golive: Golive, data_dir: Path) -> None:
    judged(data_dir)

    told = golive("replay", "--data-dir", str(data_dir))

    assert (0, "run 2 reproduced, 1 evaluation\n", "") == (told.exit_code, told.stdout, told.stderr)


def test_a_run_that_comes_to_something_else_is_named_with_the_evaluation(
    golive: Golive, data_dir: Path
) -> None:
    judged(data_dir, sentence="GO — trust me.")

    told = golive("replay", "2", "--data-dir", str(data_dir))

    assert 1 == told.exit_code
    assert told.stdout.startswith(
        "run 2 is NOT reproduced. evaluation 1: sentence of the board was recorded as "
    )
    assert "GO — trust me. and recomputed as HOLD — " in told.stdout


def test_json_says_the_same(golive: Golive, data_dir: Path) -> None:
    judged(data_dir)

    told = golive("replay", "--data-dir", str(data_dir), "--json")

    assert {"run": 2, "reproduced": 1, "unprovable": 0, "difference": None} == json.loads(told.stdout)


def test_a_run_without_anything_to_recompute_proves_nothing(golive: Golive, data_dir: Path) -> None:
    with opened(f"sqlite:///{data_dir / 'rehearsal.sqlite3'}") as store:
        store.open_run(plan_id="p", plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=datetime.now(UTC))

    told = golive("replay", "--data-dir", str(data_dir))

    assert (3, "nothing could be recomputed, so nothing is proven\n") == (told.exit_code, told.stderr)


def test_a_plan_that_is_not_the_one_it_was_run_by_is_refused(golive: Golive, data_dir: Path) -> None:
    judged(data_dir, sha256="0" * 64)

    told = golive("replay", "--data-dir", str(data_dir))

    assert 3 == told.exit_code
    assert "the plan was altered" in told.stderr


@pytest.mark.parametrize(("arguments", "said"), [(["7"], "got no run 7"), ([], "got no")])
def test_a_run_that_is_not_there_is_said(
    golive: Golive, data_dir: Path, arguments: list[str], said: str
) -> None:
    with opened(f"sqlite:///{data_dir / 'rehearsal.sqlite3'}"):
        pass

    told = golive("replay", *arguments, "--data-dir", str(data_dir))

    assert 3 == told.exit_code
    assert said in told.stderr
    assert f" in the rehearsal store at {data_dir / 'rehearsal.sqlite3'}, expected one; " in told.stderr
