"""Both sides of the money in DuckDB, and what of it was touched since it was reconciled last.

A row is touched by what it was as well as by what it is. What a touched row leads to by a payment intent, a
checkout or a correlation id is reconciled with it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
_NAMED = "IN (SELECT unnest(?::VARCHAR[]))"

_FILL = f"""
UPDATE payments SET session = found.session, due_cents = found.due_cents, fee = found.fee, net = found.net
FROM (
    SELECT p.charge, c.session, coalesce(c.told.due, p.captured_cents) AS due_cents, m.fee, m.net
    FROM payments p
    LEFT JOIN (
        SELECT payment_intent, max(session) AS session, arg_max({{'due': due_cents}}, session) AS told
        FROM checkouts
        WHERE payment_intent IN (SELECT payment_intent FROM payments WHERE $all OR charge {_NAMED})
        GROUP BY payment_intent
    ) c ON c.payment_intent = p.payment_intent
    LEFT JOIN movements m ON m.id = p.balance_transaction AND m.currency = p.currency
    WHERE $all OR p.charge {_NAMED}
) found
WHERE payments.charge = found.charge
"""  # noqa: S608 - of constants
"""A fee in another currency than the payment's cannot be taken from it, and stays unknown."""


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
        self.is_new = True
        self._moved: set[str] = set()

    def close(self) -> None:
        """Let go of everything."""
        self.connection.disconnect()

    def take(self, name: MoneyList, rows: Sequence[Row], gone: Collection[str] = ()) -> None:
        """Replace these rows, and take out what is gone."""
        shelf = SHELVES[name]
        ids = [row[shelf.key] for row in rows] + list(gone)
        if not ids:
            return
        if not self.is_new:
            self._touch(shelf, ids)
            self.duck.execute(f'DELETE FROM {shelf.name} WHERE "{shelf.key}" {_NAMED}', [ids])  # noqa: S608
        if rows:
            self._insert(shelf, rows)
        if not self.is_new:
            self._touch(shelf, ids)

    def fill(self) -> None:
        """Bring the checkout and the fee of each payment to it that was touched."""
        if self.is_new:
            self.duck.execute(_FILL.replace("$all", "true"), [[], []])
            return
        wanted = self._query(
            f"SELECT charge FROM payments WHERE charge {_NAMED} OR payment_intent {_NAMED}"  # noqa: S608
            f" OR balance_transaction {_NAMED}",
            self.touched.charges,
            self.touched.payment_intents,
            self._moved,
        )
        ids = [charge for (charge,) in wanted]
        if ids:
            self._touch(PAYMENTS_KEPT, ids)
            self.duck.execute(_FILL.replace("$all", "false"), [ids, ids])
            self._touch(PAYMENTS_KEPT, ids)
        self._moved.clear()

    def close_over(self) -> None:
        """Add whatever the touched rows lead to, until nothing is added."""
        front = self.touched
        while front:
            found = Touched()
            for shelf, own in ((PAYMENTS_KEPT, front.charges), (ENTRIES_KEPT, front.entries)):
                links = [front.payment_intents, front.sessions, front.correlation_ids]
                said = " OR ".join(f"{name} {_NAMED}" for name in (shelf.key, *shelf.links))
                self._note(shelf, self._query(f"{_linked(shelf)} WHERE {said}", own, *links), found)
            front = self.touched.add(found)

    def untouch(self) -> None:
        """Everything is reconciled as it is."""
        self.touched, self.is_new = Touched(), False

    def _insert(self, shelf: Shelf, rows: Sequence[Row]) -> None:
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in shelf.told.items()])
        self.duck.register("incoming", pa.Table.from_pylist(list(rows), schema=schema))
        names = ", ".join(f'"{name}"' for name in shelf.told)
        self.duck.execute(f"INSERT INTO {shelf.name} ({names}) SELECT {names} FROM incoming")  # noqa: S608
        self.duck.unregister("incoming")

    def _touch(self, shelf: Shelf, ids: Collection[str]) -> None:
        if shelf.name == "movements":
            self._moved |= set(ids)
        if shelf.links:
            found = Touched()
            self._note(shelf, self._query(f'{_linked(shelf)} WHERE "{shelf.key}" {_NAMED}', ids), found)
            self.touched.add(found)

    def _note(self, shelf: Shelf, rows: Iterable[Sequence[str | None]], found: Touched) -> None:
        own = {"charge": found.charges, "entry": found.entries}.get(shelf.key)
        sets = (own, found.payment_intents, found.sessions, found.correlation_ids)
        for row in rows:
            for names, value in zip(sets, row, strict=False):
                if names is not None and value is not None:
                    names.add(value)

    def _query(self, sql: str, *names: Collection[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.duck.execute(sql, [list(each) for each in names]).fetchall()
        return found


def _linked(shelf: Shelf) -> str:
    columns = ", ".join(f'"{name}"' for name in (shelf.key, *shelf.links))
    return f"SELECT {columns} FROM {shelf.name}"  # noqa: S608 - of constants
