"""The loopback source that the collectors' tests ask, and an asker with a short deadline."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import pytest

from collectors.asking import Asker
from collectors.observation import Environment
from collectors.stripe_api import StripeReader
from tests.collectors.loopback import Loopback
from tests.collectors.striping import reader_of


@pytest.fixture
async def source() -> AsyncIterator[Loopback]:
    async with Loopback().running() as running:
        yield running


@pytest.fixture(scope="session")
def trust() -> ssl.SSLContext:
    """Loaded once: reading the certificates of the world costs more than most of the tests."""
    return ssl.create_default_context()


@pytest.fixture
async def asker(trust: ssl.SSLContext) -> AsyncIterator[Asker]:
    async with Asker(environment=Environment.REHEARSAL, timeout_ms=2_000, trust=trust) as one:
        yield one


@pytest.fixture
def reader(source: Loopback) -> StripeReader:
    return reader_of(source)
