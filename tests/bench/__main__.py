"""`python -m tests.bench [ROW …]`: measures, prints a table, ends with 1 if a row does not hold."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence

import httpx
from playwright.sync_api import Error as BrowserError
from rich.console import Console

from tests.bench import (
    appending,
    cycle,
    draw,
    exporting,
    failing_over,
    finance,
    flip,
    load,
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
from tests.bench.tabled import document, table

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
    "load": load.measure,
    "failover": failing_over.measure,
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
        sys.stdout.write(json.dumps(document(results, load), indent=2) + "\n")
    else:
        OUT.print(table(results, load))
    return 0 if all(result.holds for result in results) else 1


def _measured(name: str) -> Sequence[Result]:
    _say(f"{name} …")
    try:
        return ROWS[name](_say)
    except (UnmeasurableError, BrowserError, httpx.HTTPError) as error:
        return [Unmeasured(row=name, why=str(error))]


def _say(progress: str) -> None:
    ERR.print(progress, markup=False)


if __name__ == "__main__":
    sys.exit(main())
