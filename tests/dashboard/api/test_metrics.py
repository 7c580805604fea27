"""Prometheus is told what the board shows, and never an old green; no label names a person or a payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collectors.observation import Environment
from dashboard.api.metrics import metrics_document
from dashboard.launch.board import Verdict
from dashboard.launch.view import View
from tests.dashboard.ui.standin import FAULTS, HEALTHY, LOST, NOTHING, StandInRoom

Labels = frozenset[tuple[str, str]]
Told = Mapping[tuple[str, Labels], float]


def shown(scenario: str) -> View:
    return StandInRoom(scenario, Environment.REHEARSAL).view()


def told(view: View, viewers: int = 3) -> Told:
    document = metrics_document(view, view.drawn_at + timedelta(seconds=2), viewers).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(document)
        for sample in family.samples
    }


def value(found: Told, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


@pytest.mark.parametrize(
    ("scenario", "verdict", "alive"),
    [(HEALTHY, "GO", 1), (FAULTS, "NO_GO", 1), (LOST, "HOLD", 0), (NOTHING, "HOLD", 0)],
)
def test_one_verdict_is_1_and_the_others_are_0(scenario: str, verdict: str, alive: int) -> None:
    found = told(shown(scenario))

    each = {
        name: value(found, "golive_board_verdict", golive_board_verdict=name)
        for name in ("GO", "NO_GO", "HOLD")
    }
    assert {"GO": 0.0, "NO_GO": 0.0, "HOLD": 0.0} | {verdict: 1.0} == each
    assert alive == value(found, "golive_board_alive")


def test_every_gate_says_its_verdict() -> None:
    view = shown(FAULTS)
    assert view.board is not None
    found = told(view)

    for gate in view.board.gates:
        labels = {"gate": gate.id, "mandatory": str(gate.mandatory).lower()}
        each = {
            verdict.value: value(found, "golive_gate_verdict", golive_gate_verdict=verdict.value, **labels)
            for verdict in Verdict
        }
        assert dict.fromkeys(each, 0.0) | {gate.verdict.value: 1.0} == each


def test_the_gates_of_a_board_that_is_not_alive_say_nothing() -> None:
    names = {name for name, _ in told(shown(LOST))}

    assert "golive_gate_verdict" not in names
    assert "golive_heartbeat_age_seconds" in names


def test_the_services_of_a_board_that_is_not_alive_say_nothing() -> None:
    old = replace(shown(HEALTHY), lost=shown(LOST).lost)

    assert old.tiles
    assert old.lost is not None
    assert not {name for name, _ in told(old) if name.startswith("golive_probe_")}


def test_what_is_not_known_has_no_sample() -> None:
    names = {name for name, _ in told(shown(NOTHING))}

    assert not {"golive_judged_age_seconds", "golive_oldest_input_age_seconds"} & names
    assert not {name for name in names if name.startswith("golive_probe_")}


def test_a_service_that_nobody_asked_yet_has_no_failures_of_none() -> None:
    view = shown(HEALTHY)
    tile = replace(view.tiles[0], n=0, failed=0)
    found = told(replace(view, tiles=(tile, *view.tiles[1:])))

    assert value(found, "golive_probe_failed", service=tile.id) is None
    assert value(found, "golive_probe_failed", service=view.tiles[1].id) is not None


def test_latencies_ages_and_viewers_are_told() -> None:
    view = shown(HEALTHY)
    found = told(view, viewers=7)

    tile = view.tiles[0]
    assert view.heartbeat_at is not None
    assert (tile.p95_ms or 0) / 1_000 == value(found, "golive_probe_latency_p95_seconds", service=tile.id)
    assert (tile.n, tile.failed) == (
        value(found, "golive_probe_attempts", service=tile.id),
        value(found, "golive_probe_failed", service=tile.id),
    )
    age = (view.drawn_at - view.heartbeat_at).total_seconds() + 2
    assert age == value(found, "golive_heartbeat_age_seconds")
    assert 7 == value(found, "golive_viewers")


@pytest.mark.parametrize("scenario", [HEALTHY, FAULTS])
def test_labels_are_ids_of_the_plan_alone(scenario: str) -> None:
    labels = {name for _, labels in told(shown(scenario)) for name, _ in labels}

    own = {"golive_board_verdict", "golive_gate_verdict", "golive_run_stage", "version", "environment"}
    assert labels <= {"gate", "mandatory", "service"} | own
