"""The cast of the tests of evidence: who holds keys, who stamps, and a launch that was sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.keys import Keys, make_keys
from tests.evidence.authority import Authority
from tests.evidence.sealed import Sealed, tell


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The keys of the honest log."""
    return make_keys(tmp_path_factory.mktemp("keys") / "own")


@pytest.fixture(scope="session")
def other_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The keys of a forger."""
    return make_keys(tmp_path_factory.mktemp("keys") / "other")


@pytest.fixture(scope="session")
def authorities() -> tuple[Authority, ...]:
    """Two that an auditor trusts."""
    return (Authority("first"), Authority("second"))


@pytest.fixture
def launch(keys: Keys, authorities: tuple[Authority, ...]) -> Sealed:
    """The honest log, closed."""
    return tell(Sealed(keys=keys, authorities=authorities))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Where a test writes a bundle to."""
    return tmp_path / "bundle.zip"
