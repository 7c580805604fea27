"""What holds for every test: no deadline on generated examples, and no settings from the outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect

from tests.browser.shots import browser, chromium

PATIENCE_MS = 20_000
"""A page is waited for so long: how fast it is, is measured by the bench alone."""

expect.set_options(timeout=PATIENCE_MS)
settings.register_profile("golive", deadline=None)
settings.load_profile("golive")

WHOLE = Path(__file__).parent / "whole"
TESTS_OWN = {"GOLIVE_REQUIRE_BROWSER", "GOLIVE_REQUIRE_PROXY", "GOLIVE_CHROMIUM"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not reach a test."""
    for name in os.environ:
        if name.startswith(("GOLIVE_", "STREAMLIT_", "STRIPE_")) and name not in TESTS_OWN:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """The one browser of all tests; its driver can be started once in a process."""
    if chromium() is None:
        missing = "No Chromium was found, expected `chromium` on the PATH or its path in GOLIVE_CHROMIUM."
        if os.environ.get("GOLIVE_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with browser() as started:
        yield started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: the browser's driver keeps an event loop of its own running to the end. Among each
    those of whole worlds first: they take minutes of waiting, and nobody waits for the last of them.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool]:
    return item.get_closest_marker("browser") is not None, WHOLE not in item.path.parents
