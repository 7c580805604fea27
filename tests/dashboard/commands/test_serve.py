"""`golive` and `golive serve` refuse what cannot work before they start anything, in one sentence each."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.commands.serve import Part, _child
from dashboard.settings import read_settings
from dashboard.wiring.rehearsed_sign_in import complete
from tests.cast import DEFAULT_PLAN
from tests.dashboard.commands.conftest import ROOT, Golive
from tests.dashboard.signin.people import TOLD

SERVICES = ("AUTO_COM_CENTER", "PROVIDER_REGISTER", "SCHOLARSHIP_API", "SCHOLAR_AUTH", "STUDENT_PILOT")
SECRETS = ("NOTIFY_WEBHOOK_SECRET", "NOTIFY_WEBHOOK_SECRET_RETIRED_1", "NOTIFY_WEBHOOK_SECRET_RETIRED_2")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what must be refused
LIVE = {
    **{f"{name}_BASE_URL": "https://service.example" for name in SERVICES},
    **dict.fromkeys((*SECRETS, "GOLIVE_CLIENT_SECRET"), "x"),
    "AUTH_JWKS_URL": "https://auth.example/jwks",
    "AUTH_ISSUER": "https://auth.example",
    "GOLIVE_CLIENT_ID": "golive",
    "GOLIVE_LEDGER_USER": "u",
    "GOLIVE_STRIPE_KEY": "rk_live_" + "x" * 24,
}
"""All that the default plan names, as for a launch."""


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("command", [(), ("serve",), ("serve", "--only", "dashboard")])
def test_a_port_in_use_is_said_with_the_mend(golive: Golive, taken: str, command: tuple[str, ...]) -> None:
    told = golive(*command, "--port", taken, "--no-browser")

    assert (3, "", 1) == (told.exit_code, told.stdout, len(told.stderr.splitlines()))
    assert f"start with --port {int(taken) + 1} (or GOLIVE_PORT)." in told.stderr


def test_a_plan_whose_names_are_not_set_is_refused_with_all_of_them(golive: Golive, tmp_path: Path) -> None:
    told = golive("serve", "--no-browser", "--port", _free_port())

    assert (3, "") == (told.exit_code, told.stdout)
    assert "GOLIVE_STRIPE_KEY is not set, stripe.key needs it" in told.stderr
    assert "NOTIFY_WEBHOOK_SECRET is not set, notification.secret needs it" in told.stderr
    assert [] == list(tmp_path.iterdir())


def test_plain_http_beyond_this_machine_is_refused(golive: Golive) -> None:
    settings = {**LIVE, "SCHOLAR_AUTH_BASE_URL": "http://auth.example"}

    told = golive("serve", "--no-browser", "--port", _free_port(), **settings)

    assert (3, "") == (told.exit_code, told.stdout)
    assert (
        'services.scholar_auth.base_url: got plain http to "auth.example", expected https outside loopback; '
        "mend the address\n" == told.stderr
    )


@pytest.mark.parametrize(("text", "said"), [(None, "cannot use "), ("gates = [", "line 1, "), ("", "line 1")])
def test_a_plan_that_cannot_be_used_is_refused(
    golive: Golive, tmp_path: Path, text: str | None, said: str
) -> None:
    file = tmp_path / "plan.toml"
    if text is not None:
        file.write_text(text)

    told = golive("serve", "--plan", str(file), "--no-browser")

    assert (3, "") == (told.exit_code, told.stdout)
    assert said in told.stderr


def test_a_misspelt_fault_is_refused_with_the_one_that_was_meant(golive: Golive, tmp_path: Path) -> None:
    told = golive("--fault", "webhok_500", "--no-browser")

    assert (3, 'got the unknown fault "webhok_500"; did you mean webhook_500?\n') == (
        told.exit_code,
        told.stderr,
    )
    assert [] == list(tmp_path.iterdir())


def test_a_collector_without_its_names_says_so(golive: Golive) -> None:
    told = golive("serve", "--only", "collector", "--plan", str(DEFAULT_PLAN))

    assert 3 == told.exit_code
    assert "GOLIVE_STRIPE_KEY is not set" in told.stderr


@pytest.mark.parametrize("only", [(), ("--only", "collector")])
def test_a_launch_without_keys_that_sign_does_not_start(
    golive: Golive, tmp_path: Path, only: tuple[str, ...]
) -> None:
    told = golive("serve", *only, "--no-browser", "--port", _free_port(), **LIVE)

    assert (3, "") == (told.exit_code, told.stdout)
    assert (
        f"got no key at {tmp_path / '.golive'}/keys/live/recorder.pem (No such file or directory), expected "
        "one; run `golive keys init`, or put back those that the log was begun with\n"
        == told.stderr.replace(" .golive", f" {tmp_path / '.golive'}")
    )
    assert not (tmp_path / ".golive" / "live.sqlite3").exists()
    assert not (tmp_path / ".golive" / "keys").exists()


def test_a_launch_with_a_key_that_others_can_read_does_not_start(golive: Golive, tmp_path: Path) -> None:
    golive("keys", "init", "--environment", "live")
    (tmp_path / ".golive" / "keys" / "live" / "log.pem").chmod(0o604)

    told = golive("serve", "--no-browser", "--port", _free_port(), **LIVE)

    assert (3, "") == (told.exit_code, told.stdout)
    assert "log.pem open to others (604), expected 600" in told.stderr


def test_the_addresses_of_receipts_are_hidden_from_the_process_that_shows_pages(tmp_path: Path) -> None:
    environ = {"GOLIVE_RECEIPTS": "json://localhost/hunter2", "GOLIVE_NOTIFY": "json://localhost/hunter2"}
    settings = read_settings(environ, data_dir=tmp_path)

    seen = {part: _child(settings, environ, part).environ for part in Part}

    assert environ.items() <= seen[Part.COLLECTOR].items()
    assert "hunter2" not in str(seen[Part.DASHBOARD])


@pytest.mark.parametrize("only", [(), ("--only", "dashboard")])
@pytest.mark.parametrize(
    "door", [{"GOLIVE_HOST": EVERYWHERE}, {"GOLIVE_ALLOWED_HOSTS": "ops.example.com"}], ids=str
)
def test_a_launch_that_others_can_reach_does_not_start_where_nobody_signs_in(
    golive: Golive, door: dict[str, str], only: tuple[str, ...]
) -> None:
    golive("keys", "init", "--environment", "live")

    told = golive("serve", *only, "--no-browser", "--port", _free_port(), **LIVE, **door)

    assert (3, "") == (told.exit_code, told.stdout)
    assert "and nobody signs in, expected GOLIVE_SIGN_IN_ISSUER and what belongs to it" in told.stderr


@pytest.mark.parametrize("only", [(), ("--only", "dashboard")])
def test_a_launch_with_the_provider_of_a_rehearsal_does_not_start(
    golive: Golive, only: tuple[str, ...]
) -> None:
    golive("keys", "init", "--environment", "live")
    rehearsals = TOLD | {"GOLIVE_SIGN_IN_ISSUER": "http://127.0.0.1:40000"}

    told = golive("serve", *only, "--no-browser", "--port", _free_port(), **LIVE, **rehearsals)

    assert (3, "") == (told.exit_code, told.stdout)
    assert "got GOLIVE_SIGN_IN_ISSUER without TLS for a launch, expected https://" in told.stderr


def test_what_a_rehearsal_has_kept_of_its_sign_in_is_not_read_by_a_launch(
    golive: Golive, tmp_path: Path
) -> None:
    golive("keys", "init", "--environment", "live")
    complete(tmp_path / ".golive", TOLD)

    told = golive(
        "serve", "--no-browser", "--port", _free_port(), GOLIVE_ALLOWED_HOSTS="ops.example.com", **LIVE
    )

    assert (3, "") == (told.exit_code, told.stdout)
    assert "and nobody signs in" in told.stderr


@pytest.mark.parametrize("command", [(), ("rehearse",)])
@pytest.mark.parametrize("told", [TOLD, {"GOLIVE_SIGN_IN_ROLES_CLAIM": "groups"}], ids=["provider", "claim"])
def test_two_ways_to_sign_in_are_refused(
    golive: Golive, command: tuple[str, ...], told: dict[str, str], tmp_path: Path, taken: str
) -> None:
    said = golive(*command, "--sign-in", "--no-browser", "--port", taken, **told)

    assert (3, "") == (said.exit_code, said.stdout)
    assert f"got --sign-in and {next(iter(told))}, expected one way to sign in" in said.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_rehearsal_whose_people_sign_in_is_for_this_machine(
    golive: Golive, tmp_path: Path, taken: str
) -> None:
    told = golive("--sign-in", "--no-browser", "--port", taken, "--host", EVERYWHERE)

    assert (3, "") == (told.exit_code, told.stdout)
    assert f"got --sign-in and the host {EVERYWHERE}, expected 127.0.0.1" in told.stderr
    assert [] == list(tmp_path.iterdir())


def test_the_secrets_of_a_sign_in_are_hidden_from_the_process_that_asks(tmp_path: Path) -> None:
    settings = read_settings(TOLD, data_dir=tmp_path)

    seen = {part: _child(settings, TOLD, part).environ for part in Part}

    assert TOLD.items() <= seen[Part.DASHBOARD].items()
    assert not TOLD.keys() & seen[Part.COLLECTOR].keys()


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def test_a_rehearsal_that_others_can_reach_without_a_sign_in_starts_with_a_warning(tmp_path: Path) -> None:
    words = ("serve", "--only", "dashboard", "--host", EVERYWHERE, "--port", _free_port())
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "STRIPE_API_BASE": "http://127.0.0.1:1"}
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard", *words, "--data-dir", str(tmp_path)],
        cwd=tmp_path,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stderr is not None
        said = next((line for line in started.stderr if "without a login" in line), "")
        started.terminate()
        started.communicate(timeout=30)

    assert f"listening on {EVERYWHERE} without a login: whoever reaches it may act as any role\n" == said


def test_a_dashboard_whose_database_is_away_says_so_and_may_be_started_again(
    golive: Golive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLIVE_DATABASE_URL", "postgresql://golive:hunter2@127.0.0.1:1/golive")

    told = golive("serve", "--only", "dashboard", "--plan", str(DEFAULT_PLAN))

    assert (75, "") == (told.exit_code, told.stdout)
    assert "expected a database that answers" in told.stderr
    assert 1 == len(told.stderr.splitlines())
    assert "hunter2" not in told.stderr
