"""Judging a whole plan: rules to gates, gates to the board, the board to one sentence and one hash.

`evaluate` is pure: no clock, no network, no database. Any FAIL makes NO_GO; only all PASS makes GO;
everything else is UNKNOWN, and an UNKNOWN holds. There are no scores and no weights (gates.md section 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import is_

import msgspec

from collectors.observation import CollectorFailure, Environment
from dashboard.launch import wording
from dashboard.launch.board import Board, BoardVerdict, CheckedRule, CheckResult, Flip, JudgedGate, Verdict
from dashboard.launch.check import Checker
from dashboard.launch.inputs import Input, Inputs, within
from dashboard.launch.memory import GateMemory, Memory, ProbeMemory, RuleMemory
from dashboard.launch.plan import Gate, Plan
from dashboard.launch.question import Question, questions_of
from dashboard.launch.signals import WRITE_PROBE, Probe, catalogue

_URGENCY = (
    CheckResult.FAIL,
    CheckResult.ERROR,
    CheckResult.STALE,
    CheckResult.NOT_RUN,
    CheckResult.INSUFFICIENT,
)
_NOTHING = RuleMemory()


@dataclass(frozen=True, slots=True)
class _Said:
    gate: JudgedGate
    after: GateMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is judged by: a plan, its hash, and which run and attempt it is judged for.

    `questions` are the rules of each gate, by the gate's id, with their defaults resolved once; `unjudged` is
    a warning for every probe that no gate judges.
    """

    plan: Plan
    plan_sha256: str
    probes: Mapping[str, Probe]
    questions: Mapping[str, tuple[Question, ...]]
    unjudged: tuple[str, ...]
    run: int
    attempt: int
    environment: Environment
    checker: Checker = field(default_factory=Checker, compare=False, repr=False)
    said: dict[str, _Said] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(plan: Plan, *, plan_sha256: str, run: int, attempt: int, environment: Environment) -> Policy:
        """The policy of a plan for one attempt."""
        probes = catalogue(plan)
        return Policy(
            plan=plan,
            plan_sha256=plan_sha256,
            probes=probes,
            questions={gate.id: questions_of(gate.rules, probes, plan.judging) for gate in plan.gates},
            unjudged=_unjudged(plan, probes),
            run=run,
            attempt=attempt,
            environment=environment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """One evaluation: the board, what to remember, and which gates changed."""

    board: Board
    memory: Memory
    flips: tuple[Flip, ...]


def evaluate(policy: Policy, inputs: Inputs, memory: Memory, *, evaluation: int, now: datetime) -> Evaluated:
    """Judge the plan over these inputs at this moment."""
    probes = _count_errors(inputs, memory)
    gates: list[JudgedGate] = []
    rules: dict[str, RuleMemory] = {}
    gate_memories: dict[str, GateMemory] = {}
    for gate in policy.plan.gates:
        judged, gate_memories[gate.id], remembered = _judge_gate(policy, gate, inputs, memory, now)
        rules |= remembered
        gates.append(judged)
    flips = tuple(_flips(gates, inputs, memory, gate_memories, evaluation=evaluation, now=now))
    board = _board(policy, tuple(gates), _blind(policy, inputs, probes), evaluation=evaluation, now=now)
    return Evaluated(board=board, memory=Memory(rules=rules, probes=probes, gates=gate_memories), flips=flips)


def board_hash(board: Board) -> str:
    """SHA-256 of the board's canonical JSON (RFC 8785) without the hash itself."""
    return hashlib.sha256(canonical_json(replace(board, hash=""))).hexdigest()


def canonical_json(board: Board) -> bytes:
    """RFC 8785 bytes of a board, which holds no floats and only ASCII keys: for those, keys in order and no
    spaces are all of RFC 8785 (a test holds it to the reference), at a hundredth of the time.
    """
    return msgspec.json.encode(board, order="sorted")


def _judge_gate(
    policy: Policy, gate: Gate, inputs: Inputs, memory: Memory, now: datetime
) -> tuple[JudgedGate, GateMemory, dict[str, RuleMemory]]:
    checked: list[CheckedRule] = []
    remembered: dict[str, RuleMemory] = {}
    for index, question in enumerate(policy.questions[gate.id]):
        key = f"{gate.id}.{index}"
        before = memory.rules.get(key, _NOTHING)
        result, remembered[key] = policy.checker.check(key, question, inputs, before, now)
        checked.append(result)
    said = policy.said.get(gate.id)
    # Recalled like a rule: of the very same rules, and with the same memory, the same is said of their gate.
    if said is not None and not all(map(is_, said.gate.rules, checked)):
        said = None
    verdict = verdict_of([rule.result for rule in checked]) if said is None else said.after.verdict
    after = _changed(memory.gates.get(gate.id), verdict, now, window_s=policy.plan.judging.flap_window_s)
    if said is not None and said.after == after:
        return said.gate, after, remembered
    judged = _judged(policy, gate, checked, after)
    policy.said[gate.id] = _Said(judged, after)
    return judged, after, remembered


def _judged(policy: Policy, gate: Gate, checked: list[CheckedRule], after: GateMemory) -> JudgedGate:
    worst, verdict = worst_of(checked), after.verdict
    flapping = len(after.changes) > policy.plan.judging.flap_limit
    judged = JudgedGate(
        id=gate.id,
        title=gate.title,
        owner=gate.owner,
        owner_title=policy.plan.roles[gate.owner].title,
        mandatory=gate.mandatory,
        waivable=gate.waivable,
        verdict=Verdict.UNKNOWN if flapping and verdict is Verdict.GO else verdict,
        reason=worst.reason,
        flip=worst.flip,
        since=after.since,
        flapping=flapping,
        rules=tuple(checked),
    )
    if flapping:
        reason = wording.flapping(len(after.changes), policy.plan.judging.flap_window_s)
        judged = replace(judged, reason=reason if verdict is Verdict.GO else f"{reason}; {worst.reason}")
    return judged


def verdict_of(results: list[CheckResult]) -> Verdict:
    """FAIL beats everything; an empty list proves nothing."""
    if CheckResult.FAIL in results:
        return Verdict.NO_GO
    if results and all(result is CheckResult.PASS for result in results):
        return Verdict.GO
    return Verdict.UNKNOWN


def worst_of(rules: list[CheckedRule]) -> CheckedRule:
    """The rule that speaks for its gate: the most urgent; among equals, one that does not heal by itself."""
    ranks = {result: rank for rank, result in enumerate(_URGENCY)}
    return min(rules, key=lambda rule: (ranks.get(rule.result, len(ranks)), rule.raw is CheckResult.PASS))


def board_verdict(gates: tuple[JudgedGate, ...]) -> BoardVerdict:
    """The worst mandatory gate; without a mandatory gate nothing was proven, so it holds."""
    verdicts = {gate.verdict for gate in gates if gate.mandatory}
    if Verdict.NO_GO in verdicts:
        return BoardVerdict.NO_GO
    return BoardVerdict.GO if verdicts == {Verdict.GO} else BoardVerdict.HOLD


def _changed(before: GateMemory | None, verdict: Verdict, now: datetime, *, window_s: int) -> GateMemory:
    if before is None:
        return GateMemory(verdict=verdict, since=now)
    recent = tuple(change for change in before.changes if now - change <= timedelta(seconds=window_s))
    if before.verdict is verdict and recent == before.changes:
        return before
    if before.verdict is verdict:
        return GateMemory(verdict=verdict, since=before.since, changes=recent)
    return GateMemory(verdict=verdict, since=now, changes=(*recent, now))


def _flips(
    gates: list[JudgedGate],
    inputs: Inputs,
    memory: Memory,
    after: Mapping[str, GateMemory],
    *,
    evaluation: int,
    now: datetime,
) -> Iterator[Flip]:
    for gate in gates:
        before = memory.gates.get(gate.id)
        was = Verdict.UNKNOWN if before is None else before.verdict
        verdict = after[gate.id].verdict
        if was is not verdict:
            used = {rule.input for rule in gate.rules if rule.input is not None}
            used |= {found.id for rule in gate.rules for found in _window(rule, inputs, now)}
            yield Flip(
                evaluation=evaluation,
                at=now,
                gate=gate.id,
                before=was,
                after=verdict,
                reason=gate.reason,
                inputs=tuple(sorted(used)),
            )


def _window(rule: CheckedRule, inputs: Inputs, now: datetime) -> tuple[Input, ...]:
    return () if rule.window_s is None else within(inputs.windows.get(rule.probe, ()), now, rule.window_s)


def _count_errors(inputs: Inputs, memory: Memory) -> dict[str, ProbeMemory]:
    counted = dict(memory.probes)
    for probe, newest in inputs.newest.items():
        before = counted.get(probe, ProbeMemory())
        if before.counted != newest.id:
            failed = isinstance(newest.sample, CollectorFailure)
            counted[probe] = ProbeMemory(counted=newest.id, errors=before.errors + 1 if failed else 0)
    return counted


def _blind(policy: Policy, inputs: Inputs, probes: Mapping[str, ProbeMemory]) -> tuple[str, ...]:
    lines = []
    for probe, remembered in probes.items():
        newest = inputs.newest.get(probe)
        if newest is None or not isinstance(newest.sample, CollectorFailure):
            continue
        if remembered.errors >= policy.plan.judging.error_budget:
            lines.append(wording.blind(probe, newest.sample.reason, remembered.errors))
    return tuple(lines)


def _board(
    policy: Policy, gates: tuple[JudgedGate, ...], blind: tuple[str, ...], *, evaluation: int, now: datetime
) -> Board:
    verdict, sentence, change = speak(gates, max_spread_s=policy.plan.judging.max_spread_s)
    observed = [
        rule.observed_at
        for gate in gates
        if gate.mandatory
        for rule in gate.rules
        if rule.observed_at is not None and not rule.standing
    ]
    board = Board(
        run=policy.run,
        attempt=policy.attempt,
        evaluation=evaluation,
        evaluated_at=now,
        environment=policy.environment,
        plan_id=policy.plan.id,
        plan_title=policy.plan.title,
        plan_sha256=policy.plan_sha256,
        verdict=verdict,
        sentence=sentence,
        change=change,
        gates=gates,
        oldest_input_at=min(observed, default=None),
        blind=blind,
        warnings=policy.unjudged,
        hash="",
    )
    return replace(board, hash=board_hash(board))


def speak(
    gates: tuple[JudgedGate, ...], *, max_spread_s: int, waived: int = 0
) -> tuple[BoardVerdict, str, str]:
    """The verdict over these gates, the reason for it, what would change it; `waived` more are left out."""
    verdict = board_verdict(gates)
    mandatory = [gate for gate in gates if gate.mandatory]
    if verdict is BoardVerdict.GO:
        apart = _spread_s(mandatory)
        if apart > max_spread_s:
            sentence = wording.spread(apart, max_spread_s)
            return BoardVerdict.HOLD, sentence, wording.fresh_answer("every source")
        return verdict, wording.go(len(mandatory), waived), wording.ALL_GREEN_CHANGE
    red = [gate for gate in mandatory if gate.verdict is Verdict.NO_GO]
    unknown = [gate for gate in mandatory if gate.verdict is Verdict.UNKNOWN]
    if not red and not unknown:
        return verdict, wording.NOTHING_JUDGED, wording.fresh_answer("every source")
    decisive = red[0] if red else min(unknown, key=_rank)
    sentence = wording.blocked(verdict, decisive.title, decisive.reason, decisive.owner_title)
    sentence += wording.others(len(red) - 1 if red else 0, len(unknown) if red else len(unknown) - 1)
    return verdict, sentence, wording.would_change(decisive.flip)


def _rank(gate: JudgedGate) -> tuple[int, bool]:
    worst = worst_of(list(gate.rules))
    return _URGENCY.index(worst.result) if worst.result in _URGENCY else len(
        _URGENCY
    ), worst.raw is CheckResult.PASS


def _spread_s(gates: list[JudgedGate]) -> int:
    moments = [
        rule.observed_at
        for gate in gates
        for rule in gate.rules
        if rule.observed_at is not None and not rule.standing
    ]
    return round((max(moments) - min(moments)).total_seconds()) if moments else 0


def _unjudged(plan: Plan, probes: Mapping[str, Probe]) -> tuple[str, ...]:
    judged = {rule.signal.rpartition(".")[0] for gate in plan.gates for rule in gate.rules}
    judged |= {rule.signal for gate in plan.gates for rule in gate.rules}
    return tuple(wording.unjudged(name) for name in probes if name not in judged and name != WRITE_PROBE)
