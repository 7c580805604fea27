"""`golive doctor` says what is there and what is missing, and masks what is secret."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.launch.plan_file import load_plan
from dashboard.wiring.resolve import named_in
from evidence.keys import LOG_FILE, NEXT_FILE, RECORDER_FILE, replace_recorder
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.signin.people import TOLD
from tests.dashboard.store.scene import opened, writing

PLAN = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret).plan
CANARY = "canary-of-the-environment"
ALL_SET = {
    **{name: CANARY for _, name, _ in named_in(PLAN)},
    **{name: f"https://{CANARY}.example" for _, name, _ in named_in(PLAN) if name.endswith("_URL")},
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "GOLIVE_STRIPE_KEY": "rk_live_rehearsal_canary_of_the_environment",
}
"""As a start takes it."""
LAUNCH, REHEARSAL = {"STRIPE_API_BASE": "https://api.stripe.com"}, {"STRIPE_API_BASE": "http://127.0.0.1:1"}
URL = "postgresql://golive:hunter2canary@127.0.0.1:1/golive?connect_timeout=2"


def test_before_the_first_start_a_rehearsal_lacks_nothing_and_a_launch_its_names_and_keys(
    golive: Golive,
) -> None:
    told = golive("doctor", "--json")

    lacking = [row for row in json.loads(told.stdout) if not row["ok"]]
    assert 0 == told.exit_code
    assert {"launch"} == {row["for"] for row in lacking}
    missing = {row["what"].split(" (")[0] for row in lacking}
    assert {name for _, name, optional in named_in(PLAN) if not optional} | {"live keys"} == missing


def test_what_only_a_launch_needs_stands_apart_and_is_not_yet_missing(golive: Golive) -> None:
    told = golive("doctor").stdout

    rehearsal, launch = told.split("What a launch (golive serve) needs besides:\n")
    assert rehearsal.startswith("What a rehearsal (golive) needs:\nok      golive ")
    assert [] == [line for line in rehearsal.splitlines()[1:] if not line.startswith("ok      ")]
    assert "\nnot yet GOLIVE_STRIPE_KEY (stripe.key)" in launch
    assert "MISSING" not in told


def test_what_a_launch_lacks_counts_where_one_is_asked_for_or_has_begun(
    golive: Golive, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text(DEFAULT_PLAN.read_text(encoding="utf-8"), encoding="utf-8")
    opened(f"sqlite:///{tmp_path / 'begun' / 'live.sqlite3'}", Environment.LIVE).close()

    for words in (("--launch",), ("--plan", "own.toml"), ("--data-dir", "begun")):
        told = golive("doctor", *words)

        assert 1 == told.exit_code, words
        assert "MISSING GOLIVE_STRIPE_KEY (stripe.key)" in told.stdout


def test_a_store_that_is_not_there_names_the_command_that_makes_it(golive: Golive) -> None:
    rows = _rows(golive)

    assert ("made at the first start of golive", True) == rows["rehearsal store"]
    assert ("made at the first start of golive serve", True) == rows["live store"]


def test_with_everything_set_nothing_is_missing(golive: Golive, tmp_path: Path) -> None:
    told = golive("doctor", "--launch", "--data-dir", str(tmp_path), **ALL_SET)

    assert 0 == told.exit_code
    assert "MISSING" not in told.stdout
    assert "made at the first start" in told.stdout


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SCHOLAR_AUTH_BASE_URL", "foo", "got no web address, expected https://host; mend the address"),
        ("AUTO_COM_CENTER_BASE_URL", "http://plain.example", 'got plain http to "plain.example"'),
        ("GOLIVE_STRIPE_KEY", "sk_live_51N0aBcDeFgHiJkL", "got a secret key, which may write"),
    ],
)
def test_what_a_start_would_refuse_is_missing_and_said_in_the_same_words(
    name: str, value: str, says: str, golive: Golive, tmp_path: Path
) -> None:
    told = golive("doctor", "--launch", "--data-dir", str(tmp_path), **ALL_SET | {name: value})

    [row] = [line for line in told.stdout.splitlines() if line.startswith(f"MISSING {name} ")]
    assert says in row
    assert "sk_live" not in told.stdout
    assert 1 == told.exit_code
    assert says in golive("serve", "--data-dir", str(tmp_path), **ALL_SET | {name: value}).stderr


def test_a_launch_that_others_could_reach_without_a_sign_in_is_not_ready(
    golive: Golive, tmp_path: Path
) -> None:
    rows = _rows(golive, "--data-dir", str(tmp_path), **LAUNCH | {"GOLIVE_HOST": "0.0.0.0"})  # noqa: S104 - what a start refuses

    told, is_good = rows["who can come in"]
    assert "got a launch that others can reach (0.0.0.0) and nobody signs in" in told
    assert not is_good


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
    assert 1 == golive("doctor", "--data-dir", str(tmp_path)).exit_code


def test_one_address_holds_one_environment_and_the_other_row_says_so(
    golive: Golive, tmp_path: Path, postgres_url: str
) -> None:
    opened(postgres_url, Environment.REHEARSAL).close()

    said = golive("doctor", "--json", "--data-dir", str(tmp_path), GOLIVE_DATABASE_URL=postgres_url).stdout

    told = next((row["found"], row["ok"]) for row in json.loads(said) if row["what"] == "live store")
    assert ("none: the database holds the other one's", True) == told


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


def test_a_launch_needs_keys_that_sign_and_a_rehearsal_makes_its_own(golive: Golive, tmp_path: Path) -> None:
    launch = _rows(golive, "--data-dir", str(tmp_path), **LAUNCH)
    rehearsal = _rows(golive, "--data-dir", str(tmp_path), **REHEARSAL)

    assert "run: golive keys init --environment live" in launch["live keys"][0]
    assert [False, True] == [rows["live keys"][1] for rows in (launch, rehearsal)]
    assert ("made at the first start", True) == launch["rehearsal keys"] == rehearsal["rehearsal keys"]


def test_a_live_store_needs_keys_whatever_the_plan(golive: Golive, tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path / 'live.sqlite3'}", Environment.LIVE).close()

    assert not _rows(golive, "--data-dir", str(tmp_path), **REHEARSAL)["live keys"][1]


def test_what_is_wrong_with_a_key_that_signs_is_said(golive: Golive, tmp_path: Path) -> None:
    golive("keys", "init", "--environment", "live", "--data-dir", str(tmp_path))
    folder = tmp_path / "keys" / "live"

    def row() -> tuple[str, bool]:
        return _rows(golive, "--data-dir", str(tmp_path), **LAUNCH)["live keys"]

    whole = row()
    replace_recorder(folder)
    rotating = row()
    (folder / NEXT_FILE).unlink()
    (folder / RECORDER_FILE).write_bytes((folder / LOG_FILE).read_bytes())
    kind = row()
    (folder / RECORDER_FILE).chmod(0o644)
    others = row()

    assert [True, False, False, False] == [whole[1], rotating[1], kind[1], others[1]]
    assert rotating[0].endswith("run: golive keys rotate --environment live")
    assert kind[0].endswith("expected P-256")
    assert "open to others (644)" in others[0]


def test_a_sign_in_is_told_and_its_secrets_are_not(golive: Golive) -> None:
    told = golive("doctor", **TOLD).stdout

    assert "https://id.example.com" in told
    assert [] == [name for name, value in TOLD.items() if "SECRET" in name and value in told]


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


def _rows(golive: Golive, *arguments: str, **settings: str) -> dict[str, tuple[str, bool]]:
    told = golive("doctor", "--json", *arguments, **settings)
    return {row["what"]: (row["found"], row["ok"]) for row in json.loads(told.stdout)}


def test_a_bucket_that_does_not_answer_is_told_without_its_key(golive: Golive) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    told = golive("doctor", GOLIVE_BLOBS_URL=f"s3+http://k3y:s3cr3t@127.0.0.1:{port}/bucket/of")

    assert 1 == told.exit_code
    assert "GOLIVE_BLOBS_URL" in told.stdout
    assert f"got no whole answer (ConnectError) from http://127.0.0.1:{port}/bucket/of" in told.stdout
    assert not [part for part in ("k3y", "s3cr3t") if part in told.stdout + told.stderr]
