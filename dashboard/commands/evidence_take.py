"""`golive evidence export|receipt`: takes the evidence of a run out, and says how it is verified."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from collectors.observation import Environment
from dashboard.access import Action, require
from dashboard.commands.desk import SHELL, Desk, open_desk
from dashboard.commands.terminal import ERR, OUT, Exit
from dashboard.launch.evidence_view import Decided, LogState
from dashboard.room import RefusedError
from dashboard.sealing.exporting import ExportError, export
from dashboard.sealing.heads import signed_head
from dashboard.sealing.showing import decisions, log_state
from dashboard.settings import TSA_ROOTS, Settings

LOOK_S = 0.2


def export_bundle(
    settings: Settings, file: Path, *, run_id: int | None, wait_s: float, environment: Environment | None
) -> Exit:
    """Write the bundle. 0: written; 1: refused; 3: it could not be."""
    with open_desk(settings, environment, run_id) as desk:
        require(SHELL, Action.TAKE_EVIDENCE)
        log = _awaited(desk, wait_s)
        size = _written(desk, log, file)
        found = desk.store.environment
        whose = f"{found.value}, run {desk.run.id}"
    for tsa in log.pending:
        ERR.print(
            f"no time stamp of the newest head from {tsa}: export again when it answers, golive asks it",
            markup=False,
        )
    OUT.print(f"{file}: {whose}, {size} records, {file.stat().st_size:,} bytes", markup=False)
    OUT.print(f"vkey: {log.vkey}", markup=False)
    root = _root(settings) if found is Environment.REHEARSAL else None
    if root is not None:
        OUT.print(f"root of the rehearsal's authority: {root}", markup=False)
    OUT.print(f"Verify: {_line(file, log, root)}", markup=False)
    OUT.print(
        "with --receipt and each receipt that somebody else kept"
        + ("" if root is not None else ", and --tsa-root with each authority's own root")
        + ": without them the result is CONSISTENT-ONLY.",
        markup=False,
    )
    return Exit.GO


def receipt(
    settings: Settings,
    decision: str | None,
    *,
    run_id: int | None,
    as_html: bool,
    environment: Environment | None,
) -> Exit:
    """Print the receipt of a decision. 0: printed; 1: there is none; 3: it could not be asked."""
    with open_desk(settings, environment, run_id) as desk:
        key = decision or _newest(decisions(desk.store, desk.run.id)).key
        told = desk.room.printable(SHELL, key) if as_html else desk.room.receipt(SHELL, key)
    sys.stdout.buffer.write(told)
    return Exit.GO


def _newest(found: tuple[Decided, ...]) -> Decided:
    """The newest close, or GO (by override too), under a signed head."""
    telling = [each for each in found if each.size and (each.gate == "close" or each.verdict == "GO")]
    if not telling:
        raise RefusedError(
            "Nobody has decided GO or closed the run; name another decision, or an earlier run (--run)."
        )
    return telling[-1]


def _awaited(desk: Desk, wait_s: float) -> LogState:
    """The log under a head that is signed now, and stamped by every authority if that is soon enough."""
    log = _log(desk)
    signed_head(desk.store, desk.run.id, desk.seal.heads(log.origin))
    until = monotonic() + wait_s
    while (log := _log(desk)).pending and monotonic() < until:
        sleep(LOOK_S)
    return log


def _log(desk: Desk) -> LogState:
    found = log_state(desk.store, desk.run.id)
    if found is None:
        raise RefusedError("Nothing is sealed yet; start the collectors first.")
    return found


def _written(desk: Desk, log: LogState, file: Path) -> int:
    """Under another name first: a bundle that is there is whole."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
            task = progress.add_task(f"writing {file.name}", total=None)
            with _Told(fresh, lambda octets: progress.advance(task, octets)) as out:
                size = export(desk.store, desk.run, desk.seal.blobs, desk.seal.heads(log.origin), out)
        fresh.replace(file)
    except ExportError as error:
        raise RefusedError(str(error)) from error
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
    return size


class _Told(io.FileIO):
    """A file that tells how much is written to it."""

    def __init__(self, file: Path, told: Callable[[int], None]) -> None:
        super().__init__(file, "w")
        self._told = told

    def write(self, data: object) -> int:
        octets = super().write(data)  # type: ignore[arg-type]
        self._told(octets)
        return octets


def _root(settings: Settings) -> Path | None:
    """The root of the rehearsal's authority: its world keeps it in the data folder."""
    told = os.environ.get(TSA_ROOTS)
    file = Path(told) if told else settings.data_dir / "world" / "tsa" / "tsa-root.pem"
    return file if file.is_file() else None


def _line(file: Path, log: LogState, root: Path | None) -> str:
    words = ["golive", "verify", str(file), "--vkey", log.vkey]
    words += [] if root is None else ["--tsa-root", str(root)]
    words += [] if log.is_closed else ["--open"]
    return shlex.join(words)
