"""The loopback source for whatever asks from inside the wiring."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.collectors.loopback import Loopback


@pytest.fixture
async def source() -> AsyncIterator[Loopback]:
    async with Loopback().running() as running:
        yield running
