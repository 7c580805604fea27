"""A line of a summary, apart from what computes it: whoever only shows it loads no engine."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.reconciliation.classes import Class


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One class in one currency. A payment's ledger cents are those in the currency that is reconciled."""

    found: Class
    currency: str
    count: int
    stripe_cents: int
    ledger_cents: int
    drift_cents: int
