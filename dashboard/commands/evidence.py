"""`golive evidence list|add|review|command|erase`: what the Evidence page does, from a shell, as one role."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.table import Table

from collectors.observation import Environment
from dashboard.commands.desk import SHELL, open_desk
from dashboard.commands.running import CommandError, run_command
from dashboard.commands.terminal import ERR, OUT, Exit
from dashboard.launch.evidence_view import Attest, EvidencePanel
from dashboard.launch.proof import Standing
from dashboard.sealing.commanding import CAP
from dashboard.settings import BLOBS_URL, NOTIFY, PASSPHRASE, RECEIPTS, Settings

OWN_SECRETS = frozenset({BLOBS_URL, NOTIFY, PASSPHRASE, RECEIPTS, "GOLIVE_DATABASE_URL"})
"""No command that is run for its output sees them."""


def list_items(
    settings: Settings, *, run_id: int | None, environment: Environment | None, as_json: bool
) -> Exit:
    """Print how each item stands. 0: all that is required is proven; 1: not all; 3: no answer."""
    with open_desk(settings, environment, run_id, refused=Exit.UNANSWERED) as desk:
        panel = desk.room.panel(SHELL)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(_document(panel)) + b"\n")
    else:
        _print(panel)
    if panel.completeness.n == 0:
        ERR.print("this plan requires no evidence, so nothing is proven", markup=False)
        return Exit.UNANSWERED
    return Exit.GO if panel.completeness.k == panel.completeness.n else Exit.NO_GO


def add(
    settings: Settings, item: str, file: Path, *, role: str, attest: bool, environment: Environment | None
) -> Exit:
    """Hand a picture in. 0: recorded; 1: refused, and nothing is kept; 3: it could not be asked."""
    with open_desk(settings, environment) as desk:
        person = desk.person(role)
        whole = Attest(
            date_visible=attest, system_visible=attest, whole_screen=attest, no_personal_data=attest
        )
        found = desk.room.hand_in(person, item, file.read_bytes(), whole)
    OUT.print(f"Recorded as record {found.index}. It counts once somebody else has looked at it.")
    return Exit.GO


def review(
    settings: Settings,
    index: int,
    *,
    role: str,
    accepted: bool,
    reason: str,
    environment: Environment | None,
) -> Exit:
    """A second person's word on a picture. 0: recorded; 1: refused; 3: it could not be asked."""
    with open_desk(settings, environment) as desk:
        desk.room.review(desk.person(role), index, accepted=accepted, reason=reason)
    OUT.print(f"Record {index} is {'accepted' if accepted else 'refused'}.")
    return Exit.GO


def command(
    settings: Settings,
    item: str,
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    role: str,
    timeout_s: float,
    environment: Environment | None,
) -> Exit:
    """Run a command for an item. 0: recorded, and it ended well; 1: refused, or it ended badly, which is
    recorded and proves nothing; 3: it could not be run.
    """
    seen = {name: value for name, value in environ.items() if name not in OWN_SECRETS}
    with open_desk(settings, environment) as desk:
        try:
            done = desk.room.take_command(
                desk.person(role), item, argv, lambda words: run_command(words, seen, timeout_s=timeout_s)
            )
        except CommandError as error:
            ERR.print(str(error), markup=False)
            raise typer.Exit(Exit.UNANSWERED) from error
    cut = f", each stream cut to {CAP:,} bytes" if done.is_truncated else ""
    if done.exit_code != 0:
        ended = f"It ended with code {done.exit_code}, and so it proves nothing."
        OUT.print(f"Recorded as record {done.index}{cut}. {ended}")
        return Exit.NO_GO
    OUT.print(f"Recorded as record {done.index}{cut}.")
    return Exit.GO


def erase(
    settings: Settings, sha256: str, *, role: str, reason: str, environment: Environment | None
) -> Exit:
    """Delete a blob for good. 0: deleted, and the log says so; 1: refused, and nothing is deleted; 3: it
    could not be asked.
    """
    with open_desk(settings, environment) as desk:
        erased = desk.room.erase(desk.person(role), sha256, reason)
    OUT.print("Erased. What rested on it is not met any more.")
    for each in erased:
        listed = ", ".join(map(str, each.records))
        OUT.print(
            f"The log of run {each.run} says so; its records that vouched for it: {listed}.", markup=False
        )
    return Exit.GO


def _document(panel: EvidencePanel) -> dict[str, Any]:
    log = panel.log
    return {
        "run": panel.run,
        "environment": panel.environment,
        "k": panel.completeness.k,
        "n": panel.completeness.n,
        "items": [_item(each) for each in panel.standings],
        "log": None
        if log is None
        else {"origin": log.origin, "vkey": log.vkey, "size": log.size, "is_closed": log.is_closed},
    }


def _item(standing: Standing) -> dict[str, Any]:
    item, capture = standing.item, standing.capture
    return {
        "id": item.id,
        "title": item.title,
        "kind": item.kind.value,
        "state": standing.state.value,
        "counts": standing.counts,
        "required": item.required,
        "before": item.before,
        "owner": item.owner,
        "record": None if capture is None else capture.index,
        "by": None if capture is None else capture.role,
    }


def _print(panel: EvidencePanel) -> None:
    table = Table(title=f"{panel.environment.upper()}, run {panel.run}", title_justify="left")
    for column in ("item", "state", "record", "by", "what"):
        table.add_column(column, overflow="fold", no_wrap=column == "item")
    for each in panel.standings:
        capture = each.capture
        table.add_row(
            each.item.id,
            each.state.value + ("" if each.item.required else " (optional)"),
            "-" if capture is None else str(capture.index),
            each.item.owner if capture is None else capture.role,
            each.item.title,
        )
    OUT.print(table)
    OUT.print(f"{panel.completeness.k} of {panel.completeness.n} required items are proven")
