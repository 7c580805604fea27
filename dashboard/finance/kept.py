"""Both sides of the money in DuckDB, and what of it was touched since it was reconciled last.

A row is touched by what it was as well as by what it is. What a touched row leads to by a payment intent, a
checkout or a correlation id is reconciled with it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from collectors.money_window import MoneyList
from dashboard.finance.intake import Row
from dashboard.finance.tables import ENTRIES_KEPT, PAYMENTS_KEPT, SHELVES, Shelf
from dashboard.reconciliation.engine import opened

MEMORY: Final = "600MB"

_ARROW: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
}
_COLUMNS: Final = ("payment_intent", "session", "correlation_id", "charge", "entry")
_NAMED = "IN (SELECT unnest(?::VARCHAR[]))"

_FILL = f"""
UPDATE payments SET session = found.session, due_cents = found.due_cents,
    refunded_cents = found.refunded_cents, moved = found.amount, fee = found.fee, net = found.net
FROM (
    SELECT p.charge, c.session, coalesce(c.told.due, p.captured_cents) AS due_cents,
        coalesce(r.cents, 0) AS refunded_cents, m.amount, m.fee, m.net
    FROM payments p
    LEFT JOIN (
        SELECT payment_intent, max(session) AS session, arg_max({{'due': due_cents}}, session) AS told
        FROM checkouts
        WHERE payment_intent IN (SELECT payment_intent FROM payments WHERE $all OR charge {_NAMED})
        GROUP BY payment_intent
    ) c ON c.payment_intent = p.payment_intent
    LEFT JOIN (
        SELECT charge, currency, sum(cents)::BIGINT AS cents FROM refunds
        WHERE moved AND ($all OR charge {_NAMED})
        GROUP BY ALL
    ) r ON r.charge = p.charge AND r.currency = p.currency
    LEFT JOIN movements m ON m.id = p.balance_transaction AND m.currency = p.currency
    WHERE $all OR p.charge {_NAMED}
) found
WHERE payments.charge = found.charge
"""  # noqa: S608 - of constants
"""A fee in another currency than the payment's cannot be taken from it, and stays unknown."""

_BACK = f"""
UPDATE entries SET taken_back = CASE WHEN payment_intent IS NOT NULL OR correlation_id IN (
    SELECT correlation_id FROM payments WHERE correlation_id IS NOT NULL AND ($all OR correlation_id {_NAMED})
) THEN debited ELSE 0 END
WHERE $all OR entry {_NAMED} RETURNING "user"
"""  # noqa: S608 - of constants
"""What was debited by a payment, as the gates find the debit of a refund: it took what nobody has used."""


@dataclass(slots=True, kw_only=True)
class Touched:
    """The names of what has to be reconciled again."""

    payment_intents: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    correlation_ids: set[str] = field(default_factory=set)
    charges: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return any(self._sets())

    def note(self, row: Row) -> None:
        """Add what names a row and what leads from it to others."""
        for names, column in zip(self._sets(), _COLUMNS, strict=True):
            value = row.get(column)
            if value is not None:
                names.add(value)

    def add(self, more: Touched) -> Touched:
        """Add these; those that are new."""
        new = [theirs - ours for ours, theirs in zip(self._sets(), more._sets(), strict=True)]
        for ours, one in zip(self._sets(), new, strict=True):
            ours.update(one)
        names = ("payment_intents", "sessions", "correlation_ids", "charges", "entries")
        return Touched(**dict(zip(names, new, strict=True)))

    def _sets(self) -> tuple[set[str], ...]:
        return (self.payment_intents, self.sessions, self.correlation_ids, self.charges, self.entries)


