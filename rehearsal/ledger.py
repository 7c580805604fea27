"""The credits ledger: a SQLite file of its own, in which a payment can be credited once and never twice."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rehearsal.documents import open_database

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS transactions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        user TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('purchase', 'debit', 'refund')),
        credits INTEGER NOT NULL,
        usd_cents INTEGER NOT NULL,
        currency TEXT NOT NULL,
        payment_intent TEXT UNIQUE,
        correlation_id TEXT NOT NULL,
        created_at TEXT NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS probes (id INTEGER PRIMARY KEY, note TEXT NOT NULL)",
)
_COLUMNS = "id, kind, credits, usd_cents, currency, payment_intent, correlation_id, created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a credit says."""

    credits: int
    usd_cents: int
    currency: str
    payment_intent: str
    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger, as it is shown."""

    id: str
    kind: str
    credits: int
    usd_cents: int
    currency: str
    payment_intent: str | None
    correlation_id: str
    created_at: str

    def shown(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)


class Ledger:
    """Reads and writes of the ledger file."""

    def __init__(self, path: Path, *, seed: int) -> None:
        self._db = open_database(path)
        self._seed = seed
        for statement in _SCHEMA:
            self._db.execute(statement)

    def balance(self, user: str) -> int:
        """The user's credits."""
        query = "SELECT coalesce(sum(credits), 0) FROM transactions WHERE user = ?"
        found: int = self._db.execute(query, (user,)).fetchone()[0]
        return found

    def page(self, user: str, *, before: int, limit: int) -> tuple[list[Entry], int | None]:
        """Up to `limit` rows older than the cursor, newest first, and the cursor of the next page."""
        rows = self._db.execute(
            f"SELECT seq, {_COLUMNS} FROM transactions "  # noqa: S608 - the columns are a constant
            "WHERE user = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            (user, before, limit + 1),
        ).fetchall()
        entries = [_entry(row[1:]) for row in rows[:limit]]
        return entries, rows[limit - 1][0] if len(rows) > limit else None

    def credited(self, payment_intent: str) -> Entry | None:
        """The row of a payment, if it was credited."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM transactions WHERE payment_intent = ?",  # noqa: S608 - a constant
            (payment_intent,),
        ).fetchone()
        return None if row is None else _entry(row)

    def credit(self, user: str, purchase: Purchase) -> tuple[Entry, bool]:
        """The payment's row, and whether this call wrote it; the unique column decides, not a look before."""
        count = self._db.execute("SELECT count(*) FROM transactions").fetchone()[0]
        digest = hashlib.sha256(f"{self._seed}:transaction:{count}".encode()).hexdigest()
        fresh = Entry(
            id=f"tx_{digest[:16]}",
            kind="purchase",
            created_at=datetime.now(UTC).isoformat(),
            **asdict(purchase),
        )
        wrote = self._db.execute(
            f"INSERT INTO transactions (user, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (payment_intent) DO NOTHING",
            (user, *fresh.shown().values()),
        ).rowcount
        return (fresh if wrote else self._existing(purchase.payment_intent)), bool(wrote)

    def probe(self, note: str) -> None:
        """Write a row to the scratch table and remove it again."""
        with self._db:
            name = self._db.execute("INSERT INTO probes (note) VALUES (?)", (note,)).lastrowid
            self._db.execute("DELETE FROM probes WHERE id = ?", (name,))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _existing(self, payment_intent: str) -> Entry:
        entry = self.credited(payment_intent)
        if entry is None:
            raise LookupError(f"Got no row for {payment_intent}, expected the one that kept ours out.")
        return entry


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(**dict(zip(_COLUMNS.split(", "), row, strict=True)))
