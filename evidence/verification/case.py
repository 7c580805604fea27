"""What the steps of a verification hand on to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evidence.checkpoint import Checkpoint, LogKey
from evidence.container import Container
from evidence.contents import Cited, Genesis
from evidence.record import Kind, Record
from evidence.verification.report import Code, Finding, Severity, Used
from evidence.verification.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A record at its place in the bundle; `record` is None where it could not be read."""

    position: int
    leaf: bytes
    record: Record | None
    captured_at: int = 0
    recorded_at: int = 0

    @property
    def kind(self) -> Kind | None:
        """What it is about, if that can be read."""
        return None if self.record is None else self.record.predicate.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A time that a pinned authority put under the head of this size."""

    size: int
    tsa: str
    gen_time: datetime

    @property
    def at(self) -> int:
        """The same in seconds."""
        return int(self.gen_time.timestamp())


@dataclass(slots=True, kw_only=True)
class Case:
    """What is verified, by what trust, and what was found so far."""

    container: Container
    trust: Trust
    findings: list[Finding] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    genesis: Genesis | None = None
    erased: dict[str, int] = field(default_factory=dict)
    """Which blob was erased by the record of which place."""
    notes: dict[int, bytes] = field(default_factory=dict)
    genuine: dict[int, Checkpoint] = field(default_factory=dict)
    """The heads that the log's key signed and that these records have."""
    roots: Mapping[int, bytes] = field(default_factory=dict)
    """The root of the first so many records."""
    tokens: list[Token] = field(default_factory=list)
    receipts: list[Used] = field(default_factory=list)
    covered: int = 0
    """So many records are held by a receipt."""
    proven: list[int | None] = field(default_factory=list)
    """For each record the first token that is over it, where any root is pinned."""
    unanchored_s: int | None = None
    own_key: LogKey | None = None
    """The key that the genesis names."""

    def found(
        self,
        step: int,
        code: Code,
        text: str,
        *,
        record: int | None = None,
        severity: Severity = Severity.FAIL,
    ) -> None:
        """Note a finding; it is a failure unless said otherwise."""
        self.findings.append(Finding(step=step, code=code, text=text, severity=severity, record=record))

    @property
    def key(self) -> LogKey | None:
        """The key that heads are held against: the pinned one; without it the bundle's own, which shows no
        more than that the bundle agrees with itself.
        """
        return self.trust.key or self.own_key

    def readable(self) -> Iterator[tuple[Seen, Record]]:
        """The records that could be read."""
        return ((seen, seen.record) for seen in self.seen if seen.record is not None)

    def is_of(self, cited: Cited) -> bool:
        """Whether there is this record at this place."""
        return cited.index < len(self.seen) and self.seen[cited.index].leaf.hex() == cited.leaf
