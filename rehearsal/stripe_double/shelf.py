"""Where Stripe's objects are kept: a SQLite file that finds any page of a list among 100,000 by an index.

It knows columns and nothing of Stripe's rules; an object is on disk before `put` returns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.documents import Document, open_database

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS objects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        id TEXT NOT NULL UNIQUE,
        livemode INTEGER NOT NULL,
        created INTEGER NOT NULL,
        listed_at REAL NOT NULL,
        payment_intent TEXT,
        charge TEXT,
        source TEXT,
        type TEXT,
        about TEXT,
        net INTEGER,
        undelivered INTEGER NOT NULL,
        next_at REAL,
        body TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS listed ON objects (kind, livemode, created, id)",
    """
    CREATE INDEX IF NOT EXISTS of_payment ON objects (payment_intent, kind, livemode)
    WHERE payment_intent IS NOT NULL
    """,
    "CREATE INDEX IF NOT EXISTS of_charge ON objects (charge, kind, livemode) WHERE charge IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS of_source ON objects (source, kind, livemode) WHERE source IS NOT NULL",
    """
    CREATE INDEX IF NOT EXISTS of_type ON objects (type, kind, livemode, created, id)
    WHERE type IS NOT NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS undelivered ON objects (kind, livemode, undelivered, created, id)
    WHERE undelivered = 1
    """,
    "CREATE INDEX IF NOT EXISTS about ON objects (about) WHERE about IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS due ON objects (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS moved ON objects (livemode, listed_at, net) WHERE net IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
)
# A crowd writes half a million rows: their indexes stay in memory, are copied home less often, and nothing
# waits for the disk. What was committed outlives a kill of the process even so.
_ROOM = (
    "PRAGMA cache_size = -131072",
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA synchronous = OFF",
)
_COLUMNS = (
    "kind",
    "id",
    "livemode",
    "created",
    "listed_at",
    "payment_intent",
    "charge",
    "source",
    "type",
    "about",
    "net",
    "undelivered",
    "next_at",
    "body",
)
_FEW = frozenset({"payment_intent = ?", "charge = ?", "source = ?"})
_RENEWED = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "id")
_PUT = (
    f"INSERT INTO objects ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - the names are ours, the values are bound
    f"ON CONFLICT (id) DO UPDATE SET {_RENEWED}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which objects a page may hold, as SQL conditions with their values, and where it begins.

    `older` pages go from newest to oldest, and from `beside` on where that is given.
    """

    kind: str
    conditions: Sequence[tuple[str, Sequence[Any]]]
    limit: int
    beside: tuple[int, str] | None = None
    older: bool = True


class Shelf:
    """One file of objects."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)
        for room in _ROOM:
            self._db.execute(room)
        for statement in _SCHEMA:
            self._db.execute(statement)

    def put(self, document: Document) -> None:
        """Insert the document, or replace the one of that kind and id."""
        self._db.execute(_PUT, _row(document))

    def put_all(self, documents: Iterable[Document]) -> None:
        """Insert many documents in one transaction."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany(_PUT, (_row(document) for document in documents))

    def get(self, kind: str, name: str) -> Document | None:
        """The document of that id, if there is one."""
        rows = self._bodies("kind = ? AND id = ?", (kind, name))
        return next(rows, None)

    def of_kind(self, kind: str) -> Iterator[Document]:
        """Every document of a kind: for kinds of which there are few."""
        return self._bodies("kind = ?", (kind,), "ORDER BY seq DESC")

    def about(self, name: str) -> Iterator[Document]:
        """The events about an object, newest first."""
        return self._bodies("about = ?", (name,), "ORDER BY seq DESC")

    def due(self) -> Iterator[Document]:
        """The events that have a delivery to be tried, the soonest first."""
        return self._bodies("next_at IS NOT NULL", (), "ORDER BY next_at")

    def events(self, *, livemode: bool, limit: int) -> Iterator[Document]:
        """The newest events of a mode."""
        return self._bodies(
            "kind = 'event' AND livemode = ?", (livemode, limit), "ORDER BY created DESC, id DESC LIMIT ?"
        )

    def page(self, wanted: Wanted) -> list[Document]:
        """The documents of a page, in the order of the list."""
        conditions = [("kind = ?", (wanted.kind,)), *wanted.conditions]
        if wanted.beside is not None:
            conditions.append((f"(created, id) {'<' if wanted.older else '>'} (?, ?)", wanted.beside))
        where = " AND ".join(condition for condition, _ in conditions)
        values = [value for _, several in conditions for value in several]
        way = "DESC" if wanted.older else "ASC"
        # The plus keeps the index of time out of it where another finds the few there are.
        plus = "+" if any(condition in _FEW for condition, _ in wanted.conditions) else ""
        order = f"ORDER BY {plus}created {way}, {plus}id {way} LIMIT ?"
        found = list(self._bodies(where, (*values, wanted.limit), order))
        return found if wanted.older else found[::-1]

    def net(self, *, livemode: bool, now: float) -> int:
        """What all movements of the balance that can be seen come to."""
        found: int = self._db.execute(
            "SELECT coalesce(sum(net), 0) FROM objects "
            "WHERE livemode = ? AND listed_at <= ? AND net IS NOT NULL",
            (livemode, now),
        ).fetchone()[0]
        return found

    def counted(self, name: str) -> int:
        """How often this counter was asked before."""
        found: int = self._db.execute(
            "INSERT INTO counters (name, value) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        ).fetchone()[0]
        return found - 1

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _bodies(self, where: str, values: Sequence[Any], then: str = "") -> Iterator[Document]:
        query = f"SELECT body FROM objects WHERE {where} {then}"  # noqa: S608 - made of constants
        rows: sqlite3.Cursor = self._db.execute(query, values)
        for (body,) in rows.fetchall():
            yield msgspec.json.decode(body)


def _row(document: Document) -> tuple[Any, ...]:
    made = document["object"]
    waiting = [one for one in document["deliveries"] if one["delivered_at"] is None]
    due = [one["next_at"] for one in document["deliveries"] if one["next_at"] is not None]
    is_event, is_movement = made["object"] == "event", made["object"] == "balance_transaction"
    return (
        made["object"],
        made["id"],
        document["livemode"],
        made["created"],
        document["listed_at"],
        made.get("payment_intent"),
        made.get("charge"),
        made.get("source"),
        made["type"] if is_event or is_movement else None,
        made["data"]["object"]["id"] if is_event else None,
        made["net"] if is_movement else None,
        bool(waiting),
        min(due, default=None),
        msgspec.json.encode(document).decode(),
    )
