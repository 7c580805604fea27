"""`golive keys` makes keys for their owner alone, shows public halves, and replaces the recorder's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.launch.event import What
from evidence.keys import LOG_FILE, RECORDER_FILE, load_keys
from evidence.record import Kind
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.sealed_run import sealed_run

FILES = (RECORDER_FILE, LOG_FILE)


@pytest.mark.parametrize("environment", ["live", "rehearsal"])
def test_both_keys_are_made_for_their_owner_alone(golive: Golive, tmp_path: Path, environment: str) -> None:
    told = golive("keys", "init", "--environment", environment, "--data-dir", str(tmp_path))

    folder = tmp_path / "keys" / environment
    assert (0, "") == (told.exit_code, told.stderr)
    assert [0o600, 0o600] == [(folder / name).stat().st_mode & 0o777 for name in FILES]
    assert str(folder) in told.stdout
    assert load_keys(folder).recorder_spki in told.stdout
    assert not (tmp_path / f"{environment}.sqlite3").exists()


@pytest.mark.parametrize(
    ("base", "environment"), [("https://api.stripe.com", "live"), ("http://127.0.0.1:1", "rehearsal")]
)
def test_unless_named_the_environment_is_that_of_the_plan(
    golive: Golive, tmp_path: Path, base: str, environment: str
) -> None:
    golive("keys", "init", "--data-dir", str(tmp_path), STRIPE_API_BASE=base)

    assert [environment] == [each.name for each in (tmp_path / "keys").iterdir()]


def test_with_a_passphrase_they_are_encrypted_by_scrypt(golive: Golive, tmp_path: Path) -> None:
    where = ("--environment", "live", "--data-dir", str(tmp_path))
    made = golive("keys", "init", *where, GOLIVE_KEY_PASSPHRASE="a passphrase of the test")

    locked = golive("keys", "show", *where)
    shown = golive("keys", "show", *where, GOLIVE_KEY_PASSPHRASE="a passphrase of the test")

    texts = [(tmp_path / "keys" / "live" / name).read_text() for name in FILES]
    assert (0, 3, 0) == (made.exit_code, locked.exit_code, shown.exit_code)
    assert all("ENCRYPTED PRIVATE KEY" in text for text in texts)
    assert "mend GOLIVE_KEY_PASSPHRASE" in locked.stderr
    assert "a passphrase of the test" not in made.stdout + made.stderr + shown.stdout


@pytest.mark.parametrize("left", [FILES, FILES[:1], FILES[1:]])
def test_no_key_is_ever_written_over(golive: Golive, tmp_path: Path, left: tuple[str, ...]) -> None:
    where = ("--environment", "live", "--data-dir", str(tmp_path))
    golive("keys", "init", *where)
    folder = tmp_path / "keys" / "live"
    for name in set(FILES) - set(left):
        (folder / name).unlink()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    told = golive("keys", "init", *where)

    assert (3, "") == (told.exit_code, told.stdout)
    assert "in use" in told.stderr or f"got a {left[0]} alone" in told.stderr
    assert before == {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_public_halves_are_shown_with_the_vkey_of_each_runs_log(golive: Golive, tmp_path: Path) -> None:
    with sealed_run(tmp_path) as sealed:
        vkey = sealed.sealer().opening.vkey

    told = golive("keys", "show", "--data-dir", str(tmp_path), "--json")
    text = golive("keys", "show", "--data-dir", str(tmp_path))

    (shown,) = json.loads(told.stdout)["environments"]
    keys = load_keys(tmp_path / "keys" / "rehearsal")
    assert ("rehearsal", keys.recorder_spki) == (shown["environment"], shown["recorder"])
    assert [(1, vkey, False, True)] == [
        (each["run"], each["vkey"], each["is_closed"], each["is_ours"]) for each in shown["runs"]
    ]
    assert f"run 1 (open) vkey: {vkey}\n" in text.stdout
    assert "PRIVATE" not in text.stdout + told.stdout


def test_a_log_of_another_key_is_said(golive: Golive, tmp_path: Path) -> None:
    with sealed_run(tmp_path):
        pass
    folder = tmp_path / "keys" / "rehearsal"
    for name in FILES:
        (folder / name).unlink()
    golive("keys", "init", "--environment", "rehearsal", "--data-dir", str(tmp_path))

    told = golive("keys", "show", "--data-dir", str(tmp_path))

    assert 0 == told.exit_code
    assert "the log of run 1 was begun with another key than the one here\n" == told.stderr


@pytest.mark.parametrize("words", [("show",), ("rotate", "--environment", "live")])
def test_without_keys_there_is_no_answer(golive: Golive, tmp_path: Path, words: tuple[str, ...]) -> None:
    told = golive("keys", *words, "--data-dir", str(tmp_path))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "golive keys init" in told.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_key_that_others_can_read_is_refused(golive: Golive, tmp_path: Path) -> None:
    where = ("--environment", "live", "--data-dir", str(tmp_path))
    golive("keys", "init", *where)
    (tmp_path / "keys" / "live" / LOG_FILE).chmod(0o640)

    told = golive("keys", "show", *where)

    assert 3 == told.exit_code
    assert "open to others (640)" in told.stderr


def test_a_rotation_is_in_the_open_log_and_says_what_stays(golive: Golive, tmp_path: Path) -> None:
    with sealed_run(tmp_path) as sealed:
        vkey = sealed.sealer().opening.vkey
        told = golive("keys", "rotate", "--environment", "rehearsal", "--data-dir", str(tmp_path))
        sealed.happen(What.STARTED)
        kinds = [each.predicate.kind for each in sealed.records()]

    shown = golive("keys", "show", "--data-dir", str(tmp_path))
    assert (0, "") == (told.exit_code, told.stderr)
    assert told.stdout.startswith("The recorder's key is replaced: the open log of run 1 names it. ")
    assert [Kind.GENESIS, Kind.KEY_ROTATE, Kind.EVENT] == kinds
    assert load_keys(tmp_path / "keys" / "rehearsal").recorder_spki in told.stdout
    assert f"vkey: {vkey}\n" in shown.stdout


def test_where_the_other_environment_alone_has_keys_it_is_named(golive: Golive, tmp_path: Path) -> None:
    golive("keys", "init", "--environment", "rehearsal", "--data-dir", str(tmp_path))

    told = golive("keys", "rotate", "--environment", "live", "--data-dir", str(tmp_path))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "but rehearsal ones beside it; if those are meant, say --environment rehearsal\n" in told.stderr


def test_keys_that_nothing_was_signed_with_are_rotated_too(golive: Golive, tmp_path: Path) -> None:
    where = ("--environment", "live", "--data-dir", str(tmp_path))
    golive("keys", "init", *where)
    before = load_keys(tmp_path / "keys" / "live").recorder_spki

    told = golive("keys", "rotate", *where)

    assert 0 == told.exit_code
    assert "no log is open" in told.stdout
    assert before != load_keys(tmp_path / "keys" / "live").recorder_spki
