"""What of a run becomes which record. Pure: the same event always makes the same draft.

The `key` of a draft names what it is of, so that what was sealed already is never sealed twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final

from collectors.observation import Environment
from dashboard.launch.board import Flip
from dashboard.launch.event import Draft as EventDraft
from dashboard.launch.event import Event, What
from dashboard.launch.proof import Standing, unmet
from dashboard.version import VERSION
from evidence.contents import Cited, Decision, Head, told
from evidence.record import (
    Actor,
    Digest,
    Draft,
    Kind,
    Method,
    MethodType,
    Redaction,
    Source,
    Subject,
    time_text,
)
from evidence.record import Environment as Where
from evidence.redaction import GATE_VERSION

TOOL: Final = f"golive/{VERSION}"
CONTROLS: Final = "plan.json"
"""What the plan wants proven; its hash is the plan that a decision names."""
PLAN_TEXT: Final = "plan.toml"
"""A plan's text: of the genesis the one that the run was opened with, of a change the one from there on."""
JSON: Final = "application/json"
TOML: Final = "application/toml"
POLICY: Final = "golive-run/1"
"""The allow-list of what is sealed of a run: the fields of its events and flips, and no other."""

GOLIVE: Final = Actor(id="golive", role="golive", identity="machine")
DECISIONS: Final = frozenset({What.DECIDED, What.OVERRIDDEN, What.ROLLED_BACK})
ENDS: Final = frozenset({What.CLOSED, What.SCRUBBED})
_TOLD: Final = tuple(field.name for field in fields(EventDraft) if field.name != "actor")
"""Roles alone are sealed: what people call themselves cannot be erased from a log."""
LONGEST: Final = 200
"""As much as a record takes of one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Which run a record is of."""

    run: int
    environment: Environment
    plan_sha256: str

    def source(self, system: str = "golive", url: str = "") -> Source:
        """Where it is from; of a long address as much as a record takes."""
        return Source(system=system, environment=Where(self.environment.value), url=url[:LONGEST])


def redaction(policy: str = POLICY, *, dropped: int = 0, masked: int = 0) -> Redaction:
    """What it went through before it was stored."""
    return Redaction(policy=policy, gate=GATE_VERSION, dropped_paths=dropped, masked_regions=masked)


def json_subject(name: str, sha256: str) -> Subject:
    """A blob of canonical JSON."""
    return Subject(name=name, mediaType=JSON, digest=Digest(sha256=sha256))


def plan_subject(sha256: str) -> Subject:
    """The text of a plan, as it was written."""
    return Subject(name=PLAN_TEXT, mediaType=TOML, digest=Digest(sha256=sha256))


def event_data(event: Event) -> dict[str, Any]:
    """All that an event says, without a float."""
    said = {name: _plain(getattr(event, name)) for name in _TOLD}
    return {**said, "seq": event.seq, "recorded_at": time_text(event.recorded_at)}


def event_draft(of: Of, event: Event, blob: str, plan: str | None = None) -> Draft:
    """Somebody did something; `blob` is `event_data` as it is kept, `plan` the text of the plan from here on,
    where that is what they changed.
    """
    subject = json_subject(f"event-{event.seq}.json", blob)
    return Draft(
        key=f"event/{event.seq}",
        kind=Kind.EVENT,
        subject=(subject,) if plan is None else (subject, plan_subject(plan)),
        actor=actor_of(event),
        method=Method(type=MethodType.INTERVIEW, how=event.what.value, tool=TOOL),
        source=of.source(),
        captured_at=time_text(event.recorded_at),
        redaction=redaction(),
        data=event_data(event),
    )


def decision_draft(
    of: Of, event: Event, blobs: Mapping[str, str], *, head: Head, standings: Sequence[Standing]
) -> Draft:
    """Somebody decided, with what is proven then. A GO needs what the plan wants before it, an end all.
    `blobs` are what it vouches for besides, by name: what the plan wants proven, and at an end the figures.
    """
    is_end = event.what in ENDS
    cited = [each.capture for each in standings if each.counts and each.capture is not None]
    content = Decision(
        gate="close" if is_end else "board",
        verdict=verdict_of(event),
        plan_sha256=blobs[CONTROLS],
        tree=head,
        evidence=tuple(Cited(index=each.index, leaf=each.leaf) for each in cited),
        unmet=unmet(standings, None if is_end else "go"),
        reason_code=event.what.value,
        event=event_data(event),
    )
    return Draft(
        key=f"{'close' if is_end else 'decision'}/{event.seq}",
        kind=Kind.CLOSE if is_end else Kind.DECISION,
        subject=tuple(json_subject(name, blob) for name, blob in blobs.items()),
        actor=actor_of(event),
        method=Method(type=MethodType.EXAMINE, how=event.what.value, tool=TOOL),
        source=of.source(),
        captured_at=time_text(event.recorded_at),
        redaction=redaction(),
        data=told(content),
    )


def verdict_of(event: Event) -> str:
    """What a decision came to. A GO by override is a GO: it needs all that one needs, but for the board's."""
    if event.what is What.ROLLED_BACK:
        return "ROLL-BACK"
    if event.what is What.OVERRIDDEN:
        return "GO"
    if event.what in ENDS:
        return event.what.name
    return (event.after or event.subject).replace("_", "-")


def flip_data(flip: Flip) -> dict[str, Any]:
    """All that a flip says."""
    return {
        "evaluation": flip.evaluation,
        "at": time_text(flip.at),
        "gate": flip.gate,
        "before": flip.before.value,
        "after": flip.after.value,
        "reason": flip.reason,
        "inputs": list(flip.inputs),
    }


def flip_draft(of: Of, flip: Flip, data: Mapping[str, Any], blob: str) -> Draft:
    """A gate changed its verdict; `blob` is `flip_data` as it is kept."""
    small = {name: value for name, value in data.items() if name not in ("reason", "inputs")}
    return Draft(
        key=f"flip/{flip.evaluation}/{flip.gate}",
        kind=Kind.FLIP,
        subject=(json_subject(f"flip-{flip.evaluation}-{flip.gate}.json", blob),),
        actor=GOLIVE,
        method=Method(type=MethodType.TEST, how="gate evaluated", tool=TOOL),
        source=of.source(),
        captured_at=time_text(flip.at),
        redaction=redaction(),
        data=small,
    )


def actor_of(event: Event) -> Actor:
    """Who, by pseudonym where they signed in, else by role: what people call themselves is not sealed."""
    return Actor(id=event.pseudonym or event.role, role=event.role, identity=event.identity)


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return time_text(value)
    return value
