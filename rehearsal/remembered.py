"""An answer that is asked for at most about once a second, however often it is wanted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_FRESH_S = 0.8

_Value = TypeVar("_Value")


class Remembered(Generic[_Value]):
    """Keeps one answer for a moment; callers that come at once share one question."""

    def __init__(self, ask: Callable[[], Awaitable[_Value]]) -> None:
        self._ask = ask
        self._lock = asyncio.Lock()
        self._kept: tuple[float, _Value] | None = None

    async def value(self) -> _Value:
        """The answer, at most a moment old."""
        async with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > _FRESH_S:
                self._kept = (time.monotonic(), await self._ask())
            return self._kept[1]
