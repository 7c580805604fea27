"""The gates as HTML: who owns each, why it is what it is, and every rule with the values it was judged on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.launch.board import Board, CheckedRule, CheckResult, Flip, JudgedGate, Verdict
from dashboard.ui import formats, looks, wording
from dashboard.ui.markup import joined, moment, sealed, text

_NONE: Mapping[str, datetime] = {}
_WORST_FIRST = (Verdict.NO_GO, Verdict.UNKNOWN, Verdict.GO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A flip that was sealed in the log of this run."""

    run: int
    flip: Flip


_NO_TURNS: Mapping[str, Turned] = {}


def gates(
    board: Board | None,
    *,
    lost: bool,
    waived: Mapping[str, datetime] = _NONE,
    turns: Mapping[str, Turned] = _NO_TURNS,
) -> str:
    """Mandatory gates, worst first; advisory gates apart, below them. `waived` says until when each is,
    `turns` which flip of each is its newest that was sealed.
    """
    if board is None:
        return _section(wording.GATES, wording.NO_GATES, "", kind="mandatory")
    mandatory = _worst_first(gate for gate in board.gates if gate.mandatory)
    advisory = _worst_first(gate for gate in board.gates if not gate.mandatory)
    note = wording.MANDATORY_NOTE if lost else f"{_tally(mandatory)} {wording.MANDATORY_NOTE}"
    drawn = _section(wording.GATES, note, _list(mandatory, waived, turns, lost=lost), kind="mandatory")
    if advisory:
        listed = _list(advisory, _NONE, turns, lost=lost)
        drawn += _section(wording.ADVISORY, wording.ADVISORY_NOTE, listed, kind="advisory")
    return drawn


def _worst_first(judged: Iterable[JudgedGate]) -> list[JudgedGate]:
    return sorted(judged, key=lambda gate: _WORST_FIRST.index(gate.verdict))


def _tally(judged: Sequence[JudgedGate]) -> str:
    counts = [(sum(gate.verdict is verdict for gate in judged), verdict) for verdict in _WORST_FIRST]
    return " · ".join(f"{n} {wording.GATE_WORD[verdict]}" for n, verdict in counts if n) + "."


def _section(title: str, note: str, body: str, *, kind: str) -> str:
    head = f'<header><h2 id="gates-{kind}">{title}</h2><p class="gl-muted">{text(note)}</p></header>'
    return f'<section class="gl-gates gl-gates-{kind}" aria-labelledby="gates-{kind}">{head}{body}</section>'


def _list(
    judged: Sequence[JudgedGate],
    waived: Mapping[str, datetime],
    turns: Mapping[str, Turned],
    *,
    lost: bool,
) -> str:
    drawn = joined(_gate(gate, waived.get(gate.id), turns.get(gate.id), lost=lost) for gate in judged)
    return f'<ul class="gl-list">{drawn}</ul>'


def _gate(gate: JudgedGate, until: datetime | None, turn: Turned | None, *, lost: bool) -> str:
    look = looks.of_gate(gate.verdict, lost=lost)
    opened = " open" if gate.mandatory and gate.verdict is not Verdict.GO else ""
    flapping = f'<span class="gl-chip gl-warn">{wording.FLAPPING}</span>' if gate.flapping else ""
    chips = flapping + _waived(gate, until)
    return (
        f'<li class="gl-gate gl-edge-{look.tone}"><details id="gate-{text(gate.id)}"{opened}>'
        f'<summary>{looks.badge(look)}<span class="gl-gate-head"><h3>{text(gate.title)}</h3>{chips}'
        f'<span class="gl-reason">{text(_reason(gate))}</span></span>'
        f'<span class="gl-owner">{text(gate.owner_title)}</span>'
        f'<span class="gl-when">since {moment(gate.since)}</span></summary>'
        f"{_rules(gate, turn, lost=lost)}</details></li>"
    )


