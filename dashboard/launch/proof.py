"""How what must be proven stands: a fold over what was captured, reviewed and erased, at one moment.

Evidence only ever counts where it was captured in its window, is whole, still holds, and, if a person made
it, was looked at by another. Everything else is kept and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from dashboard.launch.clock import TClock, is_undone, t_then
from dashboard.launch.plan_evidence import Evidence, EvidenceItem

MINUTE_S = 60
FOR_EVER = datetime.max.replace(tzinfo=UTC)
_ROUNDED = timedelta(microseconds=999_999)
"""A record's time is in whole seconds, rounded down: it was recorded up to so much later."""


class ItemState(StrEnum):
    """How one item stands; CAPTURED alone counts. UNREVIEWED is what nobody can look at any more."""

    MISSING = "missing"
    OPEN = "open"
    IN_REVIEW = "waits for a review"
    UNREVIEWED = "not reviewed"
    CAPTURED = "captured"
    REFUSED = "refused"
    EARLY = "early"
    LATE = "late"
    EXPIRED = "expired"
    ERASED = "erased"


_WHEN_CLOSED = {ItemState.OPEN: ItemState.MISSING, ItemState.IN_REVIEW: ItemState.UNREVIEWED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """What a record vouches for, by its SHA-256."""

    name: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One record that is for an item: `leaf` is the hash of the record, `by` and `role` who captured it,
    `captured_at` when by their own word, `recorded_at` when by the server's clock.
    """

    index: int
    leaf: str
    item: str
    kind: str
    captured_at: datetime
    recorded_at: datetime
    by: str
    role: str
    how: str
    system: str
    blobs: tuple[Blob, ...]
    valid_for_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A second person's word on a capture."""

    of: int
    accepted: bool
    by: str
    role: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that the log says of items: every capture, its newest review, and what was erased."""

    captures: tuple[Capture, ...] = ()
    reviews: Mapping[int, Reviewed] | None = None
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One item at one moment. `capture` is the one that counts, else the newest; `others` are the
    rest. `is_open`: whether it may be captured now; `is_over`: whether it can not be any more.
    """

    item: EvidenceItem
    state: ItemState
    capture: Capture | None = None
    review: Reviewed | None = None
    others: tuple[Capture, ...] = ()
    is_open: bool = False
    is_over: bool = False

    @property
    def captures(self) -> tuple[Capture, ...]:
        """All of it that was captured, in no order."""
        return self.others if self.capture is None else (self.capture, *self.others)

    @property
    def counts(self) -> bool:
        """Whether the item is proven."""
        return self.state is ItemState.CAPTURED

    @property
    def still_can(self) -> bool:
        """Whether it is not proven and can be before the run ends: captured in time, or looked at later."""
        return not self.counts and (self.state is ItemState.IN_REVIEW or not self.is_over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """So many of the required items are proven, and `left` of the others can still be; nothing required is
    not complete either.
    """

    k: int
    n: int
    left: int = 0


def standings(
    evidence: Evidence, known: Known, clocks: Sequence[TClock], now: datetime
) -> tuple[Standing, ...]:
    """Every item of the plan, in its order."""
    by_item: dict[str, list[Capture]] = {}
    for capture in known.captures:
        by_item.setdefault(capture.item, []).append(capture)
    return tuple(standing(item, by_item.get(item.id, ()), known, clocks, now) for item in evidence.items)


def closed(found: Standing) -> Standing:
    """The same once the log is closed: nothing is captured or looked at any more."""
    state = _WHEN_CLOSED.get(found.state, found.state)
    return replace(found, state=state, is_open=False, is_over=True)


def completeness(found: Iterable[Standing]) -> Completeness:
    """Of the required ones."""
    required = [each for each in found if each.item.required]
    return Completeness(
        k=sum(each.counts for each in required),
        n=len(required),
        left=sum(each.still_can for each in required),
    )


def unmet(found: Iterable[Standing], before: str | None = None) -> tuple[str, ...]:
    """The required items that nothing proves; of those needed before "go" alone, if that is asked for."""
    return tuple(
        each.item.id
        for each in found
        if each.item.required and not each.counts and before in (None, each.item.before)
    )


def standing(
    item: EvidenceItem,
    captures: Sequence[Capture],
    known: Known,
    clocks: Sequence[TClock],
    now: datetime,
) -> Standing:
    """One item, of which these are the captures."""
    is_open, is_over = _is_open(item, clocks, now), _is_over(item, clocks, now)
    if not captures:
        missing = ItemState.OPEN if is_open else ItemState.MISSING
        return Standing(item=item, state=missing, is_open=is_open, is_over=is_over)
    reviews = known.reviews or {}
    at = _Moment(erased=known.erased, clocks=clocks, now=now)
    states = [at.state(item, each, reviews.get(each.index)) for each in captures]
    # The first that counts is the proof; what comes after it is kept beside it.
    best = next((n for n, state in enumerate(states) if state is ItemState.CAPTURED), None)
    if best is None:
        waiting = [n for n, state in enumerate(states) if state is ItemState.IN_REVIEW]
        best = waiting[-1] if waiting else len(captures) - 1
    if is_open and states[best] is ItemState.EARLY:
        # What came too early is in nobody's way once it can be captured in time.
        others = tuple(captures)
        return Standing(item=item, state=ItemState.OPEN, others=others, is_open=is_open, is_over=is_over)
    return Standing(
        item=item,
        state=states[best],
        capture=captures[best],
        review=reviews.get(captures[best].index),
        others=tuple(each for n, each in enumerate(captures) if n != best),
        is_open=is_open,
        is_over=is_over,
    )


def holds_until(found: Standing, clocks: Sequence[TClock], now: datetime) -> datetime:
    """Up to when this stands as it does by the mere passing of time: until its window opens or closes, or a
    capture of it expires.
    """
    marks_s = [(mark or 0) * MINUTE_S for mark in (found.item.from_min, found.item.to_min)]
    clock = clocks[-1] if clocks else TClock()
    turns = [clock.moment(mark_s, now) for mark_s in marks_s] if clock.running else []
    ends = [
        each.captured_at + timedelta(seconds=each.valid_for_s)
        for each in found.captures
        if each.valid_for_s is not None
    ]
    return min((turn for turn in (*turns, *ends) if turn is not None and turn >= now), default=FOR_EVER)


def _is_open(item: EvidenceItem, clocks: Sequence[TClock], now: datetime) -> bool:
    t_s = t_then(clocks, now)
    if t_s is None:
        return item.from_min is None
    return (item.from_min or 0) * MINUTE_S <= t_s <= item.to_min * MINUTE_S


def _is_over(item: EvidenceItem, clocks: Sequence[TClock], now: datetime) -> bool:
    t_s = t_then(clocks, now)
    return t_s is not None and t_s > item.to_min * MINUTE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What a capture is judged by, besides itself."""

    erased: frozenset[str]
    clocks: Sequence[TClock]
    now: datetime

    def state(self, item: EvidenceItem, capture: Capture, review: Reviewed | None) -> ItemState:
        if any(blob.sha256 in self.erased for blob in capture.blobs):
            return ItemState.ERASED
        if review is not None and not review.accepted:
            return ItemState.REFUSED
        outside = self._outside(item, capture.recorded_at)
        if outside is not None:
            return outside
        # From when it was captured, as whoever verifies a bundle counts.
        holds_s = capture.valid_for_s
        if holds_s is not None and self.now > capture.captured_at + timedelta(seconds=holds_s):
            return ItemState.EXPIRED
        is_seen = review is not None and review.by != capture.by
        return ItemState.CAPTURED if is_seen or not item.is_reviewed else ItemState.IN_REVIEW

    def _outside(self, item: EvidenceItem, recorded_at: datetime) -> ItemState | None:
        """On which side of its window it was captured, None inside. The server's own time decides: what
        somebody says about an earlier one proves nothing.
        """
        first, last = t_then(self.clocks, recorded_at), t_then(self.clocks, recorded_at + _ROUNDED)
        if item.from_min is not None:
            is_early = last is None or last < item.from_min * MINUTE_S
            if is_early or is_undone(self.clocks, recorded_at + _ROUNDED):
                return ItemState.EARLY
        # Of a second in which the clock was set back the end counts: what is open then can be captured.
        late = [t_s is not None and t_s > item.to_min * MINUTE_S for t_s in (first, last)]
        return ItemState.LATE if all(late) else None