class Kept:
    """The tables. Opened when it is made, and one thread at a time."""

    def __init__(self) -> None:
        self.connection = opened(MEMORY)
        self.duck = self.connection.con
        for shelf in SHELVES.values():
            self.duck.execute(shelf.ddl)
        self.touched = Touched()
        self.spenders: set[str] = set()
        self.is_new = True
        self._fresh: set[str] = set()
        self._moved: set[str] = set()
        self._checked: set[str] = set()
        self._refunded: set[str] = set()

    def close(self) -> None:
        """Let go of everything."""
        self.connection.disconnect()

    def take(self, name: MoneyList, rows: Sequence[Row], gone: Collection[str] = ()) -> None:
        """Replace these rows, and take out what is gone."""
        shelf = SHELVES[name]
        ids = [row[shelf.key] for row in rows] + list(gone)
        if ids and not self.is_new:
            columns = ", ".join(f'"{column}"' for column in shelf.noted)
            sql = f'DELETE FROM {shelf.name} WHERE "{shelf.key}" {_NAMED} RETURNING {columns}'  # noqa: S608 - the names are ours, the values are bound
            for was in self._query(sql, ids):
                self._note(shelf, dict(zip(shelf.noted, was, strict=True)))
            for row in rows:
                self._note(shelf, row)
        if rows:
            self._insert(shelf, rows)

    def fill(self) -> None:
        """Bring its checkout and its fee to each payment that is new, or of which one of the two is."""
        if self.is_new:
            self.duck.execute(_FILL.replace("$all", "true"), [[], [], []])
            return
        checked = self._charges("payment_intent", self._checked)
        self._touch(checked)  # by the checkout that they had, too
        ids = list(self._fresh | checked | self._refunded | self._charges("balance_transaction", self._moved))
        if ids:
            self.duck.execute(_FILL.replace("$all", "false"), [ids, ids, ids])
            self._touch(self._fresh | checked | self._refunded)
        for names in (self._fresh, self._checked, self._moved, self._refunded):
            names.clear()

    def touch_aged(self, payments: Collection[str], entries: Collection[str]) -> None:
        """Touch these by their names alone; a payment without an intent is named by its charge."""
        named = self._charges("payment_intent", payments)
        self._touch(named | set(payments))
        columns = ", ".join(ENTRIES_KEPT.noted)
        sql = f"SELECT {columns} FROM entries WHERE entry {_NAMED}"  # noqa: S608 - of constants
        for was in self._query(sql, entries) if entries else ():
            self._note(ENTRIES_KEPT, dict(zip(ENTRIES_KEPT.noted, was, strict=True)))

    def close_over(self) -> None:
        """Add whatever the touched rows lead to, until nothing is added."""
        front = self.touched
        while front:
            found = Touched()
            by = {
                "payment_intent": front.payment_intents,
                "session": front.sessions,
                "correlation_id": front.correlation_ids,
            }
            for shelf in (PAYMENTS_KEPT, ENTRIES_KEPT):
                names = [name for name in shelf.links if by[name]]
                columns = ", ".join((shelf.key, *shelf.links))
                # One look-up a key: DuckDB is three times as slow where one asks for either of them.
                sql = " UNION ".join(
                    f"SELECT {columns} FROM {shelf.name} WHERE {name} {_NAMED}"  # noqa: S608 - of constants
                    for name in names
                )
                for row in self._query(sql, *(by[name] for name in names)) if names else ():
                    found.note(dict(zip((shelf.key, *shelf.links), row, strict=True)))
            front = self.touched.add(found)

    def take_back(self) -> None:
        """Tell of each debit that was touched whether it is of a payment."""
        touched = (self.touched.correlation_ids, self.touched.entries)
        sql = _BACK.replace("$all", "true" if self.is_new else "false")
        self.spenders.update(user for (user,) in self._query(sql, *touched) if user is not None)

    def untouch(self) -> None:
        """Everything is reconciled as it is."""
        self.touched, self.is_new = Touched(), False

    def _insert(self, shelf: Shelf, rows: Sequence[Row]) -> None:
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in shelf.told.items()])
        self.duck.register("incoming", pa.Table.from_pylist(list(rows), schema=schema))
        names = ", ".join(f'"{name}"' for name in shelf.told)
        self.duck.execute(f"INSERT INTO {shelf.name} ({names}) SELECT {names} FROM incoming")  # noqa: S608 - the names are ours, the values are bound
        self.duck.unregister("incoming")

    def _touch(self, charges: Collection[str]) -> None:
        columns = ", ".join(PAYMENTS_KEPT.noted)
        sql = f"SELECT {columns} FROM payments WHERE charge {_NAMED}"  # noqa: S608 - of constants
        for row in self._query(sql, charges) if charges else ():
            self.touched.note(dict(zip(PAYMENTS_KEPT.noted, row, strict=True)))

    def _charges(self, column: str, names: Collection[str]) -> set[str]:
        if not names:
            return set()
        sql = f"SELECT charge FROM payments WHERE {column} {_NAMED}"  # noqa: S608 - of constants
        return {charge for (charge,) in self._query(sql, names)}

    def _note(self, shelf: Shelf, row: Row) -> None:
        """What this row touches, as it was or as it is."""
        match shelf.name:
            case "payments":
                self._fresh.add(row["charge"])
                self.touched.note(row)
            case "entries":
                self.touched.note(row)
                if row["user"] is not None:
                    self.spenders.add(row["user"])
            case "checkouts":
                self._checked.add(row["payment_intent"])
            case "movements":
                self._moved.add(row["id"])
            case "refunds" if row["charge"] is not None:
                self._refunded.add(row["charge"])

    def _query(self, sql: str, *names: Collection[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.duck.execute(sql, [list(each) for each in names]).fetchall()
        return found
