"""Seals a run as it goes: genesis, every event, flip and decision, the inputs of judging, and the close.

What was sealed is told by the log itself, so that a sealer that is killed goes on where it was: a record is
appended once, whoever tries twice. Nothing is sealed before what it is of is on disk.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.launch.board import Flip
from dashboard.launch.event import Event, What
from dashboard.launch.plan_evidence import Evidence, EvidenceItem
from dashboard.launch.proof import Standing, standings
from dashboard.launch.run import ENDED, RunState, fold
from dashboard.sealing.drafts import (
    CONTROLS,
    DECISIONS,
    ENDS,
    GOLIVE,
    TOOL,
    Of,
    decision_draft,
    event_data,
    event_draft,
    flip_data,
    flip_draft,
    redaction,
)
from dashboard.sealing.heads import signed_head
from dashboard.sealing.inputs import LINES, Segment, Upto, segment
from dashboard.sealing.items import MachineItems, Seen, item_draft
from dashboard.sealing.opening import Opening, genesis_draft
from dashboard.sealing.reading import KnownItems
from dashboard.sealing.report import HANDOVER
from dashboard.sealing.showing import decisions
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import Blobs
from evidence.canonical import NotCanonicalError, written
from evidence.contents import Head
from evidence.heads import HeadSigner
from evidence.intake import WithheldError
from evidence.log import Log
from evidence.record import Digest, Draft, Kind, Method, MethodType, Subject, time_text

SEGMENT_S: Final = 60
BEFORE_T_0: Final = timedelta(hours=1)
HEAD_EVERY: Final = 25
"""A head is signed at least after so many records, and then time-stamped."""

LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Sealer:
    """Seals one run. One at a time: not to be shared between threads."""

    store: Store
    run: Run
    opening: Opening
    log: Log
    blobs: Blobs
    heads: HeadSigner
    items: MachineItems
    known: KnownItems
    clock: Callable[[], datetime]
    handover: Callable[[datetime], Mapping[str, Any]]
    _events: list[Event] = field(init=False, default_factory=list)
    _sealed_events: int = field(init=False, default=0)
    _sealed_flips: int = field(init=False, default=0)
    _segment_at: datetime | None = field(init=False, default=None)
    _is_closed: bool = field(init=False, default=False)
    _withheld: set[str] = field(init=False, default_factory=set)

    def resume(self) -> None:
        """Begin the log, or go on with it. Raises `LogError`, `StoreError` and `BlobError`."""
        now = self.clock()
        if self.store.evidence.tip(self.run.id) is None:
            self._append(genesis_draft(self.opening, self.blobs, now))
        if not self.store.evidence.heads(self.run.id):
            self.sign_head()
        self._sealed_events = _number(self.store.evidence.newest_key(self.run.id, "event/"), 1)
        # Of the newest evaluation whose flips were sealed some may be missing.
        self._sealed_flips = max(_number(self.store.evidence.newest_key(self.run.id, "flip/"), 1) - 1, 0)
        tip = self.store.evidence.tip(self.run.id)
        self._is_closed = tip is not None and tip.is_closed
        if any(each.size is None for each in decisions(self.store, self.run.id)):
            self.sign_head()  # whoever sealed a decision was killed before its head was signed

    def step(self) -> None:
        """Seal what has happened since. Raises what `resume` does."""
        if not self._is_closed:
            self._seal_happened()
        if self._is_closed:
            return
        state, now = fold(self._events), self.clock()
        if state.stage not in ENDED:
            self._capture(state, now)
            if state.started is not None and self._is_segment_due(now):
                self._seal_inputs(state)
        self._sign_when_due()

    def sign_head(self) -> Head:
        """Sign the head over all records, and keep it. Raises `HeadError` where the log was turned back."""
        return signed_head(self.store, self.run.id, self.heads)

    # ------------------------------------------------------------ what happened

    def _seal_happened(self) -> None:
        head = self.store.head(self.run.id)
        upto = 0 if head is None or head.evaluation is None else head.evaluation
        self._events += self.store.events(self.run.id, after=len(self._events))
        for happened in _in_order(self._events[self._sealed_events :], self._new_flips(upto)):
            if self._is_closed:
                return
            if isinstance(happened, Flip):
                self._seal_flip(happened)
            else:
                self._seal_event(happened)
        self._sealed_flips = max(upto, self._sealed_flips)

    def _new_flips(self, upto: int) -> list[Flip]:
        found = self.store.flips_between(self.run.id, self._sealed_flips, upto)
        return [flip for evaluation in sorted(found) for flip in found[evaluation]]

    def _seal_flip(self, flip: Flip) -> None:
        data = flip_data(flip)
        self._append(flip_draft(self._of, flip, data, self.blobs.put(written(data))))

    def _seal_event(self, event: Event) -> None:
        blob = self.blobs.put(written(event_data(event)))
        if event.what in DECISIONS or event.what in ENDS:
            self._seal_decision(event, blob)
        else:
            self._append(event_draft(self._of, event, blob, self._changed_plan(event)))
        self._sealed_events = event.seq

    def _changed_plan(self, event: Event) -> str | None:
        """The text of the plan that the run is judged by from here on, so that a bundle alone has it."""
        text = self.store.plan_of_hash(event.after) if event.what is What.PLAN_CHANGED else None
        return None if text is None else self.blobs.put(text.encode())

    def _seal_decision(self, event: Event, blob: str) -> None:
        """With the inputs up to it, over a head of its own, and a head after it that a receipt can pin."""
        state = fold(self._events[: event.seq])
        if state.started is not None:
            self._seal_inputs(state)
        head, found = self.sign_head(), self.standings(state, event.recorded_at)
        blobs = {CONTROLS: self.opening.controls_blob}
        if event.what in ENDS:
            blobs[HANDOVER] = self.blobs.put(written(self.handover(event.recorded_at)))
        decision = decision_draft(self._of, event, blobs, head=head, standings=found)
        # Both or nothing: whoever goes on after a kill tells by the event what was sealed.
        self._append(event_draft(self._of, event, blob), decision)
        self.sign_head()
        self._is_closed = event.what in ENDS

    def standings(self, state: RunState, now: datetime) -> Sequence[Standing]:
        """How each item of the plan stands; none where the plan has none."""
        evidence = self.opening.plan.evidence
        return () if evidence is None else standings(evidence, self.known.known(), state.clocks, now)

    # ------------------------------------------------------------ what golive captures by itself

    def _capture(self, state: RunState, now: datetime) -> None:
        evidence = self.opening.plan.evidence
        if evidence is None:
            return
        wanted = {each.item.id: each for each in self.standings(state, now) if _is_wanted(each)}
        for item, seen in self.items.seen([each.item for each in wanted.values()], now):
            # What was read too long ago would be captured again and again, and never count.
            if now - seen.observed_at <= timedelta(seconds=evidence.valid_for_s):
                self._capture_item(item, seen, number=len(wanted[item.id].captures) + 1, evidence=evidence)

    def _capture_item(self, item: EvidenceItem, seen: Seen, *, number: int, evidence: Evidence) -> None:
        try:
            draft = item_draft(
                self._of, item, seen, self.blobs, number=number, valid_for_s=evidence.valid_for_s
            )
        except (WithheldError, NotCanonicalError) as error:
            if item.id not in self._withheld:
                LOG.warning("%s is not captured: %s", item.id, error)
            self._withheld.add(item.id)
        else:
            self._append(draft)

    def _is_segment_due(self, now: datetime) -> bool:
        return self._segment_at is None or now - self._segment_at >= timedelta(seconds=SEGMENT_S)

    def _seal_inputs(self, state: RunState) -> None:
        newest = self.store.evidence.newest_key(self.run.id, "inputs/")
        since = self._first_inputs(state) if newest is None else Upto.of_key(newest)
        older: Sequence[int] = ()
        if newest is None:
            first = self.store.evaluations_after(self.run.id, since.evaluation, limit=1)
            older = sorted(number for each in first for number in each.inputs if number <= since.sample)
        found = segment(self.store, self.run.id, since, older=older)
        self._segment_at = self.clock()
        if found is not None:
            self._append(self._inputs_draft(found))

    def _first_inputs(self, state: RunState) -> Upto:
        """From an hour before T-0 on; what was judged before is no part of the launch."""
        started = state.started
        if started is None:
            return Upto()
        begin = started.event_at - BEFORE_T_0
        evaluation = self.store.evaluation_at(self.run.id, begin)
        sample = self.store.sample_at(self.run.id, begin - self.opening.longest_window)
        return Upto(sample=sample, evaluation=0 if evaluation is None else evaluation.evaluation)

    def _inputs_draft(self, found: Segment) -> Draft:
        blob = self.blobs.put(found.lines)
        name = f"inputs-{found.first_evaluation}-{found.upto.evaluation}.ndjson"
        return Draft(
            key=found.upto.key(),
            kind=Kind.INPUTS,
            subject=(Subject(name=name, mediaType=LINES, digest=Digest(sha256=blob)),),
            actor=GOLIVE,
            method=Method(type=MethodType.TEST, how="polled, then judged", tool=TOOL),
            source=self._of.source(),
            captured_at=time_text(self.clock()),
            redaction=redaction(),
            data={
                "samples": found.samples,
                "evaluations": found.evaluations,
                "first_evaluation": found.first_evaluation,
                "last_evaluation": found.upto.evaluation,
            },
        )

    # ------------------------------------------------------------ the log

    @property
    def _of(self) -> Of:
        return self.opening.of

    def _append(self, *drafts: Draft) -> None:
        self.log.append(drafts, self.clock())

    def _sign_when_due(self) -> None:
        tip, last = self.store.evidence.tip(self.run.id), self.heads.last()
        size = 0 if tip is None else tip.index + 1
        if size - (0 if last is None else last.size) >= HEAD_EVERY:
            self.sign_head()


def _in_order(events: Sequence[Event], flips: Sequence[Flip]) -> Iterator[Event | Flip]:
    """Both by when they were recorded, a flip before an event of its instant. Each kind stays in the order of
    its numbers, even where the host's clock was set back: whoever goes on tells by the newest number of each
    what was sealed.
    """
    waiting = deque(flips)
    for event in events:
        while waiting and waiting[0].at <= event.recorded_at:
            yield waiting.popleft()
        yield event
    yield from waiting


def _is_wanted(standing: Standing) -> bool:
    """Whether golive itself has to capture it now, for the first time or again."""
    return standing.is_open and not standing.item.is_by_person and not standing.counts


def _number(key: str | None, place: int) -> int:
    return 0 if key is None else int(key.split("/")[place])
