"""Under which address browsers come: one that is safe and that golive can be at, or a refusal."""

from __future__ import annotations

import pytest

from dashboard.entrance import ANYWHERE, Entrance, EntranceError, PublicUrl, read_proxies, read_public_url


@pytest.mark.parametrize(
    ("text", "origin", "path"),
    [
        ("https://ops.example.com", "https://ops.example.com", ""),
        ("https://ops.example.com/", "https://ops.example.com", ""),
        ("https://Ops.Example.com:443/golive/", "https://ops.example.com", "/golive"),
        ("https://ops.example.com:8443/team-a/golive.1", "https://ops.example.com:8443", "/team-a/golive.1"),
        ("http://[::1]:8501", "http://[::1]:8501", ""),
    ],
)
def test_an_address_is_an_origin_as_browsers_name_it_and_a_path(text: str, origin: str, path: str) -> None:
    assert PublicUrl(origin, path) == read_public_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "ops.example.com",
        "http://ops.example.com",
        "https://",
        "https://ops.example.com:x/",
        "https://u:p@ops.example.com",
        "https://ops.example.com/?next=1",
        "https://[::1/",
    ],
)
def test_what_no_browser_should_come_by_is_refused(text: str) -> None:
    with pytest.raises(EntranceError, match="that is no https:// address"):
        read_public_url(text)


@pytest.mark.parametrize(
    "path", ["//golive", "/a//b", "/..", "/a/../b", "/%2e", "/a;b", "/a b", "/{x}", "/_x"]
)
def test_a_path_that_is_read_in_two_ways_is_refused(path: str) -> None:
    with pytest.raises(EntranceError, match="expected one of letters, digits, dots and dashes"):
        read_public_url(f"https://ops.example.com{path}")


@pytest.mark.parametrize("path", ["/_stcore", "/media/x", "/static", "/component"])
def test_a_path_of_streamlits_own_is_refused(path: str) -> None:
    with pytest.raises(EntranceError, match="these are Streamlit's; take another"):
        read_public_url(f"https://ops.example.com{path}")


def test_where_nothing_is_set_golive_is_at_the_top() -> None:
    assert "" == ANYWHERE.path
    assert "/golive" == Entrance(public=PublicUrl("https://ops.example.com", "/golive")).path


def test_proxies_are_addresses_and_networks() -> None:
    entrance = Entrance(proxies=read_proxies("10.0.0.5, 172.16.0.0/12 fd00::/8"))

    told = {address: entrance.is_proxy(address) for address in ("10.0.0.5", "172.20.1.1", "fd00::1")}
    others = {
        address: entrance.is_proxy(address) for address in ("10.0.0.6", "127.0.0.1", "::1", "", "unknown")
    }

    assert {True} == set(told.values())
    assert {False} == set(others.values())
    assert not ANYWHERE.is_proxy("127.0.0.1")


@pytest.mark.parametrize("text", ["*", "caddy", "0.0.0.0/0", "::/0", "10.0.0.5/24", "10.0.0.5:80"])
def test_what_names_everybody_or_nobody_is_no_proxy(text: str) -> None:
    with pytest.raises(EntranceError, match="expected the address of a proxy"):
        read_proxies(text)
