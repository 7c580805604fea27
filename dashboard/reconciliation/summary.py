"""What a reconciliation comes to: counts and cents by class, and the proof that nothing got lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
from ibis import _

from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.reconciliation.errors import IdentityError
from dashboard.reconciliation.line import Line
from dashboard.reconciliation.matching import took_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All lines, the worst class first, and both sides as they were counted by themselves."""

    lines: Sequence[Line]
    currency: str
    gross_cents: int
    credited_cents: int
    payments: int
    without_money: int
    purchases: int

    @property
    def matched(self) -> bool:
        """Whether all is settled, and something is."""
        return bool(self.lines) and all(line.found in SETTLED for line in self.lines)


def summary(
    connection: Any, rows: ibis.Table, payments: ibis.Table, purchases: ibis.Table, *, currency: str = "usd"
) -> Summary:
    """Count the classes, and each side by itself. Raises `IdentityError` where the two do not agree."""
    ours = (rows.charges > 0) | (rows.currency == currency)
    counted = rows.group_by("class", "currency").agg(
        count=_.count(),
        stripe=_.stripe_cents.sum(),
        ledger=_.ledger_cents.sum(),
        drift=_.drift_cents.sum(),
        credited=_.ledger_cents.sum(where=ours),
        charges=_.charges.sum(),
        entries=_.entries.sum(),
    )
    found = connection.to_pyarrow(counted).to_pylist()
    gross, charges, told = _stripe(connection, payments, currency)
    credited, entries = _ledger(connection, purchases, currency)
    _same("gross cents", gross, _total(found, "stripe", currency))
    _same("charges", charges, _total(found, "charges"))
    _same("credited cents", credited, _total(found, "credited"))
    _same("purchases", entries, _total(found, "entries"))
    return Summary(
        lines=sorted(map(_line, found), key=lambda line: (list(Class).index(line.found), line.currency)),
        currency=currency,
        gross_cents=gross,
        credited_cents=credited,
        payments=charges,
        without_money=told - charges,
        purchases=entries,
    )


def _stripe(connection: Any, payments: ibis.Table, currency: str) -> tuple[int, int, int]:
    taken = took_money(payments)
    gross = taken.captured_cents.sum(where=taken.currency == currency)
    [told] = connection.to_pyarrow(taken.agg(gross=gross, charges=taken.count())).to_pylist()
    return int(told["gross"] or 0), int(told["charges"]), int(connection.to_pyarrow(payments.count()).as_py())


def _ledger(connection: Any, purchases: ibis.Table, currency: str) -> tuple[int, int]:
    credited = purchases.cents.sum(where=purchases.currency == currency)
    [told] = connection.to_pyarrow(purchases.agg(credited=credited, entries=purchases.count())).to_pylist()
    return int(told["credited"] or 0), int(told["entries"])


def _total(found: Sequence[dict[str, Any]], name: str, currency: str | None = None) -> int:
    return sum(int(row[name] or 0) for row in found if currency in {None, row["currency"]})


def _same(what: str, counted: int, classified: int) -> None:
    if counted != classified:
        told = f"got {classified} {what} in the classes, expected {counted} as the files say"
        raise IdentityError(f"{told}; reconcile again with files that are not being written")


def _line(row: dict[str, Any]) -> Line:
    return Line(
        found=Class(row["class"]),
        currency=row["currency"],
        count=int(row["count"]),
        stripe_cents=int(row["stripe"] or 0),
        ledger_cents=int(row["ledger"] or 0),
        drift_cents=int(row["drift"] or 0),
    )
