"""A script that asks for the board again and again, each time as if for the first time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.bench.guarded import BOARD, Guarded
from tests.bench.redraws import ANSWERED_WITHIN_S


@dataclass(slots=True)
class Asked:
    """What came of it: `seconds` of each board that was given, and what was given or said instead."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How often was asked."""
        return len(self.seconds) + len(self.refused)

    def once(self, client: httpx.Client, golive: Guarded) -> None:
        """Ask once."""
        begun = time.perf_counter()
        try:
            told = client.get(golive.url + BOARD, headers={"Cookie": golive.cookie})
            took_s = time.perf_counter() - begun
            told.raise_for_status().json()["verdict"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            self.refused.append(f"{type(error).__name__}: {error}")
        else:
            self.seconds.append(took_s)


def script() -> httpx.Client:
    """What a script asks with: a connection of its own for each request."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(trust_env=False, timeout=ANSWERED_WITHIN_S, limits=limits)


@contextmanager
def asking(golive: Guarded, every_s: float) -> Iterator[Asked]:
    """Ask beside what is done meanwhile; all of it is there when that is over."""
    asked, over = Asked(), threading.Event()

    def ask() -> None:
        with script() as client:
            while not over.wait(every_s):
                asked.once(client, golive)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asked
    finally:
        over.set()
        thread.join()
