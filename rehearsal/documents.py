"""Named collections of JSON documents in one SQLite file; a document is on disk before `put` returns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS newest ON documents (kind, seq)"


class Documents:
    """One file of documents. Order is the order of first insertion."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)
        self._db.execute(_SCHEMA)
        self._db.execute(_INDEX)

    def put(self, kind: str, name: str, body: Document) -> None:
        """Insert the document, or replace the one of that name in its place."""
        self._db.execute(
            "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, name, json.dumps(body)),
        )

    def get(self, kind: str, name: str) -> Document | None:
        """The document of that name, if there is one."""
        row = self._db.execute(
            "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, name)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def newest(self, kind: str, *, limit: int = -1) -> Iterator[Document]:
        """The documents of a kind, newest first: all of them, or the first `limit`."""
        rows = self._db.execute(
            "SELECT body FROM documents WHERE kind = ? ORDER BY seq DESC LIMIT ?", (kind, limit)
        )
        for (body,) in rows.fetchall():
            yield json.loads(body)

    def count(self, kind: str) -> int:
        """How many documents of a kind there are."""
        found: int = self._db.execute("SELECT count(*) FROM documents WHERE kind = ?", (kind,)).fetchone()[0]
        return found

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def open_database(path: Path) -> sqlite3.Connection:
    """A SQLite file that keeps what was committed through a kill of the process."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    return database
