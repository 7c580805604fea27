"""What is announced of a run: flips of mandatory gates, what people did, tasks that are late or nearly so.

Pure: from what is recorded, and the moment, to notices. A notice's key makes it unique within its run, so
that whoever looks at the same records again, after a restart too, announces nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.observation import Environment
from dashboard.launch import notice_wording
from dashboard.launch.board import Flip, Verdict
from dashboard.launch.clock import t_text
from dashboard.launch.event import Event, What
from dashboard.launch.naming import named
from dashboard.launch.plan import Plan
from dashboard.launch.plan_secrets import SecretScan
from dashboard.launch.run import RunState, Stage, fold
from dashboard.launch.scene import GOLIVE
from dashboard.launch.timeline import Row, rows

SOON_S = 120
"""So long before the end of its timebox an open task is announced as nearly late."""

LONGEST_REASON = 400
"""A message is read on a phone; the whole reason is in the log."""

ANNOUNCED: Mapping[What, str] = {
    What.STARTED: "started the clock",
    What.HELD: "held the clock",
    What.RESUMED: "resumed the clock",
    What.RECYCLED: "took the clock back to {after}",
    What.SCRUBBED: "scrubbed the run",
    What.CLOSED: "closed the run",
    What.DECIDED: "decided {subject}",
    What.LATCHED: "latched a NO-GO ({subject}), which forbids GO until somebody acknowledges it",
    What.ACKNOWLEDGED: "acknowledged the NO-GO ({subject})",
    What.POLL_OPENED: "opened a poll",
    What.VOTES_DIED: "let every vote of the poll die",
    What.DECLARED: "declared the poll {subject}",
    What.WAIVER_ASKED: "asked for a waiver of {subject}",
    What.WAIVED: "granted a waiver of {subject}",
    What.WAIVER_ENDED: "ended the waiver of {subject}",
    What.OVERRIDE_ASKED: "asked for an override",
    What.OVERRIDDEN: "granted an override",
    What.ROLLED_BACK: "rolled back",
    What.CLOCK_MOVED: "found the host's clock moved",
    What.PLAN_OFFERED: "was started with another plan, which is on offer",
    What.PLAN_ASKED: "asked for another plan",
    What.PLAN_CHANGED: "adopted another plan",
    What.NEXT_ATTEMPT: "opened the next attempt",
}
"""Every kind of event that is announced, as what its actor did. `subject` is the title of a gate or the word
of a verdict, `after` the new state; a kind that is not here is read in the log alone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence for everybody who listens. `at` is when it became true, not when it was written."""

    key: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """Words the notices of one run. `scan` names what must leave in no message, if a text holds it."""

    plan: Plan
    environment: Environment
    scan: SecretScan

    def of_flips(self, flips: Sequence[Flip], events: Sequence[Event]) -> Iterator[Notice]:
        """The flips of mandatory gates, each with its gate's reason."""
        mandatory = {gate.id: gate.title for gate in self.plan.gates if gate.mandatory}
        for flip in flips:
            if flip.gate in mandatory:
                state = fold(event for event in events if event.recorded_at <= flip.at)
                what = notice_wording.flipped(mandatory[flip.gate], flip.before, flip.after)
                reason = "" if flip.after is Verdict.GO else flip.reason  # of a GO it says that it holds
                text = self._worded(state.clock.at(flip.at), what, reason=reason)
                yield Notice(key=f"flip/{flip.evaluation}/{flip.gate}", at=flip.at, text=text)

    def of_events(self, events: Sequence[Event], *, after: int) -> Iterator[Notice]:
        """What was done after event `after` of the log `events`, by whom and why."""
        for index, event in enumerate(events):
            if event.seq > after and event.what in ANNOUNCED:
                t_s = fold(events[: index + 1]).clock.at(event.event_at)
                subject = named(self.plan, event)
                did = ANNOUNCED[event.what].format(subject=subject, after=event.after)
                text = self._worded(t_s, f"{self._who(event)} {did}", reason=event.reason)
                yield Notice(key=f"event/{event.seq}", at=event.recorded_at, text=text)

    def of_tasks(self, events: Sequence[Event], now: datetime) -> Iterator[Notice]:
        """The open tasks that are past the end of their timebox, or nearly, while the clock counts."""
        state = fold(events)
        if state.stage is not Stage.COUNTING:
            return
        # After a recycle a task can be late once more, and that is news again.
        turn = max((event.seq for event in events if event.what is What.RECYCLED), default=0)
        for row in rows(self.plan, state, now):
            if row.is_open:
                yield from self._of_task(row, state, now, turn)

    def _of_task(self, row: Row, state: RunState, now: datetime, turn: int) -> Iterator[Notice]:
        t_s, end_s = state.clock.at(now), row.planned_end_s
        if t_s is None or t_s < max(row.planned_start_s, end_s - SOON_S):
            return
        is_late = t_s > end_s
        due_s = end_s if is_late else max(row.planned_start_s, end_s - SOON_S)
        what = notice_wording.late(row.task.title, row.owner_title, t_text(end_s), is_late=is_late)
        yield Notice(
            key=f"{'late' if is_late else 'soon'}/{row.task.id}/{turn}",
            at=state.clock.moment(due_s, now) or now,
            text=self._worded(t_s, what),
        )

    def _worded(self, t_s: float | None, what: str, reason: str = "") -> str:
        head = f"{self.environment.value.upper()}, {self.plan.title}, {t_text(t_s)}"
        text = f"{head}: {what}{self._because(reason)}."
        kind = self.scan(text)
        return text if kind is None else f"{head}: {notice_wording.withheld_notice(kind)}"

    def _because(self, reason: str) -> str:
        plain = " ".join(reason.split()).rstrip(".")
        kind = self.scan(plain)
        if kind is not None:
            return f" ({notice_wording.withheld_reason(kind)})"
        cut = plain if len(plain) <= LONGEST_REASON else f"{plain[:LONGEST_REASON]}…"
        return f": {cut}" if cut else ""

    def _who(self, event: Event) -> str:
        """The title of the role: a name that somebody typed is personal data, and proves nothing."""
        role = self.plan.roles.get(event.role)
        if role is not None:
            return role.title
        return GOLIVE.name if event.role == GOLIVE.role else notice_wording.SOMEBODY
