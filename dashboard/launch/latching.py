"""What one rule remembers from answer to answer, and what counts after it: streaks, and the two latches.

Green needs several passes in a row and dies at once; red comes at once (for an invariant) and stays until
enough fresh passes, through silence and errors (gates.md sections 2 to 4).
"""

from __future__ import annotations

from msgspec.structs import replace

from collectors.observation import CollectorFailure, Observation
from dashboard.launch.board import CheckResult
from dashboard.launch.condition import Condition
from dashboard.launch.inputs import Input, is_stale
from dashboard.launch.looking import Finding, look_at_fact
from dashboard.launch.memory import RuleMemory
from dashboard.launch.question import Question


def with_baseline(question: Question, newest: Input | None, memory: RuleMemory) -> RuleMemory:
    if question.rule.constant is None or memory.baseline is not None or newest is None:
        return memory
    if not isinstance(newest.sample, Observation):
        return memory
    first = newest.sample.facts.get(question.fact or "")
    return memory if first is None else replace(memory, baseline=first)


def remember(
    question: Question, finding: Finding, newest: Input | None, memory: RuleMemory, condition: Condition
) -> RuleMemory:
    passed, failed = finding.raw is CheckResult.PASS, finding.raw is CheckResult.FAIL
    if newest is None or finding.raw is CheckResult.STALE:
        return replace(memory, streak=0, green=False)  # silence takes green away, and never red
    if newest.id == memory.counted:
        return memory  # judged again without a new sample: time alone proves nothing
    memory = _counting(question, newest, memory)
    if not (passed or failed):
        return replace(memory, streak=0, green=False)
    return _count(question, memory, red_text=condition.text(finding.observed, true=False) if failed else None)


def remember_late(question: Question, condition: Condition, newest: Input, memory: RuleMemory) -> RuleMemory:
    """A failing answer that was too old when it came to be judged is still an answer that failed."""
    sample = newest.sample
    if newest.id == memory.counted or not isinstance(sample, Observation) or question.fact is None:
        return memory
    late = look_at_fact(question, condition, sample)
    if late.raw is not CheckResult.FAIL:
        return memory
    memory = _counting(question, newest, memory)
    return _count(question, memory, red_text=condition.text(late.observed, true=False))


def _counting(question: Question, newest: Input, memory: RuleMemory) -> RuleMemory:
    """Count a sample. Passes on both sides of a gap that nobody judged are not in a row."""
    at = newest.sample.observed_at
    gap = memory.counted_at is not None and is_stale(memory.counted_at, at, question.ttl_s)
    memory = replace(memory, counted=newest.id, counted_at=at)
    if isinstance(newest.sample, CollectorFailure):
        memory = replace(memory, unanswered_at=at)
    return replace(memory, streak=0, green=False) if gap else memory


def _count(question: Question, memory: RuleMemory, *, red_text: str | None) -> RuleMemory:
    """One more passing answer, or a failing one, which has a text."""
    failed = red_text is not None
    streak = 0 if failed else memory.streak + 1
    recent = (*memory.recent, failed)[-question.rule.of :]
    recovered = memory.red and streak >= question.pass_streak
    red = not recovered and (memory.red or sum(recent) >= question.rule.to_fail)
    return replace(
        memory,
        streak=streak,
        recent=() if recovered else recent,
        red=red,
        green=not red and (streak >= question.pass_streak or memory.green),
        red_text=red_text or memory.red_text,
    )


def settled(raw: CheckResult, memory: RuleMemory) -> CheckResult:
    if memory.red:
        return CheckResult.FAIL
    if raw in (CheckResult.PASS, CheckResult.FAIL):  # a tolerated failing sample keeps what was there before
        return CheckResult.PASS if memory.green else CheckResult.INSUFFICIENT
    return raw
