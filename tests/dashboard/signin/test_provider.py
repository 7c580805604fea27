"""The settings of a sign-in are all there and safe, or golive does not start."""

from __future__ import annotations

import pytest

from collectors.observation import Environment
from dashboard.settings import SettingsError, read_settings
from dashboard.signin.provider import NEEDED, SignInError, read_provider, refuse_plain
from tests.dashboard.signin.people import SECRET, TOLD


def test_without_a_provider_nobody_signs_in() -> None:
    assert read_provider({}) is None


def test_what_is_named_is_told_to_streamlit_and_shown_to_nobody() -> None:
    provider = read_provider(TOLD)

    assert provider is not None
    auth = provider.secrets()["auth"]
    assert "https://ops.example.com/oauth2callback" == auth["redirect_uri"]
    assert "https://id.example.com/.well-known/openid-configuration" == auth["server_metadata_url"]
    assert SECRET not in repr(provider)
    assert ("ops.example.com", True) == (provider.public.host, provider.public.is_https)


@pytest.mark.parametrize("name", NEEDED)
def test_a_part_of_it_is_refused_by_name(name: str) -> None:
    with pytest.raises(SignInError, match=f"got no {name}, expected all of"):
        read_provider({key: value for key, value in TOLD.items() if key != name})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"GOLIVE_SIGN_IN_COOKIE_SECRET": "c" * 31}, "got a GOLIVE_SIGN_IN_COOKIE_SECRET of 31 characters"),
        (
            {"GOLIVE_SIGN_IN_ISSUER": "http://id.example.com"},
            "got a GOLIVE_SIGN_IN_ISSUER that is no https://",
        ),
        ({"GOLIVE_PUBLIC_URL": "http://ops.example.com"}, "got a GOLIVE_PUBLIC_URL that is no https://"),
        ({"GOLIVE_PUBLIC_URL": "https://u:p@ops.example.com"}, "that is no https://"),
        ({"GOLIVE_PUBLIC_URL": "https://ops.example.com/?x=1"}, "that is no https://"),
        (
            {"GOLIVE_PUBLIC_URL": "https://ops.example.com/go live"},
            "got a GOLIVE_PUBLIC_URL with the path /go live, expected one of letters",
        ),
    ],
)
def test_what_is_not_safe_is_refused(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(TOLD | changed)


def test_below_a_path_people_are_sent_back_there() -> None:
    provider = read_provider(TOLD | {"GOLIVE_PUBLIC_URL": "https://ops.example.com/golive/"})

    assert provider is not None
    assert "https://ops.example.com/golive/oauth2callback" == provider.secrets()["auth"]["redirect_uri"]


def test_an_address_alone_is_no_sign_in() -> None:
    assert read_provider({"GOLIVE_PUBLIC_URL": "https://ops.example.com"}) is None


def test_on_this_machine_it_may_be_tried_without_tls() -> None:
    provider = read_provider(
        TOLD | {"GOLIVE_SIGN_IN_ISSUER": "http://localhost:9", "GOLIVE_PUBLIC_URL": "http://127.0.0.1:8501/"}
    )

    assert provider is not None
    assert ("http://127.0.0.1:8501", False) == (str(provider.public), provider.public.is_https)


def test_a_launch_believes_no_provider_without_tls_and_a_rehearsal_does() -> None:
    plain = read_provider(TOLD | {"GOLIVE_SIGN_IN_ISSUER": "http://127.0.0.1:9"})

    with pytest.raises(
        SignInError, match="got GOLIVE_SIGN_IN_ISSUER without TLS for a launch, expected https"
    ):
        refuse_plain(plain, Environment.LIVE)
    refuse_plain(plain, Environment.REHEARSAL)
    refuse_plain(read_provider(TOLD), Environment.LIVE)
    refuse_plain(None, Environment.LIVE)
