from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from dashboard.garbage import collect_garbage


class Session:
    """Holds itself, as Streamlit's do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _python_waits() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def test_a_session_that_is_over_is_let_go_of() -> None:
    collecting = asyncio.create_task(collect_garbage(every_s=0.01))
    await asyncio.sleep(0)
    session = Session()
    gone, let_go = asyncio.Event(), weakref.ref(session, lambda _: gone.set())
    del session

    await asyncio.wait_for(gone.wait(), timeout=30)
    assert let_go() is None
    collecting.cancel()


async def test_what_was_there_at_the_start_is_looked_through_no_more_until_the_end() -> None:
    collecting = asyncio.create_task(collect_garbage())
    await asyncio.sleep(0)
    frozen = gc.get_freeze_count()

    collecting.cancel()
    await asyncio.gather(collecting, return_exceptions=True)
    assert frozen > 0
    assert 0 == gc.get_freeze_count()
