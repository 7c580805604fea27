"""`golive drill`: a fault is noticed or the command fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from dashboard.commands.drill import outcome_of
from dashboard.launch.board import Board, BoardVerdict, Verdict
from dashboard.launch.plan_file import LoadedPlan
from dashboard.wiring import drilling
from dashboard.wiring.drilling import Drilled
from dashboard.wiring.plans import read_plan
from tests.cast import DEFAULT_PLAN
from tests.dashboard.commands.conftest import Golive, Shell
from tests.dashboard.store.scene import board, opened, opened_run

NOTICED = Drilled(
    fault="publishable_key_test",
    gate="stripe_live",
    to=Verdict.NO_GO,
    seen=Verdict.NO_GO,
    seconds=1.0,
    strayed=(),
)


@pytest.fixture
def go(tmp_path: Path) -> Board:
    """The board of a healthy world."""
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        return board(opened_run(store))


def test_a_misspelt_fault_is_refused_with_the_one_that_was_meant(golive: Golive) -> None:
    told = golive("drill", "publishable_key_tst")

    assert (3, "") == (told.exit_code, told.stdout)
    assert 'got the unknown fault "publishable_key_tst"; did you mean publishable_key_test?' in told.stderr


def test_a_name_that_is_like_no_fault_is_refused_with_all_of_them(golive: Golive) -> None:
    told = golive("drill", "xyz")

    assert 3 == told.exit_code
    assert "known are publishable_key_test, " in told.stderr


def test_a_fault_that_is_noticed_and_a_healthy_world_at_go_exit_with_0(shell: Shell) -> None:
    told = shell("drill", "publishable_key_test", "--json")

    assert 0 == told.returncode, told.stderr
    document = json.loads(told.stdout)
    assert document["healthy_is_go"] is True
    assert [("publishable_key_test", "stripe_live", "NO_GO", "NO_GO", [], None, True)] == [
        (
            row["fault"],
            row["gate"],
            row["must_flip_to"],
            row["seen"],
            row["strayed"],
            row["trouble"],
            row["noticed"],
        )
        for row in document["faults"]
    ]


async def test_a_plan_whose_gate_does_not_look_lets_a_real_fault_go_unnoticed(go: Board) -> None:
    row = await drilling.drill("publishable_key_test", _blind_plan(), {}, flip_within_s=4)

    assert (Verdict.GO, (), False) == (row.seen, row.strayed, row.passed)
    assert 1 == outcome_of([NOTICED, row], go)


@pytest.mark.parametrize(
    "row",
    [
        replace(NOTICED, seen=Verdict.GO),
        replace(NOTICED, seen=Verdict.UNKNOWN),
        replace(NOTICED, seen=None),
        replace(NOTICED, strayed=("ledger NO_GO",)),
        replace(NOTICED, trouble="the rehearsal world did not start"),
    ],
)
def test_one_fault_that_was_not_noticed_as_it_must_be_fails_the_drill(go: Board, row: Drilled) -> None:
    assert 0 == outcome_of([NOTICED, NOTICED], go)

    assert 1 == outcome_of([NOTICED, row], go)


def test_a_healthy_world_that_is_not_go_fails_the_drill(go: Board) -> None:
    assert 1 == outcome_of([NOTICED], None)
    assert 1 == outcome_of([NOTICED], replace(go, verdict=BoardVerdict.HOLD))


def test_a_drill_of_nothing_proves_nothing(go: Board) -> None:
    assert 1 == outcome_of([], go)


def _blind_plan() -> LoadedPlan:
    """The default plan with one gate left, which does not look at the public page."""
    loaded = read_plan(DEFAULT_PLAN)
    gates = tuple(
        msgspec.structs.replace(gate, rules=gate.rules[:1])
        for gate in loaded.plan.gates
        if gate.id == "stripe_live"
    )
    return replace(loaded, plan=msgspec.structs.replace(loaded.plan, gates=gates))
