"""Step 7: whether what was decided follows from what was there when it was decided.

Evidence that is missing, expired or erased can turn a GO into nothing; nothing turns a NO-GO into a GO.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from evidence.contents import Decision, content
from evidence.controls import Controls, ControlsError, parsed
from evidence.layout import PLAN
from evidence.record import Kind, Record, RecordError
from evidence.verification.case import Case, Seen
from evidence.verification.report import Code, Severity
from evidence.verification.weighing import ERASED_SINCE, MET, Weighing, is_one_person

_STEP = 7
_MOST_PLAN = 1 << 24
GO = "GO"
_ADMITTED = "the close itself says so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision at its place."""

    seen: Seen
    record: Record
    told: Decision

    @property
    def position(self) -> int:
        """Its place."""
        return self.seen.position

    @property
    def is_go(self) -> bool:
        """Whether it let the launch go on."""
        return self.record.predicate.kind is Kind.DECISION and self.told.verdict == GO


def check_meaning(case: Case) -> None:
    """7. Each decision follows from the evidence before it:

    7.1 the plan is the one that the genesis names, and that each decision names;
    7.2 a decision cites a head that was signed before it, and is covered by a receipt;
    7.3 what it cites is there, before it, not erased, and was valid then;
    7.4 a GO has nothing unmet, cites valid evidence for each control that is required before it, and was not
        given by who took a screenshot that it cites;
    7.5 what is required before the close was there by then, and what is required before a GO where none was
        given; and the close itself names nothing as unmet;
    7.6 the close is there, and is the last record.
    """
    decided = _decided(case)
    controls = _plan(case, decided)
    weighing = Weighing(case)
    for one in decided:
        _check_head(case, one)
        _check_cited(case, one, weighing)
        if one.is_go:
            _check_go(case, one, controls, weighing)
    _check_end(case, decided, controls, weighing)


def _decided(case: Case) -> list[Decided]:
    found = []
    for seen, record in case.readable():
        if record.predicate.kind in {Kind.DECISION, Kind.CLOSE}:
            try:
                told = content(record.predicate.data, Decision)
            except RecordError:
                continue  # said at step 3
            found.append(Decided(seen=seen, record=record, told=told))
    return found


def _plan(case: Case, decided: list[Decided]) -> Controls | None:
    # 7.1
    data = case.container.read(PLAN, length=_MOST_PLAN)
    digest = sha256(data).hexdigest()
    if case.genesis is not None and digest != case.genesis.plan_sha256:
        case.found(_STEP, Code.PLAN, f"{PLAN} is not the plan that the genesis names")
    for one in decided:
        if case.genesis is not None and one.told.plan_sha256 != case.genesis.plan_sha256:
            text = "it was decided by another plan than the genesis names"
            case.found(_STEP, Code.PLAN, text, record=one.position)
    try:
        return parsed(data)
    except ControlsError as error:
        case.found(_STEP, Code.PLAN, f"{PLAN}: {error}")
        return None


def _check_head(case: Case, one: Decided) -> None:
    # 7.2
    tree = one.told.tree
    signed = case.genuine.get(tree.size)
    if signed is None or signed.root.hex() != tree.root or tree.size > one.position:
        text = f"it cites a head over {tree.size} records that was not signed before it"
        case.found(_STEP, Code.HEAD, text, record=one.position)
    if case.trust.receipts and one.position >= case.covered:
        text = f"no receipt covers this {one.told.gate} {one.told.verdict}: it could be another one"
        case.found(_STEP, Code.UNCOVERED, text, record=one.position, severity=Severity.GAP)


def _check_cited(case: Case, one: Decided, weighing: Weighing) -> None:
    # 7.3
    for cited in one.told.evidence:
        if cited.index >= one.position or not case.is_of(cited):
            text = f"it cites a record {cited.index} that is not there before it"
            case.found(_STEP, Code.CITED, text, record=one.position)
            continue
        seen = case.seen[cited.index]
        if weighing.is_erased(seen, before=one.position):
            text = f"it cites record {cited.index}, which was erased before"
            case.found(_STEP, Code.CITED, text, record=one.position, severity=Severity.GAP)
        if weighing.is_expired(seen, one.seen.recorded_at, None):
            text = f"it cites record {cited.index}, which had expired by then"
            case.found(_STEP, Code.EXPIRED, text, record=one.position, severity=Severity.GAP)


def _check_go(case: Case, one: Decided, controls: Controls | None, weighing: Weighing) -> None:
    # 7.4
    for unmet in one.told.unmet:
        case.found(_STEP, Code.UNMET, f"a GO, and {unmet} was unmet", record=one.position)
    cited = {each.index for each in one.told.evidence if case.is_of(each)}
    required = () if controls is None else controls.required("go")
    for control in required:
        _require(case, control.id, one, weighing.state(control, one.seen, cited), Severity.FAIL)
    if controls is not None and not required:
        text = "a GO, and the plan requires no evidence before it: nothing is proven by it"
        case.found(_STEP, Code.UNMET, text, record=one.position, severity=Severity.GAP)
    for index in sorted(cited):
        record = case.seen[index].record
        if record is None or record.predicate.kind is not Kind.SCREENSHOT:
            continue
        if is_one_person(record.predicate.actor, one.record.predicate.actor):
            text = f"who decided GO took the screenshot {index} that it rests on"
            case.found(_STEP, Code.SAME_PERSON, text, record=one.position)


def _require(case: Case, control: str, one: Decided, state: str, severity: Severity) -> None:
    if state == MET:
        return
    text = f"{control} is UNMET: {state}"
    worst = Severity.GAP if state == ERASED_SINCE else severity
    case.found(_STEP, Code.UNMET, text, record=one.position, severity=worst)


def _check_end(case: Case, decided: list[Decided], controls: Controls | None, weighing: Weighing) -> None:
    closes = [one for one in decided if one.record.predicate.kind is Kind.CLOSE]
    # 7.6
    if not closes:
        severity = Severity.NOTE if case.trust.is_open else Severity.FAIL
        case.found(_STEP, Code.CLOSE, "the log has no close: its end may be missing", severity=severity)
        return
    close = closes[0]
    if close.position != len(case.seen) - 1:
        text = f"{len(case.seen) - 1 - close.position} records follow the close, expected none"
        case.found(_STEP, Code.CLOSE, text, record=close.position)
    # 7.5
    if controls is None:
        return
    required = controls.required("close")
    if not any(one.is_go for one in decided):
        required += controls.required("go")
    states = {control.id: weighing.state(control, close.seen, None) for control in required}
    # Who sealed it knew in which minutes each could be captured; no auditor does, so their own word counts.
    states |= {name: _ADMITTED for name in close.told.unmet if states.get(name, MET) == MET}
    for name, state in states.items():
        _require(case, name, close, state, Severity.GAP)
