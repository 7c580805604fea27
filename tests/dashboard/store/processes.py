"""Other processes that use a store, for tests that start several at once or kill one.

They are forked from a server that has imported everything once, so that starting one costs little.
"""

from __future__ import annotations

import multiprocessing
import resource
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from dashboard.store.errors import StoreFullError
from dashboard.store.values import COLLECTORS, Lease
from tests.dashboard.store.logs import logging
from tests.dashboard.store.scene import Writing, answer, at, opened, opened_run, writing

BATCH = 20
SIGN_EVERY = 3


def started(work: Any, *arguments: object) -> tuple[BaseProcess, Connection]:
    """A process that does `work(connection, *arguments)`, and our end of the connection."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def open_when_told(connection: Connection, url: str) -> None:
    """Open the store at the word, and say so."""
    connection.send("ready")
    connection.recv()
    opened(url).close()
    connection.send("opened")


def write_for_ever(connection: Connection, url: str, start: int) -> None:
    """Write batches and send each id when it is acknowledged."""
    store = opened(url)
    lease = store.take_lease(COLLECTORS, f"host:{start}", now=at(start), ttl_s=1)
    assert isinstance(lease, Lease)
    writer = Writing(store=store, run=opened_run(store), lease=lease)
    while True:
        for key in writer.samples(*(answer(second=second) for second in range(BATCH))):
            connection.send(key)


def capture_when_told(connection: Connection, url: str, folder: Path, name: str, count: int) -> None:
    """Capture so many at the word; send what was acknowledged."""
    with logging(url, folder) as log:
        connection.send("ready")
        connection.recv()
        connection.send([log.capture(f"{name}/{number}") for number in range(count)])


def capture_for_ever(connection: Connection, url: str, folder: Path, name: str) -> None:
    """Capture, sign every few records, and send each record when it is acknowledged."""
    with logging(url, folder) as log:
        number = 0
        while True:
            connection.send(log.capture(f"{name}/{number}"))
            number += 1
            if number % SIGN_EVERY == 0:
                log.sign()


def write_until_full(connection: Connection, url: str, limit: int) -> None:
    """Write batches to files that may not grow beyond the limit; send each last id, then the error."""
    with opened(url) as store:
        writer = writing(store)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            while True:
                connection.send(writer.samples(*(answer() for _ in range(BATCH)))[-1])
        except StoreFullError as error:
            connection.send(str(error))


def received(connection: Connection) -> list[Any]:
    """Everything that the other side still said before it ended."""
    said = []
    while True:
        try:
            said.append(connection.recv())
        except (EOFError, OSError):
            connection.close()
            return said
