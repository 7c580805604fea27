"""The credits ledger: a SQLite file of its own, in which a payment can be credited once and never twice.

Only a fault, or a crowd that was asked for mistakes, writes a row past that rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rehearsal.documents import open_database

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS entries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        user TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('purchase', 'debit', 'refund')),
        credits INTEGER NOT NULL,
        usd_cents INTEGER NOT NULL,
        currency TEXT NOT NULL,
        payment_intent TEXT,
        correlation_id TEXT NOT NULL,
        created_at TEXT NOT NULL,
        once TEXT UNIQUE
    )
    """,
    "CREATE INDEX IF NOT EXISTS entries_newest ON entries (created_at, seq)",
    "CREATE INDEX IF NOT EXISTS entries_of_user ON entries (user, created_at, seq)",
    "CREATE INDEX IF NOT EXISTS entries_of_payment ON entries (payment_intent)",
    """
    CREATE TABLE IF NOT EXISTS denials (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        user TEXT NOT NULL,
        created_at TEXT NOT NULL,
        reason TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS denials_newest ON denials (created_at, seq)",
    "CREATE TABLE IF NOT EXISTS probes (id INTEGER PRIMARY KEY, note TEXT NOT NULL)",
)
_ENTRY = "id, user, kind, credits, usd_cents, currency, payment_intent, correlation_id, created_at"
_DENIAL = "id, user, created_at, reason"
_WRITE = f"INSERT INTO entries ({_ENTRY}, once) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - the names are ours, the values are bound


_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A name without digits looks like nobody's telephone number."""


class UnknownCursorError(LookupError):
    """A page was asked for behind a row that there is not."""


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
    """One row of the ledger. Debits and refunds have negative credits."""

    id: str
    user: str
    kind: str
    credits: int
    usd_cents: int
    currency: str
    payment_intent: str | None
    correlation_id: str
    created_at: str

    def shown(self) -> dict[str, Any]:
        """The row as the user's own transactions show it."""
        row = self.shown_to_all()
        del row["user"]
        return row

    def shown_to_all(self) -> dict[str, Any]:
        """The row as the transactions of everybody show it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A paying user who was turned away."""

    id: str
    user: str
    created_at: str
    reason: str

    def shown(self) -> dict[str, Any]:
        """The denial as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry to be written, and the key under which it can be written only once, if it has one."""

    entry: Entry
    once: str | None


