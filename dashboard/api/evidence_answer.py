"""What is told of the evidence: how each item and the log stand, without what was captured and by whom."""

from __future__ import annotations

from typing import Final

from collectors.observation import Environment
from dashboard.api.answers import Moment, Sha256, Told
from dashboard.launch.evidence_view import EvidencePanel, LogState, StampedHead
from dashboard.launch.plan_evidence import ItemKind
from dashboard.launch.proof import ItemState, Standing

MOST_ITEMS: Final = 500
WINDOW: Final = "from the opening of the run to its close"


class Proven(Told, frozen=True):
    """`k` of the `n` required items are proven, and `left` of the others still can be; 0 of 0 is not
    complete. They are counted over the `window`, in the `source`: the origin of the log, empty before it is
    begun.
    """

    k: int
    n: int
    left: int
    window: str
    source: str


class Item(Told, frozen=True):
    """One thing that must be proven, between the minutes `from_min` (null: the opening of the run) and
    `to_min` of the T-clock; `owner` is a role of the plan. Of what proves it, or was captured last, `record`
    is the number and `leaf` the hash of its record in the log; `others` were captured besides.
    """

    id: str
    title: str
    kind: ItemKind
    proves: str
    system: str
    owner: str
    required: bool
    before: str
    from_min: int | None
    to_min: int
    state: ItemState
    is_open: bool
    captured_at: Moment | None
    recorded_at: Moment | None
    record: int | None
    leaf: Sha256 | None
    others: int


class Stamp(Told, frozen=True):
    """That an authority stamped a head, and when by its own clock."""

    authority: str
    at: Moment


class Head(Told, frozen=True):
    """A signed head of the log: `root` is the root of the Merkle tree over its first `size` records."""

    size: int
    root: Sha256
    stamps: tuple[Stamp, ...]


class Log(Told, frozen=True):
    """How the log stands: `vkey` verifies its heads, `pending` authorities have not stamped the newest one,
    `unsealed` events of the run are not in it yet.
    """

    origin: str
    vkey: str
    size: int
    is_closed: bool
    unsealed: int
    newest_head: Head | None
    pending: tuple[str, ...]


class Evidence(Told, frozen=True):
    """How what must be proven of a run stands; `log` is null before it was begun. Where there are very many
    items, those that are proven are the ones that are left out.
    """

    environment: Environment
    told_at: Moment
    run: int
    proven: Proven
    items: tuple[Item, ...]
    left_out: int
    log: Log | None


def evidence(panel: EvidencePanel) -> Evidence:
    """How the evidence stands, without what was captured and without who did."""
    found = panel.standings
    if len(found) > MOST_ITEMS:
        found = tuple(sorted(found, key=lambda each: each.counts))[:MOST_ITEMS]
    complete = panel.completeness
    return Evidence(
        environment=Environment(panel.environment),
        told_at=panel.drawn_at,
        run=panel.run,
        proven=Proven(
            k=complete.k,
            n=complete.n,
            left=complete.left,
            window=WINDOW,
            source="" if panel.log is None else panel.log.origin,
        ),
        items=tuple(map(_item, found)),
        left_out=len(panel.standings) - len(found),
        log=None if panel.log is None else _log(panel.log),
    )


def _item(found: Standing) -> Item:
    item, capture = found.item, found.capture
    return Item(
        id=item.id,
        title=item.title,
        kind=item.kind,
        proves=item.proves,
        system=item.system,
        owner=item.owner,
        required=item.required,
        before=item.before,
        from_min=item.from_min,
        to_min=item.to_min,
        state=found.state,
        is_open=found.is_open,
        captured_at=None if capture is None else capture.captured_at,
        recorded_at=None if capture is None else capture.recorded_at,
        record=None if capture is None else capture.index,
        leaf=None if capture is None else capture.leaf,
        others=len(found.others),
    )


def _log(log: LogState) -> Log:
    return Log(
        origin=log.origin,
        vkey=log.vkey,
        size=log.size,
        is_closed=log.is_closed,
        unsealed=log.unsealed,
        newest_head=_head(log.heads[-1]) if log.heads else None,
        pending=log.pending,
    )


def _head(head: StampedHead) -> Head:
    stamps = tuple(Stamp(authority=authority, at=at) for authority, at in head.stamps)
    return Head(size=head.size, root=head.root, stamps=stamps)
