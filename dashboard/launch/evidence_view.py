"""What the Evidence page is shown: how each item stands, how the log stands, and one record opened."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

from dashboard.launch.proof import Blob, Completeness, Reviewed, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedHead:
    """A head that was signed, and by whom it was time-stamped, with when; nobody yet while that is empty."""

    size: int
    root: str
    stamps: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as it was sealed: how many records it rests on, and which required items nothing met.
    `size` is that of the head that pins it, None while none is signed yet.
    """

    index: int
    key: str
    verdict: str
    gate: str
    role: str
    recorded_at: datetime
    rests_on: int
    unmet: tuple[str, ...]
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """How the log stands. `pending` are the authorities that have not stamped the newest head, `unsealed` how
    many events of the run are not in it yet.
    """

    origin: str
    vkey: str
    size: int
    is_closed: bool
    heads: tuple[StampedHead, ...]
    pending: tuple[str, ...]
    unsealed: int
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRecord:
    """One record. It was recorded after `not_before` and before `not_after` by the stamps of the authorities,
    None where none says so. `data` is what it says, as JSON; `cited_by` are the decisions that rest on it,
    `review` is a second person's newest word on it.
    """

    run: int
    index: int
    key: str
    kind: str
    proves: str
    by: str
    role: str
    identity: str
    captured_at: datetime
    recorded_at: datetime
    not_before: datetime | None
    not_after: datetime | None
    system: str
    environment: str
    url: str
    method: str
    tool: str
    gate: str
    leaf: str
    prev: str
    data: str
    blobs: tuple[Blob, ...]
    erased: frozenset[str]
    cited_by: tuple[Decided, ...]
    review: Reviewed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePanel:
    """All of it at one moment. `log` is None before the log has begun; `earlier` are the newest runs before
    this one that have a log, the newest first.
    """

    run: int
    environment: str
    standings: tuple[Standing, ...]
    completeness: Completeness
    log: LogState | None
    decisions: tuple[Decided, ...]
    drawn_at: datetime
    earlier: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attest:
    """What whoever hands a picture in stands for; all of it, or it is not taken."""

    date_visible: bool
    system_visible: bool
    whole_screen: bool
    no_personal_data: bool

    @property
    def is_whole(self) -> bool:
        """Whether everything was attested."""
        return all(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What would be kept of an upload: its pixels as a PNG, and the hash of what was uploaded."""

    png: bytes = field(repr=False)
    width: int
    height: int
    upload_sha256: str
