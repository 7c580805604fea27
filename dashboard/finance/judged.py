"""The reconciled rows: what was touched is judged again by the one expression, and replaces what it was.

The expression is written for DuckDB once: its instants are told relative to the as-of, which is then 0.
"""

from __future__ import annotations

from functools import cache
from math import gcd
from typing import Any, Final

import ibis

from dashboard.finance.kept import Kept
from dashboard.finance.tables import RANKS, ROWS, made
from dashboard.launch.money.crediting import Expected
from dashboard.launch.plan import Plan
from dashboard.purchases import expected_of
from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.matching import reconcile
from dashboard.reconciliation.tables import PAYMENTS, PURCHASES, Types

_PENDING: Final = RANKS[Class.PENDING]
_LONELY: Final = [RANKS[one] for one in (Class.STRIPE_ONLY, Class.LEDGER_ONLY, Class.UNLINKED)]

_AGED = """
SELECT is_payment, key FROM rows
WHERE (rank = ? AND created <= ?) OR (list_contains(?, rank) AND created > ?)
"""
"""What is of another class by its age alone. An as-of may go back a little, too: it is of several lists."""

_REPLACE = """
INSERT INTO rows
SELECT
    CASE WHEN j.charges > 0 THEN coalesce(j.payment_intent, j.charge) ELSE j.entry END,
    j.charges > 0,
    list_position(?, j.class) - 1,
    j.charge, j.payment_intent, j.entry, j.other_entry,
    coalesce(p.correlation_id, e.correlation_id),
    j.currency, j.stripe_cents, j.ledger_cents,
    CASE WHEN j.entries > 0 AND j.ledger_cents IS NULL THEN NULL ELSE j.drift_cents END,
    j.credits, j.created + ?
FROM ({reconciled}) j
LEFT JOIN chosen_payments p ON p.charge = j.charge
LEFT JOIN chosen_purchases e ON e.entry = j.entry
"""
"""Nobody said 0 cents where the ledger said none: there is no drift then."""


@cache
def _written(expected: Expected) -> str:
    """The reconciliation in DuckDB's words: half a second to write, and the same at each look."""
    shared = gcd(expected.credits, expected.cents) or 1
    sides = (("chosen_payments", PAYMENTS), ("chosen_purchases", PURCHASES))
    payments, purchases = (
        ibis.table({column: kind.lstrip("!") for column, kind in types.items()}, name=name)
        for name, types in sides
    )
    said = reconcile(
        payments,
        purchases,
        as_of_stripe=0,
        as_of_ledger=0,
        grace_s=expected.grace_s,
        credits_per_cent=expected.credits // shared,
        for_cents=expected.cents // shared,
        currency=expected.currency,
        says_cents=expected.says_cents,
    )
    return str(ibis.to_sql(said, dialect="duckdb"))


class Judged:
    """The table `rows` beside what is kept."""

    def __init__(self, kept: Kept, plan: Plan) -> None:
        self._kept = kept
        for name, columns in (("rows", ROWS), ("chosen_payments", PAYMENTS), ("chosen_purchases", PURCHASES)):
            kept.duck.execute(made(name, columns))
        expected = expected_of(plan)
        self._grace_s = expected.grace_s
        self._replace = _REPLACE.format(reconciled=_written(expected))

    def judge(self, as_of: int) -> bool:
        """Judge again what was touched, and what has aged; whether there was any."""
        kept, duck = self._kept, self._kept.duck
        kept.fill()
        if not kept.is_new:
            self._touch_aged(as_of)
            if not kept.touched:
                return False
            kept.close_over()
        kept.take_back()
        self._choose("chosen_payments", PAYMENTS, "payments", "charge", as_of)
        self._choose("chosen_purchases", PURCHASES, "entries WHERE is_purchase", "entry", as_of)
        touched = kept.touched
        gone = [list(touched.payment_intents | touched.charges), list(touched.entries)]
        named = "key IN (SELECT unnest(?::VARCHAR[]))"
        duck.execute(f"DELETE FROM rows WHERE is_payment AND {named}", gone[:1])  # noqa: S608 - a constant
        duck.execute(f"DELETE FROM rows WHERE NOT is_payment AND {named}", gone[1:])  # noqa: S608 - a constant
        duck.execute(self._replace, [[one.value for one in Class], as_of])
        kept.untouch()
        return True

    def _touch_aged(self, as_of: int) -> None:
        edge = as_of - self._grace_s
        found: list[tuple[Any, ...]] = self._kept.duck.execute(
            _AGED, [_PENDING, edge, _LONELY, edge]
        ).fetchall()
        self._kept.touch_aged(
            [key for is_payment, key in found if is_payment],
            [key for is_payment, key in found if not is_payment],
        )

    def _choose(self, name: str, columns: Types, source: str, key: str, as_of: int) -> None:
        told = ", ".join("created - ?" if column == "created" else column for column in columns)
        kept, said = self._kept, [as_of]
        kept.duck.execute(f"DELETE FROM {name}")  # noqa: S608 - a constant
        query = f"INSERT INTO {name} SELECT {told} FROM {source}"  # noqa: S608 - of constants
        if not kept.is_new:
            these = kept.touched.charges if key == "charge" else kept.touched.entries
            query += f"{' AND' if 'WHERE' in source else ' WHERE'} {key} IN (SELECT unnest(?::VARCHAR[]))"
            said = [as_of, list(these)]  # type: ignore[list-item]
        kept.duck.execute(query, said)
