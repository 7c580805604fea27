"""Whether a control was met at a moment: by which records, how old they were, and who looked at them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from evidence.contents import Review, content
from evidence.controls import Control
from evidence.record import Actor, Kind, Record, RecordError
from evidence.verification.case import Case, Seen

MET = "met"
ERASED_SINCE = "what met it was erased since"
_NONE = "no evidence of it"
_WORST_FIRST = (
    _NONE,
    "its evidence is not cited",
    "its evidence had been erased",
    "its evidence had expired",
    "nobody else had accepted its evidence",
    ERASED_SINCE,
    MET,
)
NOT_CITED, ERASED, EXPIRED, NOT_REVIEWED = _WORST_FIRST[1:5]


def is_one_person(one: Actor, other: Actor) -> bool:
    """Whether two actors are the same, as far as a record tells."""
    return one.id == other.id


class Weighing:
    """The evidence of a log by the control that it is for."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._by_control: dict[str, list[tuple[Seen, Record]]] = {}
        self._reviews: dict[int, list[tuple[Seen, Actor, Review]]] = {}
        for seen, record in case.readable():
            for control in record.predicate.controls:
                self._by_control.setdefault(control, []).append((seen, record))
            if record.predicate.kind is Kind.REVIEW:
                self._review(seen, record)

    def state(self, control: Control, at: Seen, cited: AbstractSet[int] | None) -> str:
        """How a control stood at a decision: `MET`, or the reason of what came nearest to it."""
        found = [
            self._state(control, seen, record, at, cited)
            for seen, record in self._by_control.get(control.id, ())
            if seen.position < at.position and record.predicate.kind is control.kind
        ]
        return max(found, key=_WORST_FIRST.index, default=_NONE)

    def is_erased(self, seen: Seen, *, before: int) -> bool:
        """Whether any blob of a record was erased before this place."""
        by = self._erased_by(seen)
        return by is not None and by < before

    def is_expired(self, seen: Seen, at_s: int, control: Control | None) -> bool:
        """Whether a record had outlived its own time, or the control's."""
        told = None if seen.record is None else seen.record.predicate.valid_for_s
        limits = (told, None if control is None else control.valid_for_s)
        return any(limit is not None and at_s - seen.captured_at > limit for limit in limits)

    def _state(
        self, control: Control, seen: Seen, record: Record, at: Seen, cited: AbstractSet[int] | None
    ) -> str:
        if cited is not None and seen.position not in cited:
            return NOT_CITED
        if self.is_erased(seen, before=at.position):
            return ERASED
        if self.is_expired(seen, at.recorded_at, control):
            return EXPIRED
        if control.reviewed and not self._is_accepted(seen, record, at):
            return NOT_REVIEWED
        return MET if self._erased_by(seen) is None else ERASED_SINCE

    def _is_accepted(self, seen: Seen, record: Record, at: Seen) -> bool:
        """Whether the newest word of anybody else on it was that it is accepted."""
        words = [
            review.accepted
            for by, actor, review in self._reviews.get(seen.position, ())
            if seen.position < by.position < at.position and not is_one_person(actor, record.predicate.actor)
        ]
        return bool(words) and words[-1]

    def _review(self, seen: Seen, record: Record) -> None:
        try:
            review = content(record.predicate.data, Review)
        except RecordError:
            return  # said at step 3
        if self._case.is_of(review.of):
            told = (seen, record.predicate.actor, review)
            self._reviews.setdefault(review.of.index, []).append(told)

    def _erased_by(self, seen: Seen) -> int | None:
        if seen.record is None:
            return None
        digests = {subject.digest.sha256 for subject in seen.record.subject}
        by = [place for digest in digests if (place := self._case.erased.get(digest, -1)) > seen.position]
        return min(by, default=None)
