"""Judging one rule: what the newest answer says, what counts after streaks and latches, and the words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from collectors.observation import Observation
from dashboard.launch import wording
from dashboard.launch.board import CheckedRule, CheckResult
from dashboard.launch.condition import condition_of, show
from dashboard.launch.inputs import Input, Inputs, fresh
from dashboard.launch.latching import remember, remember_late, settled, with_baseline
from dashboard.launch.looking import Finding, look, not_overtaken, window_of
from dashboard.launch.memory import RuleMemory
from dashboard.launch.question import Question


@dataclass(frozen=True, slots=True)
class _Said:
    newest: Input
    checked: CheckedRule
    after: RuleMemory
    earliest: datetime
    latest: datetime


@dataclass(slots=True)
class Checker:
    """Judges rules, and recalls what it said of the same answer a moment ago.

    Judging an answer again, with what was remembered of it, says the same until the answer is stale (a test
    holds `check` to that), so recalling it changes nothing but the time it takes. What looks back over a
    window changes with time alone and is never recalled.
    """

    _said: dict[str, _Said] = field(default_factory=dict)

    def check(
        self, key: str, question: Question, inputs: Inputs, memory: RuleMemory, now: datetime
    ) -> tuple[CheckedRule, RuleMemory]:
        """The same as `check`; `key` names the rule within its plan."""
        newest = inputs.newest.get(question.probe.id)
        said = self._said.get(key)
        if (
            said is not None
            and said.newest is newest
            and said.earliest <= now <= said.latest
            and (said.after is memory or said.after == memory)
        ):
            return said.checked, memory
        checked, after = check(question, inputs, memory, now)
        if newest is not None and question.fact is not None and checked.raw is not CheckResult.STALE:
            earliest, latest = fresh(newest.sample.observed_at, question.ttl_s)
            self._said[key] = _Said(newest, checked, after, earliest, latest)
        return checked, after


def check(
    question: Question, inputs: Inputs, memory: RuleMemory, now: datetime
) -> tuple[CheckedRule, RuleMemory]:
    """Judge one rule. Pure: the same arguments always give the same answer."""
    newest = inputs.newest.get(question.probe.id)
    memory = with_baseline(question, newest, memory)
    condition = question.condition or condition_of(question.rule, memory.baseline)
    window = window_of(question, inputs, now)
    finding = look(question, condition, newest, window, now)
    finding = not_overtaken(question, finding, newest, memory.unanswered_at, now)
    after = remember(question, finding, newest, memory, condition)
    if newest is not None and finding.raw is CheckResult.STALE:
        after = remember_late(question, condition, newest, after)
    result = settled(finding.raw, after)
    checked = CheckedRule(
        signal=question.rule.signal,
        probe=question.probe.id,
        source=question.probe.source,
        text=condition.text(finding.observed, true=_truth(finding.raw)),
        result=result,
        raw=finding.raw,
        reason=_reason(question, finding, result, after),
        flip=_flip(question, finding, result, after),
        observed=None if finding.observed is None else show(finding.observed, condition.unit),
        expected=condition.must(),
        observed_at=None if newest is None else newest.sample.observed_at,
        ttl_s=question.ttl_s,
        standing=question.standing,
        streak=min(after.streak, question.pass_streak),
        streak_needed=question.pass_streak,
        asked=None if newest is None else newest.sample.asked,
        request_id=None if newest is None else newest.sample.request_id,
        build=newest.sample.build if newest and isinstance(newest.sample, Observation) else None,
        k=finding.k,
        n=finding.n,
        window_s=question.rule.window_s,
        input=None if newest is None else newest.id,
        input_sha256=_content(question, newest, window),
    )
    return checked, after


def _content(question: Question, newest: Input | None, window: tuple[Input, ...]) -> str | None:
    """The hash of all that the rule looked at: one sample, or the hashes of a window's in their order."""
    if newest is None or question.fact is not None:
        return None if newest is None else newest.sha256
    return hashlib.sha256("".join(found.sha256 for found in window).encode()).hexdigest()


def _truth(raw: CheckResult) -> bool | None:
    return {CheckResult.PASS: True, CheckResult.FAIL: False}.get(raw)


def _reason(question: Question, finding: Finding, result: CheckResult, memory: RuleMemory) -> str:
    if result is CheckResult.FAIL and finding.raw is CheckResult.PASS:
        return wording.recovering(memory.streak, question.pass_streak)
    if result is CheckResult.FAIL and finding.raw is not CheckResult.FAIL:
        return wording.last_seen_red(memory.red_text or question.rule.signal, finding.reason)
    if result is CheckResult.INSUFFICIENT and finding.raw is CheckResult.PASS:
        return wording.steadying(memory.streak, question.pass_streak)
    if result is CheckResult.PASS and finding.raw is CheckResult.FAIL:
        return wording.tolerated(sum(memory.recent), question.rule.to_fail, question.rule.of)
    return finding.reason


def _flip(question: Question, finding: Finding, result: CheckResult, memory: RuleMemory) -> str:
    if finding.raw is CheckResult.PASS and result is not CheckResult.PASS:
        return wording.more_passes(question.pass_streak - memory.streak)
    if question.rule.hint is not None and result is not CheckResult.PASS:
        return f"{finding.flip} ({question.rule.hint})"
    return finding.flip
