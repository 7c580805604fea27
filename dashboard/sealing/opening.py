"""How the log of a run begins: its name, its keys, the plan with what it wants proven, and the policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.launch.judge import Policy
from dashboard.launch.plan import Plan
from dashboard.recorder import windows_of
from dashboard.sealing.drafts import CONTROLS, GOLIVE, POLICY, TOOL, Of, json_subject, plan_subject, redaction
from dashboard.sealing.items import MONEY_POLICY
from dashboard.version import VERSION
from evidence.blobs import Blobs
from evidence.canonical import written
from evidence.contents import Genesis, Head, told
from evidence.record import Draft, Kind, Method, MethodType, time_text
from evidence.redaction import GATE_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a log begins with. `controls` is `plan.json`, `controls_blob` its SHA-256; `vkey` is the log's key
    and `recorder` the recorder's, `tsas` the authorities that are asked, `before` the head of the attempt
    before.
    """

    of: Of
    plan: Plan
    plan_text: str
    controls: bytes
    controls_blob: str
    vkey: str
    recorder: str
    tsas: tuple[str, ...]
    longest_window: timedelta
    attempt: int = 1
    roster_sha256: str | None = None
    receipts_sha256: str | None = None
    lockfile_sha256: str | None = None
    before: Head | None = None


def controls_of(plan: Plan, plan_sha256: str) -> bytes:
    """What a plan wants proven, as the bundle has it: `plan.json`."""
    evidence = plan.evidence
    items: tuple[Mapping[str, Any], ...] = ()
    if evidence is not None:
        items = tuple(
            {
                "id": item.id,
                "title": item.title,
                "kind": item.kind.value,
                "required": item.required,
                "before": item.before,
                "valid_for_s": evidence.valid_for_s,
                "reviewed": item.is_reviewed,
            }
            for item in evidence.items
        )
    return written(
        {"plan_id": plan.id, "title": plan.title, "plan_sha256": plan_sha256, "controls": list(items)}
    )


def longest_window(policy: Policy) -> timedelta:
    """How far back any rule looks."""
    return timedelta(seconds=max(windows_of(policy).values(), default=0))


def genesis_draft(opening: Opening, blobs: Blobs, now: datetime) -> Draft:
    """The first record, its blobs kept. Raises `BlobError`."""
    text = blobs.put(opening.plan_text.encode())
    controls = blobs.put(opening.controls)
    content = Genesis(
        vkey=opening.vkey,
        recorder=opening.recorder,
        plan_sha256=controls,
        app_version=VERSION,
        lockfile_sha256=opening.lockfile_sha256,
        policies={"run": POLICY, "money": MONEY_POLICY, "gate": GATE_VERSION},
        tsas=opening.tsas,
        roster_sha256=opening.roster_sha256,
        receipts_sha256=opening.receipts_sha256,
        run=opening.of.run,
        attempt=opening.attempt,
        before=opening.before,
    )
    return Draft(
        key="genesis",
        kind=Kind.GENESIS,
        subject=(
            json_subject(CONTROLS, controls),
            plan_subject(text),
        ),
        actor=GOLIVE,
        method=Method(type=MethodType.EXAMINE, how="run opened", tool=TOOL),
        source=opening.of.source(),
        captured_at=time_text(now),
        redaction=redaction(),
        data=told(content),
    )