def _waived(gate: JudgedGate, until: datetime | None) -> str:
    """The chip of a waived gate; the badge beside it goes on saying what is true underneath."""
    if until is None:
        return ""
    told = wording.WAIVED_UNTIL.format(at=formats.clock_time(until), word=wording.GATE_WORD[gate.verdict])
    return f'<span class="gl-chip gl-warn">{wording.WAIVED} {text(told)}</span>'


def _reason(gate: JudgedGate) -> str:
    if gate.verdict is not Verdict.GO:
        return gate.reason
    passing = sum(rule.result is CheckResult.PASS for rule in gate.rules)
    return wording.HOLDING.format(k=passing, n=len(gate.rules))


def _rules(gate: JudgedGate, turn: Turned | None, *, lost: bool) -> str:
    """All rules of a gate; beside one that does not pass, those that do are folded away."""
    oldest = min((rule.observed_at for rule in gate.rules if rule.observed_at), default=None)
    passing = [rule for rule in gate.rules if rule.result is CheckResult.PASS]
    others = [rule for rule in gate.rules if rule.result is not CheckResult.PASS]
    folded = _rule_list(passing, lost=lost)
    if others and passing:
        count = formats.count(len(passing), wording.OTHER_HOLDS, wording.OTHERS_HOLD)
        folded = f'<details id="gate-{text(gate.id)}-passing"><summary>{count}</summary>{folded}</details>'
    flip = "" if any(rule.flip == gate.flip for rule in others) else _flip(gate.flip)
    seen = f'<p class="gl-muted gl-oldest">{wording.OLDEST_INPUT} {moment(oldest)}</p>'
    listed = f"{_rule_list(others, lost=lost)}{flip}{folded}"
    return f'<div class="gl-rules">{listed}{seen}{_record(gate, turn)}</div>'


def _record(gate: JudgedGate, turn: Turned | None) -> str:
    """Where the turn to the verdict that is shown was sealed, with the answers that it rests on."""
    if turn is None or turn.flip.at != gate.since:
        return ""
    key = f"flip/{turn.flip.evaluation}/{gate.id}"
    leads = sealed(key, wording.RECORD_OF_TURN, run=turn.run)
    return f'<p class="gl-meta">{leads}</p>'


def _rule_list(rules: Sequence[CheckedRule], *, lost: bool) -> str:
    return f"<ul>{joined(_rule(rule, lost=lost) for rule in rules)}</ul>" if rules else ""


def _rule(rule: CheckedRule, *, lost: bool) -> str:
    """A rule that passes takes two lines; one that does not also says why, and what would change it."""
    look = looks.of_result(rule.result, lost=lost)
    head = f'<div class="gl-rule-head">{looks.badge(look)}<code>{text(rule.text)}</code></div>'
    passes = rule.result is CheckResult.PASS
    parts = (
        [*_provenance(rule), f"{wording.FLIPS_WHEN.lower()} {text(rule.flip)}"]
        if passes
        else _provenance(rule)
    )
    meta = f'<p class="gl-meta">{joined(f"<span>{part}</span>" for part in parts)}</p>'
    if passes:
        return f'<li class="gl-rule gl-rule-passes">{head}{meta}</li>'
    return f'<li class="gl-rule">{head}<p class="gl-why">{text(rule.reason)}</p>{meta}{_flip(rule.flip)}</li>'


def _flip(sentence: str) -> str:
    label = f'<span class="gl-label">{wording.FLIPS_WHEN}</span>'
    return f'<p class="gl-flip">{label} {text(sentence)}</p>' if sentence else ""


def _provenance(rule: CheckedRule) -> list[str]:
    parts = [text(rule.source), f"seen {moment(rule.observed_at, missing=wording.NEVER)}"]
    parts.append(f"{min(rule.streak, rule.streak_needed)} of {rule.streak_needed} in a row")
    if rule.n is not None:
        of = f"{rule.n:,} trials" if rule.k is None else f"{rule.k:,} of {rule.n:,}"
        parts.append(of if rule.window_s is None else f"{of} in {formats.span(rule.window_s)}")
    if rule.asked:
        parts.append(f"<code>{text(rule.asked)}</code>")
    if rule.request_id:
        parts.append(f"request <code>{text(rule.request_id)}</code>")
    return parts
