"""Rows of both sides as a test wants them, and what becomes of them on an engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa

from dashboard.reconciliation.formats import LEDGER, STRIPE, Side
from dashboard.reconciliation.matching import reconcile
from dashboard.reconciliation.sources import arrow_schema

AS_OF = 1_764_000_000
OLD = AS_OF - 600
YOUNG = AS_OF - 599
Row = dict[str, Any]


def payment(number: int = 1, **said: Any) -> Row:
    """The payment of a Starter, old enough."""
    row = {
        "charge": f"ch_{number}",
        "payment_intent": f"pi_{number}",
        "session": f"cs_{number}",
        "correlation_id": f"c-{number}",
        "created": OLD,
        "captured_cents": 999,
        "due_cents": 999,
        "refunded_cents": 0,
        "currency": "usd",
        "livemode": True,
        "status": "succeeded",
        "captured": True,
    }
    return {**row, **said}


def purchase(number: int = 1, **said: Any) -> Row:
    """What the ledger says of it."""
    row = {
        "entry": f"le_{number}",
        "payment_intent": f"pi_{number}",
        "session": f"cs_{number}",
        "correlation_id": f"c-{number}",
        "created": OLD,
        "cents": 999,
        "credits": 9_990,
        "currency": "usd",
    }
    return {**row, **said}


def table(side: Side, rows: Sequence[Row]) -> ibis.Table:
    schema = ibis.schema({name: kind.lstrip("!") for name, kind in side.types.items()})
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=arrow_schema(side.types)), schema=schema)


def reconciled(
    connection: Any, payments: Sequence[Row], purchases: Sequence[Row], **said: int
) -> list[dict[str, Any]]:
    """The rows, in one order."""
    times: dict[str, Any] = {"as_of_stripe": AS_OF, "as_of_ledger": AS_OF, **said}
    rows = reconcile(table(STRIPE, payments), table(LEDGER, purchases), **times)
    found: list[dict[str, Any]] = connection.to_pyarrow(rows).to_pylist()
    return sorted(found, key=lambda row: (row["charge"] or "", row["entry"] or ""))


def classes(connection: Any, payments: Sequence[Row], purchases: Sequence[Row], **said: int) -> list[str]:
    """Only what each was found to be."""
    return [row["class"] for row in reconciled(connection, payments, purchases, **said)]
