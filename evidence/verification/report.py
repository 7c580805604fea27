"""What a verification found, and what it comes to. The words here are all that a report may claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Any

HONEST = (
    "A bundle alone proves nothing about its author.",
    "Only a receipt held by someone else stops the key holder from dropping the last record.",
    (
        "Evidence proves what was recorded and when, not that the captured page was true: pair each image "
        "with a machine-read twin and a second person's review."
    ),
    (
        "The report and the programs in a bundle are for reading, and no part of what is proven: they may "
        "say anything."
    ),
)


class Severity(StrEnum):
    """What a finding does to the result."""

    FAIL = "FAIL"
    CAP = "CAP"
    """A trust input is missing: whatever was found, nothing is proven."""
    GAP = "GAP"
    NOTE = "NOTE"


class Status(StrEnum):
    """What it comes to; the worst finding decides."""

    VERIFIED = "VERIFIED"
    GAPS = "VERIFIED-WITH-GAPS"
    CONSISTENT = "CONSISTENT-ONLY"
    FAILED = "FAILED"


class Exit(IntEnum):
    """Exit codes. Where several apply the order is 2, 1, 3, 4, 0."""

    VERIFIED = 0
    FAILED = 1
    USAGE = 2
    CONSISTENT = 3
    GAPS = 4


EXITS: Mapping[Status, Exit] = {
    Status.VERIFIED: Exit.VERIFIED,
    Status.GAPS: Exit.GAPS,
    Status.CONSISTENT: Exit.CONSISTENT,
    Status.FAILED: Exit.FAILED,
}


class Code(StrEnum):
    """What kind of finding it is."""

    CONTAINER = "CONTAINER"
    DAMAGED = "DAMAGED"
    UNLISTED = "UNLISTED"
    NO_KEY = "NO-KEY"
    NO_ROOT = "NO-ROOT"
    NO_RECEIPT = "NO-RECEIPT"
    PARSE = "PARSE"
    ENVELOPE = "ENVELOPE"
    SIGNATURE = "SIGNATURE"
    TYPE = "TYPE"
    INDEX = "INDEX"
    PREV = "PREV"
    BLOB = "BLOB"
    ORPHAN = "ORPHAN"
    ERASED = "ERASED"
    LEAVES = "LEAVES"
    CHECKPOINT = "CHECKPOINT"
    ROOT = "ROOT"
    RECEIPT = "RECEIPT"
    TRUNCATED = "TRUNCATED"
    REWRITTEN = "REWRITTEN"
    TOKEN = "TOKEN"  # noqa: S105 - a time token
    BACKWARDS = "BACKWARDS"
    BACKDATED = "BACKDATED"
    POSTDATED = "POSTDATED"
    LATE = "LATE"
    CLAIM = "CLAIM"
    SPAN = "SPAN"
    UNANCHORED = "UNANCHORED"
    PLAN = "PLAN"
    CITED = "CITED"
    HEAD = "HEAD"
    UNMET = "UNMET"
    EXPIRED = "EXPIRED"
    SAME_PERSON = "SAME-PERSON"
    UNCOVERED = "UNCOVERED"
    CLOSE = "CLOSE"
    SECRET = "SECRET"  # noqa: S105 - what kind of finding
    GATE = "GATE"
    CHUNK = "CHUNK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found, at which step, and in which record if in one."""

    step: int
    code: Code
    text: str
    severity: Severity
    record: int | None = None

    def __str__(self) -> str:
        where = "" if self.record is None else f" record {self.record}:"
        return f"{self.severity} step {self.step} {self.code}:{where} {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record of the table: `proven_by` is the first trusted time at which it existed."""

    index: int
    kind: str
    recorded_at: str
    proven_by: str
    role: str
    controls: tuple[str, ...]
    leaf: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A receipt or a token that was checked, and held."""

    name: str
    size: int
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it. `unanchored_s` is the longest time for which no token vouches, None where none does."""

    origin: str
    size: int
    root: str
    findings: Sequence[Finding]
    receipts: Sequence[Used] = ()
    tokens: Sequence[Used] = ()
    records: Sequence[Line] = ()
    unanchored_s: int | None = None

    @property
    def status(self) -> Status:
        """What the worst finding makes of it."""
        found = {finding.severity for finding in self.findings}
        if Severity.FAIL in found:
            return Status.FAILED
        if Severity.CAP in found:
            return Status.CONSISTENT
        return Status.GAPS if Severity.GAP in found else Status.VERIFIED

    @property
    def exit(self) -> Exit:
        """The exit code of that."""
        return EXITS[self.status]

    def document(self) -> dict[str, Any]:
        """The report as JSON has it."""
        told = asdict(self)
        return {"status": self.status, "exit": int(self.exit), **told, "read": HONEST}

    def text(self) -> str:
        """The report as lines, without the table of records."""
        unanchored = "no trusted time" if self.unanchored_s is None else f"{self.unanchored_s} s at the most"
        head = f"{self.origin or 'a log without a name'}, {self.size} records, root {self.root or '-'}"
        lines = [
            f"{self.status}: {head}",
            f"receipts: {self._listed(self.receipts, Code.NO_RECEIPT, 'receipt')}",
            f"tokens: {self._listed(self.tokens, Code.NO_ROOT, 'root of an authority')}",
            f"without a token: {unanchored}; nobody was asked whether a certificate had been revoked",
            *map(str, self.findings),
            *HONEST,
        ]
        return "\n".join(lines) + "\n"

    def _listed(self, used: Sequence[Used], missing: Code, what: str) -> str:
        if not used:
            was_missing = any(finding.code is missing for finding in self.findings)
            return f"none, because no {what} was given" if was_missing else "none that holds"
        return ", ".join(f"{one.name} over {one.size}" + (f" at {one.at}" if one.at else "") for one in used)
