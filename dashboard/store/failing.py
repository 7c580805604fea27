"""Turns what a database driver says into our errors, in one place.

Knows the codes of SQLite and of PostgreSQL; passes on neither parameters nor addresses with a password.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dashboard.store.errors import (
    StoreBrokenError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreUnansweredError,
    StoreUnreachableError,
    UnstorableError,
)

Kind = type[StoreError]

# SQLite's primary result codes are the low byte of the extended ones.
_PRIMARY = 0xFF

_SQLITE: dict[int, Kind] = {
    sqlite3.SQLITE_BUSY: StoreLockedError,
    sqlite3.SQLITE_LOCKED: StoreLockedError,
    sqlite3.SQLITE_READONLY: StoreReadOnlyError,
    sqlite3.SQLITE_PERM: StoreReadOnlyError,
    sqlite3.SQLITE_FULL: StoreFullError,
    sqlite3.SQLITE_NOTADB: StoreDamagedError,
    sqlite3.SQLITE_CORRUPT: StoreDamagedError,
    sqlite3.SQLITE_IOERR: StoreDamagedError,
    sqlite3.SQLITE_CANTOPEN: StoreUnreachableError,
    sqlite3.SQLITE_TOOBIG: UnstorableError,
}

# A write past a quota or a file size limit is no ENOSPC, so SQLite calls it an I/O error.
_SQLITE_EXTENDED: dict[int, Kind] = {
    sqlite3.SQLITE_IOERR_WRITE: StoreFullError,
    sqlite3.SQLITE_IOERR_TRUNCATE: StoreFullError,
}

# By SQLSTATE, the longest prefix first.
_POSTGRES: dict[str, Kind] = {
    "53100": StoreFullError,
    "53": StoreUnreachableError,  # too many connections, out of memory
    "25006": StoreReadOnlyError,
    "25P03": StoreUnreachableError,  # we were silent in a transaction for too long, and were shown out
    "42501": StoreReadOnlyError,  # insufficient privilege
    "55P03": StoreLockedError,
    "57014": StoreLockedError,  # the statement was cancelled by its timeout
    "40": StoreLockedError,  # deadlock, serialization
    "22": UnstorableError,
    "28": StoreUnreachableError,
    "3D000": StoreUnreachableError,
    "57P": StoreUnreachableError,
    "08": StoreUnreachableError,
    "XX": StoreDamagedError,
    "58": StoreDamagedError,
}

_MEND: dict[Kind, str] = {
    StoreLockedError: "wait for the other writer, or end it if it hangs, and try again",
    StoreReadOnlyError: "give golive write permission on the database and on its folder",
    StoreFullError: "free some room on its disk; nothing recorded before is lost",
    StoreDamagedError: "restore it from a backup, or start with another database",
    StoreUnreachableError: "check the address, the permissions and that the database runs",
    StoreUnansweredError: "whether it was kept is not known, so look before you do it again",
    UnstorableError: "leave the value out and report it",
    StoreBrokenError: "run `golive doctor` and report what it prints",
}

_EXPECTED: dict[Kind, str] = {
    StoreLockedError: "its turn to write",
    StoreReadOnlyError: "a database that can be written",
    StoreFullError: "room to write",
    StoreDamagedError: "a sound golive database",
    StoreUnreachableError: "a database that answers",
    StoreUnansweredError: "an answer to what was written",
    UnstorableError: "a value that a database can keep",
    StoreBrokenError: "a database that takes golive's statements",
}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise our error instead of the driver's; `place` is the masked address."""
    try:
        yield
    except DBAPIError as error:
        raise _ours(_kind(error.orig), place, _words(error.orig)) from error
    except (sqlite3.Error, psycopg.Error) as error:  # from what runs below SQLAlchemy
        raise _ours(_kind(error), place, _words(error)) from error
    except PoolTimeoutError as error:
        raise _ours(StoreLockedError, place, "no free connection") from error
    except UnicodeEncodeError as error:
        raise _ours(UnstorableError, place, "text that is not Unicode") from error


@contextmanager
def committing(place: str) -> Iterator[None]:
    """The same for a commit: of one that is not answered nobody knows whether it was kept."""
    try:
        with translated(place):
            yield
    except StoreUnreachableError as error:
        words = _words(error.__cause__.orig) if isinstance(error.__cause__, DBAPIError) else f"{error}"
        raise _ours(StoreUnansweredError, place, words) from error


def _ours(kind: Kind, place: str, words: str) -> StoreError:
    return kind(f"Got {words!r} from {place}, expected {_EXPECTED[kind]}; {_MEND[kind]}.")


def _kind(error: BaseException | None) -> Kind:
    if isinstance(error, sqlite3.Error):
        return _sqlite_kind(error)
    if isinstance(error, psycopg.Error):
        return _postgres_kind(error)
    return StoreBrokenError


def _sqlite_kind(error: sqlite3.Error) -> Kind:
    code = getattr(error, "sqlite_errorcode", None)  # errors of the Python layer have none
    if code is None:
        return StoreBrokenError
    return _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & _PRIMARY, StoreBrokenError)


def _postgres_kind(error: psycopg.Error) -> Kind:
    state = error.sqlstate
    if state is None:
        # Without a state the server never answered, or the driver refused the value itself.
        return UnstorableError if isinstance(error, psycopg.DataError) else StoreUnreachableError
    return next((kind for prefix, kind in _POSTGRES.items() if state.startswith(prefix)), StoreBrokenError)


def _words(error: BaseException | None) -> str:
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return error.diag.message_primary  # without DETAIL, which quotes the row
    return " ".join(str(error).split())[:200]
