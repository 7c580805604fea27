"""`golive doctor` says what is there and what is missing, and masks what is secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.launch.plan_file import load_plan
from dashboard.wiring.resolve import named_in
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.store.scene import opened, writing

PLAN = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret).plan
ALL_SET = {name: "canary-of-the-environment" for _, name, _ in named_in(PLAN)}
URL = "postgresql://golive:hunter2canary@127.0.0.1:1/golive?connect_timeout=2"


def test_before_the_first_start_nothing_but_the_plans_names_is_missing(golive: Golive) -> None:
    told = golive("doctor", "--json")

    missing = {row["what"].split(" ")[0] for row in json.loads(told.stdout) if not row["ok"]}
    assert 1 == told.exit_code
    assert {name for _, name, optional in named_in(PLAN) if not optional} == missing


def test_with_everything_set_nothing_is_missing(golive: Golive, tmp_path: Path) -> None:
    told = golive("doctor", "--data-dir", str(tmp_path), **ALL_SET)

    assert 0 == told.exit_code
    assert "MISSING" not in told.stdout
    assert "made at the first start" in told.stdout


def test_no_value_of_the_environment_is_shown(golive: Golive) -> None:
    told = golive("doctor", **ALL_SET)

    assert "GOLIVE_STRIPE_KEY (stripe.key)" in told.stdout
    assert "canary-of-the-environment" not in told.stdout + told.stderr


def test_who_is_notified_is_named_by_channel_and_never_by_address(golive: Golive) -> None:
    told = golive("doctor", "--json", GOLIVE_NOTIFY="json://u:hunter2canary@localhost json://localhost/x")

    rows = {row["what"]: row["found"] for row in json.loads(told.stdout)}
    assert "json 1, json 2" == rows["GOLIVE_NOTIFY"]
    assert "hunter2canary" not in told.stdout + told.stderr


def test_an_address_that_cannot_be_used_is_missing(golive: Golive) -> None:
    told = golive("doctor", "--json", GOLIVE_NOTIFY="hunter2canary")

    bad = {row["what"]: row["found"] for row in json.loads(told.stdout) if not row["ok"]}
    assert "at position 1" in bad["settings and plan"]
    assert "hunter2canary" not in told.stdout + told.stderr


def test_looking_makes_nothing(golive: Golive, tmp_path: Path) -> None:
    golive("doctor", "--data-dir", str(tmp_path / "data"))

    assert [] == list(tmp_path.iterdir())


def test_a_store_is_described(golive: Golive, tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'rehearsal.sqlite3'}") as store:
        writing(store)

    rows = _rows(golive, "--data-dir", str(tmp_path))

    assert "1 runs, 0 samples" in rows["rehearsal store"][0]
    assert ("ok", True) == rows["rehearsal store, integrity"]


def test_a_store_of_the_wrong_environment_is_missing(golive: Golive, tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path / 'live.sqlite3'}", Environment.REHEARSAL).close()

    found, is_good = _rows(golive, "--data-dir", str(tmp_path))["live store"]

    assert not is_good
    assert "rehearsal environment" in found


def test_a_file_that_is_no_store_is_missing(golive: Golive, tmp_path: Path) -> None:
    (tmp_path / "live.sqlite3").write_text("no database, and no more than that, said the file")

    assert not _rows(golive, "--data-dir", str(tmp_path))["live store"][1]


def test_a_key_that_others_can_read_is_said_with_the_mend(golive: Golive, tmp_path: Path) -> None:
    key = tmp_path / "fingerprint.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o640)

    found, is_good = _rows(golive, "--data-dir", str(tmp_path))["fingerprint key"]
    key.chmod(0o600)

    assert not is_good
    assert f"run: chmod 600 {key}" in found
    assert _rows(golive, "--data-dir", str(tmp_path))["fingerprint key"][1]


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_database_that_does_not_answer_is_missing_and_its_password_masked(
    golive: Golive, as_json: tuple[str, ...]
) -> None:
    told = golive("doctor", *as_json, GOLIVE_DATABASE_URL=URL, **ALL_SET)

    assert 1 == told.exit_code
    assert "127.0.0.1:1" in told.stdout
    assert "hunter2canary" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"GOLIVE_PROT": "1"}, "did you mean GOLIVE_PORT?"),
        ({"GOLIVE_PORT": "http"}, "expected a number"),
        ({"GOLIVE_PLAN": "nowhere.toml"}, "nowhere.toml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_missing_with_the_mend(
    golive: Golive, settings: dict[str, str], said: str
) -> None:
    told = golive("doctor", **settings)

    assert 1 == told.exit_code
    assert "MISSING settings and plan" in told.stdout
    assert said in told.stdout


def _rows(golive: Golive, *arguments: str) -> dict[str, tuple[str, bool]]:
    told = golive("doctor", "--json", *arguments)
    return {row["what"]: (row["found"], row["ok"]) for row in json.loads(told.stdout)}
