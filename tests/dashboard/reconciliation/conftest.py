"""Engines: DuckDB in memory, and one real PostgreSQL a session."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

import ibis
import pytest


@pytest.fixture(scope="session")
def duck() -> Iterator[Any]:
    connection = ibis.connect("duckdb://")
    yield connection
    connection.disconnect()


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at import it warns of a missing XDG_RUNTIME_DIR
        import pgserver.postgres_server as pgserver
    folder = tempfile.mkdtemp(prefix="golive-pg-")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_address: str) -> Iterator[Any]:
    connection = ibis.connect(postgres_address)
    yield connection
    connection.disconnect()
