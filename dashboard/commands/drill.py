"""`golive drill`: every fault in a fresh world, a row each, then the healthy world, which must reach GO."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dashboard.commands.faults import refuse_unknown_faults
from dashboard.commands.terminal import ERR, OUT, Exit
from dashboard.launch.board import Board, BoardVerdict, Verdict
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.wording import GATE_WORD
from dashboard.settings import DEFAULT_PLAN
from dashboard.wiring.drilling import Drilled, DrillError, healthy
from dashboard.wiring.drilling import drill as drill_one
from dashboard.wiring.plans import read_plan
from dashboard.wiring.processes import ChildError


def drill(names: Sequence[str], *, jobs: int, as_json: bool) -> Exit:
    """Drill the named faults, or all, and the healthy world. 0 when everything was noticed, 1 otherwise."""
    from rehearsal.faults import load

    refuse_unknown_faults(names)
    rows, board, seconds = asyncio.run(_all(list(names) or list(load()), jobs=jobs))
    if as_json:
        json.dump({"faults": [_plain(row) for row in rows], "healthy_is_go": _is_go(board)}, sys.stdout)
    else:
        OUT.print(_table(rows))
        said = "nothing was judged" if board is None else board.sentence
        OUT.print(f"healthy world, one purchase ({seconds:.1f} s): {said}", markup=False)
    return outcome_of(rows, board)


def outcome_of(rows: Sequence[Drilled], healthy_board: Board | None) -> Exit:
    """0 when every fault was noticed as it must be and the healthy world was GO. No drill proves nothing."""
    proven = bool(rows) and all(row.passed for row in rows) and _is_go(healthy_board)
    return Exit.GO if proven else Exit.NO_GO


def _is_go(board: Board | None) -> bool:
    return board is not None and board.verdict is BoardVerdict.GO


async def _all(names: list[str], *, jobs: int) -> tuple[list[Drilled], Board | None, float]:
    loaded = read_plan(DEFAULT_PLAN)
    turns = asyncio.Semaphore(jobs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True) as progress:
        task = progress.add_task("drilling", total=len(names) + 1)

        async def one(name: str) -> Drilled:
            async with turns:
                row = await _drilled(name, loaded)
            progress.update(task, advance=1, description=name)
            return row

        rows = await asyncio.gather(*(one(name) for name in names))
        progress.update(task, description="the healthy world")
        board, seconds = await healthy(loaded, os.environ)
        progress.advance(task)
    return list(rows), board, seconds


async def _drilled(name: str, loaded: LoadedPlan) -> Drilled:
    from rehearsal.faults import load

    try:
        return await drill_one(name, loaded, os.environ)
    except (ChildError, DrillError) as error:
        fault = load()[name]
        trouble = str(error)
        return Drilled(
            fault=name,
            gate=fault.gate,
            to=Verdict(fault.to.value),
            seen=None,
            seconds=0.0,
            strayed=(),
            trouble=trouble,
        )


def _table(rows: Sequence[Drilled]) -> Table:
    table = Table()
    for name in ("fault", "gate", "must flip to", "seen", "seconds", "noticed"):
        table.add_column(name, overflow="fold")  # a name that is cut off cannot be drilled again
    for row in rows:
        seen = "nothing" if row.seen is None else GATE_WORD[row.seen]
        outcome = "yes" if row.passed else "NO"
        if row.strayed:
            outcome += f", also fell: {', '.join(row.strayed)}"
        if row.trouble is not None:
            outcome += f", never healthy: {row.trouble}"
        table.add_row(row.fault, row.gate, GATE_WORD[row.to], seen, f"{row.seconds:.1f}", outcome)
    return table


def _plain(row: Drilled) -> dict[str, object]:
    return {
        "fault": row.fault,
        "gate": row.gate,
        "must_flip_to": row.to.value,
        "seen": None if row.seen is None else row.seen.value,
        "seconds": round(row.seconds, 1),
        "strayed": list(row.strayed),
        "trouble": row.trouble,
        "noticed": row.passed,
    }