class Ledger:
    """Reads and writes of the ledger file."""

    def __init__(self, path: Path, *, seed: int) -> None:
        self._db = open_database(path)
        self._seed = seed
        for statement in _SCHEMA:
            self._db.execute(statement)

    def balance(self, user: str) -> int:
        """The user's credits."""
        query = "SELECT coalesce(sum(credits), 0) FROM entries WHERE user = ?"
        found: int = self._db.execute(query, (user,)).fetchone()[0]
        return found

    def page(self, user: str | None, *, after: int | None, limit: int) -> tuple[list[Entry], int | None]:
        """Up to `limit` rows of a user, or of everybody, behind the cursor, newest first; the next cursor."""
        rows, following = self._behind("entries", _ENTRY, user=user, after=after, limit=limit)
        return [_entry(row) for row in rows], following

    def denials(self, *, after: int | None, limit: int) -> tuple[list[Denial], int | None]:
        """Up to `limit` denials behind the cursor, newest first, and the next cursor."""
        rows, following = self._behind("denials", _DENIAL, user=None, after=after, limit=limit)
        return [Denial(**dict(zip(Denial.__slots__, row, strict=True))) for row in rows], following

    def credited(self, payment_intent: str) -> Entry | None:
        """The first purchase row of a payment, if it was credited."""
        row = self._db.execute(
            f"SELECT {_ENTRY} FROM entries "  # noqa: S608 - the columns are a constant
            "WHERE payment_intent = ? AND kind = 'purchase' ORDER BY seq LIMIT 1",
            (payment_intent,),
        ).fetchone()
        return None if row is None else _entry(row)

    def credit(self, user: str, purchase: Purchase) -> tuple[Entry, bool]:
        """The payment's row, and whether this call wrote it; the unique key decides, not a look before."""
        fresh = self._fresh(user, "purchase", **asdict(purchase))
        wrote = self._write(fresh, once=f"purchase:{purchase.payment_intent}")
        return (fresh if wrote else self._existing(purchase.payment_intent)), wrote

    def credit_again(self, user: str, purchase: Purchase) -> Entry:
        """A purchase row past the rule that a payment is credited once: what a fault does."""
        fresh = self._fresh(user, "purchase", **asdict(purchase))
        self._write(fresh, once=None)
        return fresh

    def refund(self, credited: Entry, *, refund: str, usd_cents: int) -> Entry:
        """Take back what a refund of `usd_cents` is worth of the row that it undoes, once a refund."""
        share = credited.credits * usd_cents // credited.usd_cents
        fresh = self._fresh(
            credited.user,
            "refund",
            credits=-share,
            usd_cents=-usd_cents,
            currency=credited.currency,
            payment_intent=credited.payment_intent,
            correlation_id=credited.correlation_id,
        )
        self._write(fresh, once=f"refund:{refund}")
        return fresh

    def debit(self, user: str, spent: int, *, job: str = "job") -> Entry:
        """The user spends credits on a kind of job; the ledger itself lets a balance fall below zero."""
        told, _, digest = self._next_id(job, "entries").rpartition("_")
        name = f"{told}_{digest.translate(_LETTERS)}"
        fresh = self._fresh(
            user,
            "debit",
            credits=-spent,
            usd_cents=0,
            currency="usd",
            payment_intent=None,
            correlation_id=name,
        )
        self._write(fresh, once=None)
        return fresh

    def deny(self, user: str, reason: str) -> Denial:
        """Keep that a user was turned away."""
        denial = Denial(id=self._next_id("den", "denials"), user=user, created_at=_now(), reason=reason)
        self.keep_denials([denial])
        return denial

    def keep(self, rows: Iterable[Row]) -> None:
        """Write many rows, made elsewhere, in one transaction."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany(_WRITE, ((*_values(row.entry), row.once) for row in rows))

    def keep_denials(self, denials: Iterable[Denial]) -> None:
        """Write many denials, made elsewhere, in one transaction."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany(
                f"INSERT INTO denials ({_DENIAL}) VALUES (?, ?, ?, ?)",  # noqa: S608 - a constant
                (tuple(denial.shown().values()) for denial in denials),
            )

    def probe(self, note: str) -> None:
        """Write a row to the scratch table and remove it again."""
        with self._db:
            name = self._db.execute("INSERT INTO probes (note) VALUES (?)", (note,)).lastrowid
            self._db.execute("DELETE FROM probes WHERE id = ?", (name,))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _fresh(self, user: str, kind: str, **said: Any) -> Entry:
        return Entry(id=self._next_id("tx", "entries"), user=user, kind=kind, created_at=_now(), **said)

    def _next_id(self, prefix: str, table: str) -> str:
        count = self._db.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchone()[0]  # noqa: S608 - the names are ours, the values are bound
        digest = hashlib.sha256(f"{self._seed}:{prefix}:{table}:{count}".encode()).hexdigest()
        return f"{prefix}_{digest[:16]}"

    def _write(self, entry: Entry, *, once: str | None) -> bool:
        written = self._db.execute(f"{_WRITE} ON CONFLICT (once) DO NOTHING", (*_values(entry), once))
        return bool(written.rowcount)

    def _existing(self, payment_intent: str) -> Entry:
        entry = self.credited(payment_intent)
        if entry is None:
            raise LookupError(f"Got no row for {payment_intent}, expected the one that kept ours out.")
        return entry

    def _behind(
        self, table: str, columns: str, *, user: str | None, after: int | None, limit: int
    ) -> tuple[list[tuple[Any, ...]], int | None]:
        """Newest first by time and not by insertion: a crowd writes a past behind what is there already."""
        conditions, values = (["user = ?"], [user]) if user is not None else ([], list[Any]())
        if after is not None:
            conditions.append("(created_at, seq) < (?, ?)")
            values += [self._created(table, after), after]
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        rows = self._db.execute(
            f"SELECT seq, {columns} FROM {table} {where}"  # noqa: S608 - of constants
            "ORDER BY created_at DESC, seq DESC LIMIT ?",
            (*values, limit + 1),
        ).fetchall()
        return [row[1:] for row in rows[:limit]], rows[limit - 1][0] if len(rows) > limit else None

    def _created(self, table: str, seq: int) -> str:
        row = self._db.execute(f"SELECT created_at FROM {table} WHERE seq = ?", (seq,)).fetchone()  # noqa: S608 - the names are ours, the values are bound
        if row is None:
            raise UnknownCursorError(f"Got cursor {seq}, expected one of an answer before.")
        return str(row[0])


def written_at(moment: datetime) -> str:
    """A time as the ledger writes it: always with microseconds, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _now() -> str:
    return written_at(datetime.now(UTC))


def _values(entry: Entry) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in Entry.__slots__)


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(**dict(zip(Entry.__slots__, row, strict=True)))
