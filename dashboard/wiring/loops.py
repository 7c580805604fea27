"""What the loops of the collector process have in common: they end together, and wait out a busy store."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from types import TracebackType

from dashboard.store.errors import LeaseLostError, StoreError

LOG = logging.getLogger(__name__)


async def together(loops: list, stop: asyncio.Event, ended: asyncio.Event) -> None:  # type: ignore[type-arg]
    """Run all of them until told to stop or until one ends; losing the lease is an end like another."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    watcher = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([*tasks, watcher], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.set()
        watcher.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, LeaseLostError):
            LOG.warning("%s", result)
        elif isinstance(result, BaseException):
            raise result


class patience:  # noqa: N801 - it reads as the verb that it is: `with patience():`
    """What the store does not take now is tried again; what it never will ends the collecting."""

    def __enter__(self) -> None:
        return

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, StoreError) or error.permanent:
            return False
        LOG.warning("%s", error)
        return True


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def told(stop: asyncio.Event, news: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until told to stop; true as soon as there are news instead."""
    waiting = [asyncio.create_task(each.wait()) for each in (stop, news)]
    try:
        await asyncio.wait(waiting, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
    return news.is_set() and not stop.is_set()
