"""The tables that the books keep in DuckDB: their columns, what names a row, and what leads to others.

DuckDB is spoken to in its own SQL here and in the files beside: ibis takes longer to write such a query than
DuckDB to answer it, and a page asks a dozen at each look. The reconciliation alone is an expression of ibis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.money_window import MoneyList
from dashboard.reconciliation.classes import Class

SQL_TYPES: Final[Mapping[str, str]] = {"string": "VARCHAR", "int64": "BIGINT", "boolean": "BOOLEAN"}

RANKS: Final[Mapping[Class, int]] = {one: rank for rank, one in enumerate(Class)}
"""How bad a class is: 0 is the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A table as it is taken in; `derived` columns are filled from others, `links` lead to other rows."""

    name: str
    key: str
    told: Mapping[str, str]
    derived: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[str] = ()

    @property
    def noted(self) -> tuple[str, ...]:
        """What is asked of a row that is taken out: what names it, what it led to, and whose it was."""
        whose = ("user",) if "user" in self.told else ()
        return (self.key, *self.links, *whose)

    @property
    def ddl(self) -> str:
        """What makes it."""
        return made(self.name, {**self.told, **self.derived})


PAYMENTS_KEPT: Final = Shelf(
    name="payments",
    key="charge",
    told={
        "charge": "string",
        "payment_intent": "string",
        "correlation_id": "string",
        "created": "int64",
        "captured_cents": "int64",
        "currency": "string",
        "livemode": "boolean",
        "status": "string",
        "captured": "boolean",
        "balance_transaction": "string",
    },
    derived={
        "session": "string",
        "due_cents": "int64",
        "refunded_cents": "int64",
        "moved": "int64",
        "fee": "int64",
        "net": "int64",
    },
    links=("payment_intent", "session", "correlation_id"),
)
ENTRIES_KEPT: Final = Shelf(
    name="entries",
    key="entry",
    told={
        "entry": "string",
        "is_purchase": "boolean",
        "payment_intent": "string",
        "session": "string",
        "correlation_id": "string",
        "created": "int64",
        "cents": "int64",
        "credits": "int64",
        "currency": "string",
        "user": "string",
        "purchased": "int64",
        "debited": "int64",
    },
    derived={"taken_back": "int64"},
    links=("payment_intent", "correlation_id"),
)
_GIVEN_BACK: Final = {
    "id": "string",
    "created": "int64",
    "cents": "int64",
    "currency": "string",
    "moved": "boolean",
}
SHELVES: Final[Mapping[MoneyList, Shelf]] = {
    MoneyList.CHARGES: PAYMENTS_KEPT,
    MoneyList.CHECKOUT_SESSIONS: Shelf(
        name="checkouts",
        key="session",
        told={"session": "string", "payment_intent": "string", "due_cents": "int64"},
        links=("payment_intent",),
    ),
    MoneyList.BALANCE_TRANSACTIONS: Shelf(
        name="movements",
        key="id",
        told={
            "id": "string",
            "charge": "string",
            "created": "int64",
            "amount": "int64",
            "fee": "int64",
            "net": "int64",
            "currency": "string",
        },
    ),
    MoneyList.REFUNDS: Shelf(
        name="refunds", key="id", told={**_GIVEN_BACK, "charge": "string"}, links=("charge",)
    ),
    MoneyList.DISPUTES: Shelf(name="disputes", key="id", told=_GIVEN_BACK),
    MoneyList.LEDGER: ENTRIES_KEPT,
}

ROWS: Final[Mapping[str, str]] = {
    "key": "string",
    "is_payment": "boolean",
    "rank": "int64",
    "charge": "string",
    "payment_intent": "string",
    "entry": "string",
    "other_entry": "string",
    "correlation_id": "string",
    "currency": "string",
    "stripe_cents": "int64",
    "ledger_cents": "int64",
    "drift_cents": "int64",
    "credits": "int64",
    "created": "int64",
}
"""What was reconciled. `key` is the payment, where there is one, else the entry. Its age is not kept: it is
told when it is drawn.
"""


def made(name: str, columns: Mapping[str, str]) -> str:
    """The statement that makes a table."""
    told = ", ".join(f'"{column}" {SQL_TYPES[kind.lstrip("!")]}' for column, kind in columns.items())
    return f"CREATE TABLE {name} ({told})"
