"""Connections to PostgreSQL that do not wait for ever: a server that hangs is as bad as one that is gone.

A server that refuses or ends says so at once. One that was stopped, or that a network swallows, says nothing,
and the driver would wait for it until somebody ends the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from sqlalchemy import Engine, event, text
from sqlmodel import Session

T = TypeVar("T")
_INTERVAL_S: Final = 0.1
"""How often the driver looks whether it was interrupted."""


class AnsweringConnection(psycopg.Connection[Any]):
    """A connection that is given up when one answer takes longer than `silence_s` seconds. None waits."""

    silence_s: float | None = None

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL_S, timeout: float | None = None) -> T:
        """As the driver's, within `silence_s` where the driver names no time of its own."""
        if timeout is not None or self.silence_s is None:
            return super().wait(gen, interval=interval, timeout=timeout)
        try:
            return super().wait(gen, interval=interval, timeout=self.silence_s)
        except errors._WaitTimeout as silent:  # noqa: SLF001 - what `wait` is documented to raise
            self.close()  # whatever is answered later answers nothing that is asked here any more
            raise psycopg.OperationalError(f"no answer for {self.silence_s:g} s") from silent


def answer_within(engine: Engine, silence_s: float) -> None:
    """Have every connection of this engine be an `AnsweringConnection`."""

    def connect(_dialect: Any, _record: Any, arguments: Any, named: Any) -> AnsweringConnection:
        connection = AnsweringConnection.connect(*arguments, **named)
        connection.silence_s = silence_s
        return connection

    event.listen(engine, "do_connect", connect)


@contextmanager
def unhurried(session: Session) -> Iterator[None]:
    """Let this transaction take as long as it takes, on both sides, for what a person knows to be slow."""
    driver: Any = session.connection().connection.dbapi_connection
    if not isinstance(driver, AnsweringConnection):
        yield
        return
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    before, driver.silence_s = driver.silence_s, None
    try:
        yield
    finally:
        driver.silence_s = before
