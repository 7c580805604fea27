"""`golive plan check` names every mistake by line, key and mend, and never repeats a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cast import DEFAULT_PLAN, default_plan
from tests.dashboard.commands.conftest import Golive

GOOD = DEFAULT_PLAN.read_text(encoding="utf-8")
CANARY = "sk_live_canary0123456789"


def test_a_good_plan_is_usable_and_counted(golive: Golive) -> None:
    told = golive("plan", "check", str(DEFAULT_PLAN))

    assert (0, "") == (told.exit_code, told.stderr)
    assert "First live dollar: usable (sha256 " in told.stdout
    assert f"{len(default_plan().gates)} gates" in told.stdout
    assert "to be set before golive serve: AUTH_ISSUER, " in told.stdout


def test_what_is_set_already_is_not_asked_for(golive: Golive) -> None:
    told = golive("plan", "check", str(DEFAULT_PLAN), "--json", AUTH_ISSUER="https://auth.example")

    assert 0 == told.exit_code
    summary = json.loads(told.stdout)
    assert summary["ok"] is True
    assert "AUTH_ISSUER" not in summary["unset"]
    assert "GOLIVE_STRIPE_KEY" in summary["unset"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("interval_s = 5", "intervall_s = 5", "polling.intervall_s: unknown key"),
        ("interval_s = 5", 'interval_s = "5"', "polling.interval_s: expected"),
        ('signal = "golive.sight.sees"', 'signal = "golive.sight.see"', 'did you mean "golive.sight.sees"?'),
        ('id = "health"', 'id = "monitoring"', 'got the gate id "monitoring" twice'),
        ('owner = "comms_lead"', 'owner = "coms_lead"', 'did you mean "comms_lead"?'),
        ('sees", is = true }]', 'sees" }]', "got no condition; state exactly one of"),
    ],
)
def test_a_mistake_is_named_with_its_line_key_and_mend(
    golive: Golive, tmp_path: Path, before: str, after: str, said: str
) -> None:
    file = _plan(tmp_path, GOOD.replace(before, after, 1))
    line = 1 + GOOD[: GOOD.index(before)].count("\n")

    told = golive("plan", "check", str(file))

    assert (1, "") == (told.exit_code, told.stdout)
    assert f"{file}: line {line}, " in told.stderr
    assert said in told.stderr


def test_mistakes_are_given_as_json_too(golive: Golive, tmp_path: Path) -> None:
    file = _plan(tmp_path, GOOD.replace('id = "builds"', 'id = "monitoring"', 1))

    told = golive("plan", "check", str(file), "--json")

    assert 1 == told.exit_code
    document = json.loads(told.stdout)
    assert document["ok"] is False
    assert [("gates[2].id", True)] == [
        (problem["key"], problem["line"] > 0) for problem in document["problems"]
    ]


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_pasted_secret_is_refused_and_not_repeated(
    golive: Golive, tmp_path: Path, as_json: tuple[str, ...]
) -> None:
    secret = 'key = { env = "GOLIVE_STRIPE_KEY" }'
    file = _plan(tmp_path, GOOD.replace(secret, f'key = "{CANARY}"', 1))

    told = golive("plan", "check", str(file), *as_json)

    assert 1 == told.exit_code
    assert "what looks like a Stripe key" in told.stdout + told.stderr
    assert "rotate it" in told.stdout + told.stderr
    assert CANARY not in told.stdout + told.stderr


def test_a_missing_file_cannot_be_answered(golive: Golive) -> None:
    told = golive("plan", "check", "nowhere.toml")

    assert (3, "", "cannot read nowhere.toml: No such file or directory\n") == (
        told.exit_code,
        told.stdout,
        told.stderr,
    )


def test_a_folder_cannot_be_answered(golive: Golive, tmp_path: Path) -> None:
    told = golive("plan", "check", str(tmp_path))

    assert (3, 1) == (told.exit_code, len(told.stderr.splitlines()))


def test_bytes_that_are_no_text_cannot_be_answered(golive: Golive, tmp_path: Path) -> None:
    file = tmp_path / "garbage.toml"
    file.write_bytes(bytes(range(256)))

    told = golive("plan", "check", str(file))

    assert (3, f"cannot read {file}: not UTF-8 text\n") == (told.exit_code, told.stderr)


@pytest.mark.parametrize("text", ["", "<html></html>", "gates = [", '{"schema": 1}'])
def test_text_that_is_no_plan_is_not_usable(golive: Golive, tmp_path: Path, text: str) -> None:
    told = golive("plan", "check", str(_plan(tmp_path, text)))

    assert (1, "") == (told.exit_code, told.stdout)
    assert "line 1, " in told.stderr
    assert "Traceback" not in told.stderr


def _plan(folder: Path, text: str) -> Path:
    file = folder / "plan.toml"
    file.write_text(text, encoding="utf-8")
    return file
