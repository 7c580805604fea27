"""The rows that are wanted, and the files that carry them away: CSV and Parquet, which say the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

from dashboard.finance.figures import CLASSES, SHOWN, Scope
from dashboard.finance.tables import RANKS
from dashboard.finance.values import FinancePanel, Row, Wanted
from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.taking_away import only_id, only_token, plain

OF_ROW: Final = tuple(field.name for field in fields(Row))
OF_ALL: Final = ("stripe_as_of", "ledger_as_of", "environment", "plan")
"""The same in each row, so that a list says by itself what it is of and as of when."""

COLUMNS: Final = ("class", *OF_ROW[1:], *OF_ALL)
"""A column is called as in the lists of `golive reconcile`."""

_WANTED = f"""
FROM rows WHERE {SHOWN} AND list_contains($ranks, rank) AND ($text = '' OR contains(
    lower(concat_ws(' ', charge, payment_intent, entry, other_entry, correlation_id)), lower($text)
))
"""

_FOUND = f"SELECT count(*) {_WANTED}"
_LISTED = f"""
SELECT rank, charge, payment_intent, entry, other_entry, correlation_id, currency, stripe_cents, ledger_cents,
    drift_cents, credits, created {_WANTED}
ORDER BY rank, created, charge NULLS FIRST, entry NULLS FIRST
"""


def found(duck: Any, scope: Scope, wanted: Wanted) -> int:
    """How many rows are wanted in all."""
    [(count,)] = duck.execute(_FOUND, _said(scope, wanted)).fetchall()
    return int(count)


def listed(duck: Any, scope: Scope, wanted: Wanted, *, limit: int | None) -> list[Row]:
    """The rows that are wanted, the worst class first, then the oldest; no more than the first of them."""
    sql = _LISTED if limit is None else f"{_LISTED} LIMIT {limit:d}"
    return [_row(told, scope) for told in duck.execute(sql, _said(scope, wanted)).fetchall()]


def as_csv(rows: Sequence[Row], panel: FinancePanel) -> bytes:
    """With a header, and instants in ISO 8601. No cell of it is computed by a spreadsheet."""
    of_all = [_text(each) for each in _of_all(panel)]
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([plain(cell) for cell in (*(_text(getattr(row, name)) for name in OF_ROW), *of_all)])
    return written.getvalue().encode()


def as_parquet(rows: Sequence[Row], panel: FinancePanel) -> bytes:
    """The same columns, with their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"int64": pa.int64(), "instant": pa.timestamp("s", tz="UTC"), "string": pa.string()}
    schema = pa.schema([(name, kinds[_KINDS.get(name, "string")]) for name in COLUMNS])
    told = [[_value(getattr(row, name)) for row in rows] for name in OF_ROW]
    told += [[each] * len(rows) for each in _of_all(panel)]
    columns = [pa.array(values, type=field.type) for values, field in zip(told, schema, strict=True)]
    written = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), written)
    return written.getvalue()


def _of_all(panel: FinancePanel) -> tuple[datetime | None, datetime | None, str, str]:
    return panel.stripe.at, panel.ledger.at, panel.environment, panel.plan


_KINDS: Final = {
    "stripe_cents": "int64",
    "ledger_cents": "int64",
    "drift_cents": "int64",
    "credits": "int64",
    "created": "instant",
    "age_s": "int64",
    "stripe_as_of": "instant",
    "ledger_as_of": "instant",
}


def _said(scope: Scope, wanted: Wanted) -> dict[str, Any]:
    return {**scope.shown, "ranks": [RANKS[one] for one in wanted.sought], "text": wanted.text.strip()}


def _row(told: Sequence[Any], scope: Scope) -> Row:
    rank, charge, intent, entry, other, correlation, currency, *cents, credits, created = told
    stripe, ledger, drift = cents
    return Row(
        found=CLASSES[rank],
        charge=only_id(charge),
        payment_intent=only_id(intent),
        entry=only_id(entry),
        other_entry=only_id(other),
        correlation_id=only_token(correlation),
        currency=currency,
        stripe_cents=stripe,
        ledger_cents=ledger,
        drift_cents=drift,
        credits=credits,
        created=datetime.fromtimestamp(created, UTC),
        age_s=scope.as_of - created,
    )


def _text(value: Any) -> Any:
    return _instant(value) if isinstance(value, datetime) else _value(value)


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Class) else value


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()
