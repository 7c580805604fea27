"""What holds for every test: no deadline on generated examples, and no settings from the outside."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("golive", deadline=None)
settings.load_profile("golive")

TESTS_OWN = {"GOLIVE_REQUIRE_BROWSER", "GOLIVE_CHROMIUM"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not reach a test."""
    for name in os.environ:
        if name.startswith(("GOLIVE_", "STREAMLIT_", "STRIPE_")) and name not in TESTS_OWN:
            monkeypatch.delenv(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: the browser's driver keeps an event loop of its own running to the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
