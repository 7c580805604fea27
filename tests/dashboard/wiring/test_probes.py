"""The catalogue that rules are checked against, and what the collectors really ask, are the same thing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from collectors.asking import Asker
from collectors.observation import Environment, Observation, Sample
from collectors.poller import ask_once
from collectors.probe import Probe
from collectors.stripe_facts import SCOPES
from dashboard.launch.plan import Scope
from dashboard.launch.signals import catalogue
from dashboard.wiring.money import truth_of
from dashboard.wiring.probes import Probes, probes_of
from dashboard.wiring.resolve import resolve
from tests.cast import default_plan
from tests.dashboard.store.scene import opened, opened_run

PLAN = default_plan()
CATALOGUE = catalogue(PLAN)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The rehearsal world as a process; its environment."""
    state = tmp_path_factory.mktemp("world")
    command = [sys.executable, "-m", "rehearsal", "--state-dir", str(state), "--exit-with-stdin"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield json.loads(process.stdout.readline())["environment"]
        process.stdin.close()


def probes(
    environ: Mapping[str, str], newest: Mapping[str, Sample] | None = None, money: Probe | None = None
) -> Probes:
    return probes_of(
        resolve(PLAN, environ),
        since=datetime.now(UTC),
        fingerprint_key=b"k" * 32,
        newest=lambda: newest or {},
        money=money,
    )


def test_every_probe_of_the_catalogue_is_asked_and_no_other(world: Mapping[str, str], tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        built = probes(world, money=truth_of(resolve(PLAN, world), store, opened_run(store)))

    asked = {each.probe.probe for each in built.schedule}
    assert {name for name, probe in CATALOGUE.items() if probe.started} == set(built.started)
    assert {name for name, probe in CATALOGUE.items() if not probe.started} == asked
    assert {each.probe.probe: each.probe.source for each in built.schedule} == {
        name: CATALOGUE[name].source for name in asked
    }


async def test_every_answer_of_a_healthy_world_has_only_facts_of_the_catalogue(
    world: Mapping[str, str],
) -> None:
    built = probes(world)
    async with Asker(environment=Environment.REHEARSAL, secrets=built.secrets) as asker:
        samples = await asyncio.gather(*(ask_once(each.probe, asker) for each in built.schedule))

    for sample in samples:
        assert isinstance(sample, Observation), sample
        facts = CATALOGUE[sample.probe].facts
        assert {name: facts[name] for name in sample.facts} == {n: type(v) for n, v in sample.facts.items()}


async def test_a_write_probe_is_only_there_for_a_person_and_proves_the_write_path(
    world: Mapping[str, str],
) -> None:
    built = probes(world)
    async with Asker(environment=Environment.REHEARSAL, secrets=built.secrets) as asker:
        sample = await ask_once(built.started["ledger.write_probe"], asker)

    assert isinstance(sample, Observation)
    assert {"accepted": True, "by": "probe"} == dict(sample.facts)


async def test_no_sample_of_any_probe_holds_a_secret_of_the_world(world: Mapping[str, str]) -> None:
    built = probes(world)
    secrets = [value for name, value in world.items() if "SECRET" in name or name == "GOLIVE_STRIPE_KEY"]
    async with Asker(environment=Environment.REHEARSAL, secrets=built.secrets) as asker:
        samples = await asyncio.gather(*(ask_once(each.probe, asker) for each in built.schedule))

    assert len(secrets) >= 4
    assert not [secret for secret in secrets for sample in samples if secret in repr(sample)]


def test_a_plan_can_name_exactly_the_scopes_that_can_be_asked() -> None:
    assert set(SCOPES) == set(get_args(Scope))
