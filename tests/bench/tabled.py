"""Results as a table for people and as a document for JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from tests.bench.results import Result, Unmeasured


def table(results: Sequence[Result], load: float) -> Table:
    """Every figure beside its limit, and how it came about."""
    shown = Table(title=_circumstances(load), show_lines=True, expand=True)
    shown.add_column("row")
    shown.add_column("what", ratio=1)
    for column in ("measured", "limit", "ratio", "holds"):
        shown.add_column(column, no_wrap=True)
    for result in results:
        shown.add_row(*_cells(result))
    return shown


def document(results: Sequence[Result], load: float) -> dict[str, object]:
    """The same for JSON."""
    rows = [{**asdict(result), "holds": result.holds} for result in results]
    return {"cores": os.cpu_count(), "load": load, "holds": all(row["holds"] for row in rows), "rows": rows}


def _cells(result: Result) -> list[str]:
    if isinstance(result, Unmeasured):
        return [result.row, f"could not be measured: {escape(result.why)}", "", "", "", "NO"]
    return [
        result.row,
        f"{result.what}\n[dim]{escape(result.how)}[/dim]",
        f"{result.value:.2f} {result.unit}",
        f"{result.limit:g} {result.unit}",
        f"{result.ratio:.2f}",
        "yes" if result.holds else "NO",
    ]


def _circumstances(load: float) -> str:
    return f"golive, measured on {os.cpu_count()} cores that had a load of {load:.2f} when it began"
