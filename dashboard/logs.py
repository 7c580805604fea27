"""How a process of golive logs: one line each, dated, and what is said again and again said seldom.

A store that is away for an hour makes every loop of golive say so several times a second: the log would hide
what came before it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

AGAIN_AFTER_S: Final = 60.0
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MOST: Final = 1_000


class Seldom(logging.Filter):
    """Lets a line with the same error pass once a minute; a line without an error always passes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, ...], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it was not said in the last minute."""
        errors = _errors(record)
        if not errors:
            return True
        said, now = (record.name, str(record.msg), *errors), self._clock()
        if now - self._said.get(said, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
            return False
        if len(self._said) >= _MOST:
            self._said.clear()
        self._said[said] = now
        return True


def _errors(record: logging.LogRecord) -> tuple[str, ...]:
    told = record.args if isinstance(record.args, tuple) else ()
    return tuple(str(each) for each in told if isinstance(each, BaseException))


def log_all() -> None:
    """Log what every part says: for a process that is golive's alone."""
    logging.basicConfig(level=logging.INFO, handlers=[_handler()])
    logging.getLogger("httpx").setLevel(logging.WARNING)


def log_own() -> None:
    """Log what golive itself says: for a process whose server logs in its own way."""
    logging.getLogger("dashboard").addHandler(_handler())


def _handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(Seldom())
    return handler
