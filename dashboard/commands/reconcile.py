"""`golive reconcile`: files of Stripe against files of the ledger by class, and the lists to take away."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.reconciliation.classes import MENDS, SENTENCES, Class
from dashboard.reconciliation.engine import connected, explained_engine, load, refuse_later, refuse_repeated
from dashboard.reconciliation.errors import NothingToReconcileError
from dashboard.reconciliation.formats import LEDGER, STRIPE
from dashboard.reconciliation.line import Line
from dashboard.reconciliation.matching import reconcile
from dashboard.reconciliation.sources import Told
from dashboard.reconciliation.summary import Summary, summary
from dashboard.reconciliation.unmatched import unmatched, write_lists

FIRST = 5
Lists = Mapping[Class, Sequence[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to reconcile, and as of when each side was told."""

    stripe: Sequence[Path]
    ledger: Sequence[Path]
    engine: str
    out: Path | None
    grace_s: int
    as_of_stripe: int
    as_of_ledger: int


def reconcile_files(asked: Asked, *, as_json: bool) -> Exit:
    """Reconcile and print. 0: all is matched; 1: something is not, or not yet; 3: it could not be told."""
    with explained(), _progress() as step:
        found, lists, written = _reconciled(asked, step)
    if as_json:
        sys.stdout.write(json.dumps(_document(found, lists, written)) + "\n")
    else:
        _print(found, lists, written)
    return Exit.GO if found.matched else Exit.NO_GO


def _reconciled(asked: Asked, step: Step) -> tuple[Summary, Lists, Sequence[Path]]:
    with connected(asked.engine) as connection, explained_engine(asked.engine):
        payments = load(connection, STRIPE, asked.stripe, step.reading("Stripe"))
        purchases = load(connection, LEDGER, asked.ledger, step.reading("the ledger"))
        step.now("looking for what is told twice")
        refuse_repeated(connection, STRIPE, payments, asked.stripe)
        refuse_repeated(connection, LEDGER, purchases, asked.ledger)
        refuse_later(connection, STRIPE, payments, asked.stripe, asked.as_of_stripe)
        refuse_later(connection, LEDGER, purchases, asked.ledger, asked.as_of_ledger)
        step.now("reconciling")
        rows = reconcile(
            payments,
            purchases,
            as_of_stripe=asked.as_of_stripe,
            as_of_ledger=asked.as_of_ledger,
            grace_s=asked.grace_s,
        )
        found = summary(connection, rows, payments, purchases)
        if not found.lines:
            told = "got no payment that took money and no purchase, expected some"
            raise NothingToReconcileError(f"nothing to reconcile: {told}; export a longer time")
        step.now("listing what is not matched")
        lists: Lists = {}
        if not found.matched:
            first = FIRST if asked.out is None else None
            lists = unmatched(connection, rows, payments, purchases, first=first)
    return found, lists, [] if asked.out is None else write_lists(asked.out, lists)


class Step:
    """What a reconciliation is doing, for whoever waits."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("reading", total=None)

    def now(self, what: str) -> None:
        """Say what begins."""
        self._progress.update(self._task, description=what)

    def reading(self, side: str) -> Told:
        """A counter of rows of this side."""
        count = 0

        def told(rows: int) -> None:
            nonlocal count
            count += rows
            if count % 10_000 < rows:
                self.now(f"reading {side}: {count:,} rows")

        return told


@contextmanager
def _progress() -> Iterator[Step]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True) as progress:
        yield Step(progress)


def _print(found: Summary, lists: Lists, written: Sequence[Path]) -> None:
    table = Table()
    table.add_column("class", no_wrap=True)
    table.add_column("what is so, and what to do", overflow="fold")
    for name in ("count", "Stripe", "ledger", "drift"):
        table.add_column(name, justify="right", no_wrap=True)  # half an amount is another amount
    table.add_column("")
    for line in found.lines:
        cents = (line.stripe_cents, line.ledger_cents, line.drift_cents)
        money = [f"{each:,}" for each in cents]
        said = f"{SENTENCES[line.found]}: {MENDS[line.found]}"
        table.add_row(line.found.value, said, f"{line.count:,}", *money, f"{line.currency} cents")
    OUT.print(table)
    OUT.print(_identity(found), markup=False)
    if written:
        OUT.print(f"written: {', '.join(map(str, written))}", markup=False)
        return
    for one, rows in lists.items():
        ids = ", ".join(row["charge"] or row["entry"] or "" for row in rows)
        count = sum(line.count for line in found.lines if line.found is one)
        rest = f" and {count - len(rows):,} more, --out DIR writes all" if count > len(rows) else ""
        OUT.print(f"{one.value}: {ids}{rest}", markup=False)


def _identity(found: Summary) -> str:
    parts = [
        f"{line.stripe_cents:,} {line.found.value}"
        for line in found.lines
        if line.currency == found.currency and line.stripe_cents
    ]
    sums = " + ".join(parts) or "0"
    left = (
        f"; {found.without_money:,} took no money (failed, not captured, or in test mode) and are left out"
        if found.without_money
        else ""
    )
    return (
        f"gross {found.gross_cents:,} {found.currency} cents = {sums}"
        f" ({found.payments:,} charges, {found.purchases:,} purchases{left})"
    )


def _document(found: Summary, lists: Lists, written: Sequence[Path]) -> dict[str, Any]:
    return {
        "matched": found.matched,
        "classes": [_told(line) for line in found.lines],
        **_without(asdict(found), "lines"),
        "unmatched": {one.value: list(rows) for one, rows in lists.items()} if not written else {},
        "written": [str(file) for file in written],
    }


def _told(line: Line) -> dict[str, Any]:
    said = {"what": SENTENCES[line.found], "mend": MENDS[line.found]}
    return {"class": line.found.value, **_without(asdict(line), "found"), **said}


def _without(told: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != name}
