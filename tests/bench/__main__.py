"""`python -m tests.bench [ROW …]`: measures, prints a table, ends with 1 if a row does not hold."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import httpx
from playwright.sync_api import Error as BrowserError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.bench import (
    appending,
    cycle,
    draw,
    exporting,
    finance,
    flip,
    paging,
    reader,
    reconciling,
    replaying,
    rest,
    start,
    tick,
    verifying,
    viewers,
)
from tests.bench.results import Measured, Result, Say, UnmeasurableError, Unmeasured

ROWS: Mapping[str, Callable[[Say], Sequence[Measured]]] = {
    "append": appending.measure,
    "cycle": cycle.measure,
    "draw": draw.measure,
    "export": exporting.measure,
    "finance": finance.measure,
    "page": paging.measure,
    "reader": reader.measure,
    "replay": replaying.measure,
    "reconcile": reconciling.measure,
    "reconcile_large": reconciling.measure_large,
    "start": start.measure,
    "rest": rest.measure,
    "viewers": viewers.measure,
    "flip": flip.measure,
    "tick": tick.measure,
    "verify": verifying.measure,
}
OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


def main() -> int:
    """Measure the rows that were asked for; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="How golive behaves, measured."
    )
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"one of {', '.join(ROWS)}; all when none is named"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    unknown = set(asked.rows) - set(ROWS)
    if unknown:
        parser.error(f"got {', '.join(sorted(unknown))}, expected one of {', '.join(ROWS)}")
    load = os.getloadavg()[0]
    results = [result for name in asked.rows or ROWS for result in _measured(name)]
    if asked.json:
        sys.stdout.write(json.dumps(_document(results, load), indent=2) + "\n")
    else:
        OUT.print(_table(results, load))
    return 0 if all(result.holds for result in results) else 1


def _measured(name: str) -> Sequence[Result]:
    _say(f"{name} …")
    try:
        return ROWS[name](_say)
    except (UnmeasurableError, BrowserError, httpx.HTTPError) as error:
        return [Unmeasured(row=name, why=str(error))]


def _say(progress: str) -> None:
    ERR.print(progress, markup=False)


def _table(results: Sequence[Result], load: float) -> Table:
    table = Table(title=_circumstances(load), show_lines=True, expand=True)
    table.add_column("row")
    table.add_column("what", ratio=1)
    for column in ("measured", "limit", "ratio", "holds"):
        table.add_column(column, no_wrap=True)
    for result in results:
        table.add_row(*_cells(result))
    return table


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


def _document(results: Sequence[Result], load: float) -> dict[str, object]:
    rows = [{**asdict(result), "holds": result.holds} for result in results]
    return {"cores": os.cpu_count(), "load": load, "holds": all(row["holds"] for row in rows), "rows": rows}


if __name__ == "__main__":
    sys.exit(main())
