"""Which requests of a page are let through, and what of an address is kept."""

from __future__ import annotations

import pytest

from dashboard.capture.exchange import host_of, is_allowed, without_query


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Ledger.example/x?y", "ledger.example"),
        ("https://ledger.example:443/", "ledger.example"),
        ("http://ledger.example:443/", "ledger.example:443"),
        ("ws://ledger.example:80/", "ledger.example"),
        ("http://me:secret@ledger.example:8080/", "ledger.example:8080"),
        ("http://[::1]:8501/", "[::1]:8501"),
        ("about:blank", ""),
    ],
)
def test_a_host_is_named_with_its_port_where_that_is_not_the_schemes_own(url: str, host: str) -> None:
    assert host == host_of(url)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://ledger.example/x", True),
        ("wss://ledger.example/stream", True),
        ("data:text/html,x", True),
        ("blob:https://ledger.example/1", True),
        ("https://ledger.example:8443/", False),
        ("https://ledger.example.evil.example/", False),
        ("https://ledger.example@evil.example/", False),
        ("https://sub.ledger.example/", False),
        ("file:///etc/passwd", False),
        ("ftp://ledger.example/", False),
        ("chrome-error://chromewebdata/", False),
        ("https://ledger.example:port/", False),
        ("about:blank", False),
        ("", False),
    ],
)
def test_a_page_may_ask_a_listed_host_and_for_what_it_holds_itself(url: str, allowed: bool) -> None:
    assert allowed is is_allowed(url, ("ledger.example",))


def test_no_address_is_allowed_where_no_host_is_listed() -> None:
    assert not is_allowed("about:blank", ("",))
    assert not is_allowed("https://ledger.example/", ())


def test_an_address_is_kept_without_what_may_hold_a_secret() -> None:
    assert "https://ledger.example/a/b" == without_query(
        "https://me:canary@ledger.example/a/b?k=canary#canary"
    )
