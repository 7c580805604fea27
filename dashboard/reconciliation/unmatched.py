"""The lists of what is not matched, for a person and a spreadsheet: CSV and Parquet, a file a class.

What may stand in a cell is told by `taking_away`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import _

from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.reconciliation.tables import RECONCILED, Types
from dashboard.reconciliation.taking_away import only_id, only_token, plain

IDS: Final = ("charge", "payment_intent", "entry", "other_entry")
LISTED: Final[Types] = {**RECONCILED, "correlation_id": "string"}
"""The columns of a list: those that are reconciled, and what leads to the logs of both sides."""


def unmatched(
    connection: Any,
    rows: ibis.Table,
    payments: ibis.Table,
    purchases: ibis.Table,
    *,
    first: int | None = None,
) -> dict[Class, list[dict[str, Any]]]:
    """The rows of each class that is not settled, oldest first; only the first of each where so asked."""
    left = rows.filter(_["class"].notin([one.value for one in SETTLED]))
    if first is not None:
        order = [_.created, _.charge, _.entry]
        numbered = left.mutate(number=ibis.row_number().over(group_by="class", order_by=order))
        left = numbered.filter(_.number < first).select(*RECONCILED)
    found: dict[Class, list[dict[str, Any]]] = {}
    for row in connection.to_pyarrow(_correlated(left, payments, purchases)).to_pylist():
        found.setdefault(Class(row["class"]), []).append(_guarded(row))
    return {
        one: sorted(found[one], key=lambda row: (row["created"], row["charge"] or "", row["entry"] or ""))
        for one in Class
        if one in found
    }


def write_lists(folder: Path, lists: Mapping[Class, Sequence[dict[str, Any]]]) -> list[Path]:
    """Write each list twice. Lists of an earlier reconciliation of the same folder are removed first."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for one in Class:
        for kind, write in ((".csv", _write_csv), (".parquet", _write_parquet)):
            file = folder / f"{one.value}{kind}"
            file.unlink(missing_ok=True)
            if one in lists:
                write(file, lists[one])
                written.append(file)
    return written


def _write_csv(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(LISTED)
        writer.writerows([plain(row[name]) for name in LISTED] for row in map(_dated, rows))


def _write_parquet(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    kinds = {"string": pa.string(), "int64": pa.int64()}
    types = {name: kinds[kind.lstrip("!")] for name, kind in LISTED.items()}
    schema = pa.schema(list((types | {"created": pa.timestamp("s", tz="UTC")}).items()))
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), file)


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """With its instant in ISO 8601, as in every other list of golive."""
    return {**row, "created": datetime.fromtimestamp(row["created"], UTC).isoformat()}


def _correlated(left: ibis.Table, payments: ibis.Table, purchases: ibis.Table) -> ibis.Table:
    """With the correlation id of the charge, else of the entry; only what is listed is looked up."""
    stripe = payments.select(paid="charge", of_stripe="correlation_id")
    ledger = purchases.select(given="entry", of_ledger="correlation_id")
    both = left.left_join(stripe, left.charge == stripe.paid)
    both = both.left_join(ledger, both.entry == ledger.given)
    return both.select(*RECONCILED, correlation_id=ibis.coalesce(both.of_stripe, both.of_ledger))


def _guarded(row: dict[str, Any]) -> dict[str, Any]:
    ids = {name: only_id(row[name]) for name in IDS}
    return {**row, **ids, "correlation_id": only_token(row["correlation_id"])}
