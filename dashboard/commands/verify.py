"""`golive verify`: whether a bundle of evidence holds, by what its auditor brings, not by what is in it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer
from rich.table import Table

from dashboard.commands.terminal import ERR, OUT
from evidence.verification.procedure import verify
from evidence.verification.report import Exit, Finding, Line, Report, Severity, Status
from evidence.verification.trust import Trust, TrustError, trusted

ALL = 60
"""So many records are all shown; of more, those that matter."""
_KIND = "kind, items"
_TELLING = {"genesis", "decision", "close", "key.rotate", "erasure"}
_STYLES = {
    Status.VERIFIED: "bold green",
    Status.GAPS: "bold yellow",
    Status.CONSISTENT: "bold yellow",
    Status.FAILED: "bold red",
    Severity.FAIL: "red",
    Severity.CAP: "yellow",
    Severity.GAP: "yellow",
    Severity.NOTE: "dim",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to verify, and what the auditor trusts. `vkey` is a key's line, or a file that holds it."""

    bundle: Path
    vkey: str | None
    roots: Sequence[Path]
    receipts: Sequence[Path]
    since: datetime | None
    until: datetime | None
    is_open: bool


def verify_bundle(asked: Asked, *, as_json: bool) -> Exit:
    """Verify and print. 0 VERIFIED, 1 FAILED, 2 usage, 3 CONSISTENT-ONLY, 4 VERIFIED-WITH-GAPS."""
    try:
        report = verify(asked.bundle, _trust(asked))
    except TrustError as error:
        ERR.print(str(error), markup=False)
        return Exit.USAGE
    except (OSError, UnicodeDecodeError) as error:
        where = getattr(error, "filename", None) or "a file that was named"
        ERR.print(f"cannot read {where}: {getattr(error, 'strerror', None) or 'not text'}", markup=False)
        return Exit.USAGE
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(report.document()) + b"\n")
    else:
        _print(report)
    return report.exit


def moment(text: str | None, option: str) -> datetime | None:
    """A day or an instant that was named, in UTC where no zone is. Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        expected = "expected a time as 2026-11-21T22:00:00Z"
        raise typer.BadParameter(f"got {text}, {expected}", param_hint=option) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _trust(asked: Asked) -> Trust:
    vkey = asked.vkey
    if vkey is not None and Path(vkey).is_file():
        vkey = Path(vkey).read_text(encoding="utf-8")
    return trusted(
        vkey=vkey,
        roots={str(file): file.read_bytes() for file in asked.roots},
        receipts={str(file): file.read_bytes() for file in asked.receipts},
        since=asked.since,
        until=asked.until,
        is_open=asked.is_open,
    )


def _print(report: Report) -> None:
    if report.records:
        OUT.print(_table(report))
    head, *rest = report.text().splitlines()
    OUT.print(head, markup=False, style=_STYLES[report.status])
    styles = {str(finding): _STYLES[finding.severity] for finding in report.findings}
    for line in rest:
        OUT.print(line, markup=False, style=styles.get(line))


def _table(report: Report) -> Table:
    shown = [line for line in report.records if len(report.records) <= ALL or _matters(line)]
    left = len(report.records) - len(shown)
    caption = f"{left:,} more records without a finding are not shown" if left else None
    table = Table(caption=caption, box=None, padding=(0, 1), pad_edge=False)  # 80 columns hold it so
    for column in ("record", _KIND, "recorded at", "proven by", "found"):
        table.add_column(column, overflow="fold", no_wrap=column != _KIND)
    first: dict[int, Finding] = {}
    for finding in sorted(report.findings, key=lambda one: one.severity is not Severity.FAIL):
        if finding.record is not None:
            first.setdefault(finding.record, finding)
    for line in shown:
        found = first.get(line.index)
        table.add_row(
            str(line.index),
            "\n".join([line.kind, *line.controls]),
            line.recorded_at,
            _proven(line),
            "" if found is None else f"{found.severity} {found.code}",
            style=None if found is None else _STYLES[found.severity],
        )
    return table


def _proven(line: Line) -> str:
    """The time alone where the day is that of the record: 80 columns have no room for a day twice."""
    proven = line.proven_by or "-"
    day, is_time, time = proven.partition("T")
    return time if is_time and line.recorded_at.startswith(day) else proven


def _matters(line: Line) -> bool:
    return line.state != "ok" or bool(line.controls) or line.kind in _TELLING
