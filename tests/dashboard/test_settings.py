"""Settings are one frozen object; a mistake in them is named with its mend."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.settings import SETTINGS, Authority, SettingsError, read_settings
from dashboard.wiring.resolve import named_in
from tests.cast import default_plan
from tests.dashboard.signin.people import TOLD


def test_without_any_setting_golive_listens_on_loopback_and_keeps_a_file_per_environment() -> None:
    settings = read_settings({})

    assert ("127.0.0.1", 8501) == (settings.host, settings.port)
    assert settings.store_url(Environment.LIVE) != settings.store_url(Environment.REHEARSAL)
    assert settings.store_url(Environment.LIVE).reveal().endswith("/.golive/live.sqlite3")


def test_a_commands_option_goes_before_the_environment() -> None:
    settings = read_settings({"GOLIVE_PORT": "1", "GOLIVE_DATA_DIR": "a"}, port=2, data_dir=Path("b"))

    assert (2, Path("b")) == (settings.port, settings.data_dir)


def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match=r"unknown setting GOLIVE_PROT; did you mean GOLIVE_PORT\?"):
        read_settings({"GOLIVE_PROT": "8502"})


def test_what_is_near_to_nothing_is_not_taken_for_another() -> None:
    with pytest.raises(SettingsError, match=r"unknown setting GOLIVE_FOO; known are GOLIVE_\w+, GOLIVE_"):
        read_settings({"GOLIVE_FOO": "1"})


def test_what_the_plan_names_is_no_misspelt_setting() -> None:
    read_settings({"GOLIVE_STRIPE_KEY": "x"}, plan_names=["GOLIVE_STRIPE_KEY"])


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "", "8501.0"])
def test_an_impossible_port_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match="expected a number from 1 to 65535"):
        read_settings({"GOLIVE_PORT": port})


def test_the_password_of_the_database_is_in_no_representation() -> None:
    settings = read_settings({"GOLIVE_DATABASE_URL": "postgresql://golive:hunter2@db/golive"})

    assert "hunter2" not in f"{settings!r} {settings!s} {settings.store_url(Environment.LIVE)!r}"
    assert "hunter2" in settings.store_url(Environment.LIVE).reveal()


def test_every_setting_is_read() -> None:
    addresses = {"GOLIVE_NOTIFY": "json://127.0.0.1:7", "GOLIVE_RECEIPTS": "json://127.0.0.1:8"}
    others = {"GOLIVE_TSA_URLS": "7=https://t.example", "GOLIVE_TRUSTED_PROXIES": "10.0.0.7"}
    bucket = {"GOLIVE_BLOBS_URL": "s3+https://id:secret@s3.example/seven/7?region=r-7"}
    every = {setting.name: "7" for setting in SETTINGS} | addresses | others | bucket | TOLD

    read = read_settings(every)

    assert "7" == read.host
    assert ("https://ops.example.com", True) == (
        str(read.entrance.public),
        read.entrance.is_proxy("10.0.0.7"),
    )
    assert ["json://127.0.0.1:7"] == [url.reveal() for url in read.notify]
    assert ["json://127.0.0.1:8"] == [url.reveal() for url in read.receipts]
    assert (Authority("7", "https://t.example"),) == read.tsas
    assert (Path("7"), "7") == (read.keys_dir, read.passphrase.reveal() if read.passphrase else None)
    assert read.bucket is not None
    assert ("https://s3.example/seven/7", "r-7") == (read.bucket.called, read.bucket.region)
    assert read.provider is not None
    assert ("7", Path("7")) == (read.provider.roles_claim, read.provider.roster)
    assert (7, Path("7"), Path("7"), ("7",)) == (read.port, read.plan, read.data_dir, read.allowed_hosts)


@pytest.mark.parametrize(
    ("urls", "says"),
    [
        ("https://tsa.example", r'got "https://tsa\.example" in GOLIVE_TSA_URLS, expected name=https'),
        ("one=http://tsa.example", 'got "one" in GOLIVE_TSA_URLS, expected name=https'),
        ("One=https://tsa.example", 'got "One" in GOLIVE_TSA_URLS, expected name=https'),
        ("one=https://a.example one=https://b.example", "got two authorities of one name"),
    ],
)
def test_an_authority_has_a_name_of_its_own_and_is_asked_by_https(urls: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read_settings({"GOLIVE_TSA_URLS": urls})

    assert read_settings({"GOLIVE_TSA_URLS": "one=http://127.0.0.1:7/tsr"}).tsas


def test_without_a_plan_only_a_near_miss_is_taken_for_a_misspelt_setting() -> None:
    with pytest.raises(SettingsError, match="did you mean GOLIVE_DATA_DIR"):
        read_settings({"GOLIVE_DATADIR": "x"}, plan_names=None)

    settings = read_settings({"GOLIVE_STRIPE_KEY": "x", "GOLIVE_CLIENT_ID": "x"}, plan_names=None)
    assert ("GOLIVE_CLIENT_ID", "GOLIVE_STRIPE_KEY") == settings.unnamed


def test_nothing_that_the_default_plan_names_is_taken_for_a_misspelt_setting() -> None:
    names = [name for _, name, _ in named_in(default_plan())]

    assert sorted(name for name in names if name.startswith("GOLIVE_")) == sorted(
        read_settings(dict.fromkeys(names, "x"), plan_names=None).unnamed
    )


@pytest.mark.parametrize("between", [" ", "\n", " \n\t "])
def test_the_addresses_to_notify_are_parted_by_space_and_masked(between: str) -> None:
    settings = read_settings({"GOLIVE_NOTIFY": f"json://127.0.0.1/hunter2{between}jsons://host/hunter2"})

    assert 2 == len(settings.notify)
    assert "hunter2" not in f"{settings!r} {settings!s}"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("hunter2", "got no address that apprise knows at position 2"),
        ("carrierpigeon://hunter2", "got no address that apprise knows at position 2"),
        ("slack://hunter2", "got no address that apprise knows at position 2"),
        ("json://example.com/hunter2", "got an address without encryption at position 2"),
    ],
)
def test_an_address_that_cannot_be_used_is_named_by_its_position_alone(
    url: str, says: str, logged: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"GOLIVE_NOTIFY": f"json://127.0.0.1/one {url}"})

    assert str(raised.value).startswith(f"GOLIVE_NOTIFY: {says}")
    assert "hunter2" not in f"{raised.value} {logged.getvalue()} {capfd.readouterr()}"
