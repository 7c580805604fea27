"""What is made for signing in with a rehearsal's own provider, and what of it is there at the next start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dashboard.settings import SettingsError, read_settings
from dashboard.signin.provider import COOKIE_SECRET, NEEDED
from dashboard.wiring.rehearsed_sign_in import FILE, complete, kept_provider, world_options
from tests.cast import default_plan

TOLD = {
    "GOLIVE_SIGN_IN_ISSUER": "http://127.0.0.1:9",
    "GOLIVE_SIGN_IN_CLIENT_ID": "golive-dashboard",
    "GOLIVE_SIGN_IN_CLIENT_SECRET": "a secret",
    "GOLIVE_PUBLIC_URL": "http://127.0.0.1:8501",
}


def test_a_second_start_signs_with_the_same_secret_and_another_folder_with_another(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()

    first, second, elsewhere = (complete(folder, TOLD) for folder in (tmp_path, tmp_path, other))

    assert 64 == len(first[COOKIE_SECRET])
    assert first[COOKIE_SECRET] == second[COOKIE_SECRET] != elsewhere[COOKIE_SECRET]


def test_it_is_kept_for_its_owner_alone_and_no_more_than_signing_in_needs(tmp_path: Path) -> None:
    complete(tmp_path, TOLD | {"GOLIVE_STRIPE_KEY": "rk_live_x"})

    file = tmp_path / FILE
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert "rk_live_x" not in file.read_text()
    assert [FILE] == [each.name for each in tmp_path.iterdir()]


def test_the_provider_that_is_kept_is_the_one_of_the_last_start(tmp_path: Path) -> None:
    assert kept_provider(tmp_path) is None
    complete(tmp_path, TOLD)
    told = complete(tmp_path, TOLD | {"GOLIVE_SIGN_IN_ISSUER": "http://127.0.0.1:10"})

    found = kept_provider(tmp_path)

    assert found is not None
    assert ("http://127.0.0.1:10", told[COOKIE_SECRET]) == (found.issuer, found.cookie_secret.reveal())
    assert read_settings({name: told[name] for name in NEEDED}).provider == found


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_file_that_cannot_be_read_is_named_with_the_mend(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)

    for ask in (kept_provider, lambda folder: complete(folder, TOLD)):
        with pytest.raises(SettingsError, match="expected JSON; remove it, and everybody signs in anew"):
            ask(tmp_path)


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:7"), ("::1", "http://[::1]:7")])
def test_the_world_is_told_where_golive_is_and_every_role_of_the_plan(host: str, url: str) -> None:
    plan = default_plan()

    options = world_options(read_settings({}, host=host, port=7), plan.roles)

    assert ["--sign-in", url] == options[:2]
    assert [f"{name}={role.title}" for name, role in plan.roles.items()] == options[3::2]
    assert {"--role"} == set(options[2::2])
