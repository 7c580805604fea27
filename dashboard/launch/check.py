"""Judging one rule: what the newest sample says (`raw`), and what counts after streaks and latches.

Green needs several passes in a row and dies at once; red comes at once (for an invariant) and stays until
enough fresh passes, through silence and errors (gates.md sections 2 to 4).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from collectors.observation import CollectorFailure, FailureReason, Observation, Scalar
from dashboard.launch import wording
from dashboard.launch.board import CheckedRule, CheckResult
from dashboard.launch.condition import Condition, condition_of, show
from dashboard.launch.inputs import Input, Inputs, is_stale, within
from dashboard.launch.memory import RuleMemory
from dashboard.launch.plan import Judging, Rule
from dashboard.launch.proportion import FIVE_PERCENT, clean_needed, nearest_rank, proven_above, proven_below
from dashboard.launch.signals import Probe

CANARY_TTL_S = 60
"""An input lives no longer, unless its rule says so and so makes it a standing fact (a key's scopes)."""

STARTED_TTL_S = 3_600
"""What a person started is asked once, so its answer counts once and for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A rule with everything that the plan says about it."""

    rule: Rule
    probe: Probe
    fact: str | None
    ttl_s: int
    standing: bool
    pass_streak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the newest sample alone says, with the words for it."""

    raw: CheckResult
    reason: str
    flip: str
    observed: Scalar | None = None
    k: int | None = None
    n: int | None = None


def question_of(rule: Rule, probe: Probe, judging: Judging) -> Question:
    """Resolve a rule's defaults: `ttl_s` from the poll interval, the streak from the plan."""
    is_quantile = rule.p95_below_ms is not None
    streak = 1 if is_quantile or probe.started else judging.pass_streak
    ttl_s = STARTED_TTL_S if probe.started else judging.ttl_intervals * probe.interval_s
    return Question(
        rule=rule,
        probe=probe,
        fact=None if is_quantile else rule.signal.removeprefix(f"{probe.id}."),
        ttl_s=rule.ttl_s or ttl_s,
        standing=probe.started or (rule.ttl_s or 0) > CANARY_TTL_S,
        pass_streak=rule.pass_streak or streak,
    )


def check(
    question: Question, inputs: Inputs, memory: RuleMemory, now: datetime
) -> tuple[CheckedRule, RuleMemory]:
    """Judge one rule. Pure: the same arguments always give the same answer."""
    newest = inputs.newest.get(question.probe.id)
    memory = _with_baseline(question, newest, memory)
    condition = condition_of(question.rule, memory.baseline)
    finding = _look(question, condition, inputs, now)
    after = _remember(question, finding, newest, memory, condition)
    if newest is not None and finding.raw is CheckResult.STALE:
        after = _remember_late(question, condition, newest, after)
    result = _settled(finding.raw, after)
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
        input_sha256=_content(question, newest, inputs, now),
    )
    return checked, after


def _look(question: Question, condition: Condition, inputs: Inputs, now: datetime) -> Finding:
    newest = inputs.newest.get(question.probe.id)
    if newest is None:
        return _not_run(question)
    source = question.probe.source
    if is_stale(newest.sample.observed_at, now, question.ttl_s):
        reason = wording.stale(source, newest.sample.observed_at, question.ttl_s)
        return Finding(raw=CheckResult.STALE, reason=reason, flip=wording.fresh_answer(source))
    if isinstance(newest.sample, CollectorFailure) and not (question.fact is None and _measures(newest)):
        reason = wording.no_answer(source, newest.sample.reason, newest.sample.detail)
        return Finding(raw=CheckResult.ERROR, reason=reason, flip=wording.fresh_answer(source))
    if question.fact is None or isinstance(newest.sample, CollectorFailure):
        return _look_at_window(question, condition, inputs, now)
    return _look_at_fact(question, condition, newest.sample)


def _not_run(question: Question) -> Finding:
    if question.probe.started:
        return Finding(
            raw=CheckResult.NOT_RUN, reason=wording.waits_for_start(question.probe.id), flip=wording.START
        )
    reason, flip = wording.not_asked(question.probe.source), wording.fresh_answer(question.probe.source)
    return Finding(raw=CheckResult.NOT_RUN, reason=reason, flip=flip)


def _look_at_fact(question: Question, condition: Condition, sample: Observation) -> Finding:
    rule, fact = question.rule, question.fact or ""
    observed = sample.facts.get(fact)
    if observed is None:
        reason, flip = wording.no_value_yet(rule.signal), wording.first_value(rule.signal, condition.must())
        return Finding(raw=CheckResult.INSUFFICIENT, reason=reason, flip=flip)
    k = observed if rule.n and isinstance(observed, int) else None
    n = _trials(question, sample)
    if not condition.holds(observed):
        reason = wording.breach(rule.signal, show(observed, condition.unit), condition.must())
        flip = wording.passes(question.pass_streak, rule.signal, condition.must())
        return Finding(raw=CheckResult.FAIL, reason=reason, flip=flip, observed=observed, k=k, n=n)
    if rule.n_min is not None and (n is None or n < rule.n_min):
        reason, flip = (
            wording.too_few(rule.n or rule.signal, n or 0, rule.n_min),
            wording.more(rule.n or rule.signal, rule.n_min),
        )
        return Finding(
            raw=CheckResult.INSUFFICIENT, reason=reason, flip=flip, observed=observed, k=k, n=n or 0
        )
    flip = wording.one_breach(rule.signal, condition.must())
    return Finding(raw=CheckResult.PASS, reason=wording.HOLDS, flip=flip, observed=observed, k=k, n=n)


def _trials(question: Question, sample: Observation) -> int | None:
    if question.rule.n is None:
        return None
    trials = sample.facts.get(question.rule.n.removeprefix(f"{question.probe.id}."))
    return trials if isinstance(trials, int) and not isinstance(trials, bool) else None


def _look_at_window(question: Question, condition: Condition, inputs: Inputs, now: datetime) -> Finding:
    """p95 by nearest rank over raw attempts; the verdict by the exact test that fewer than 5 % are slower.

    A timeout is an attempt of at least the timeout. An attempt that failed otherwise measured no latency:
    it is left out of n, so it can only delay a pass, never make one.
    """
    rule = question.rule
    limit, n_min = rule.p95_below_ms or 0, rule.n_min or 1
    attempts = [found.sample.elapsed_ms for found in window_of(question, inputs, now) if _measures(found)]
    n, k = len(attempts), sum(1 for elapsed in attempts if elapsed >= limit)
    if n == 0:
        reason, flip = wording.too_few(f"attempts of {rule.signal}", 0, n_min), wording.quicker(n_min, limit)
        return Finding(raw=CheckResult.INSUFFICIENT, reason=reason, flip=flip, n=0, k=0)
    p95 = nearest_rank(attempts, 95)
    clean = clean_needed(k, n, FIVE_PERCENT)
    needed = None if clean is None else max(n_min - n, clean)
    if proven_above(k, n, FIVE_PERCENT):
        reason, flip = wording.slow(k, n, limit), wording.quicker(needed, limit)
        return Finding(raw=CheckResult.FAIL, reason=reason, flip=flip, observed=p95, k=k, n=n)
    if n >= n_min and proven_below(k, n, FIVE_PERCENT):
        flip = wording.one_breach(rule.signal, condition.must())
        return Finding(raw=CheckResult.PASS, reason=wording.HOLDS, flip=flip, observed=p95, k=k, n=n)
    reason, flip = wording.undecided(k, n, limit), wording.quicker(needed, limit)
    return Finding(raw=CheckResult.INSUFFICIENT, reason=reason, flip=flip, observed=p95, k=k, n=n)


def window_of(question: Question, inputs: Inputs, now: datetime) -> tuple[Input, ...]:
    """Every attempt that a rule looks back on; empty for a rule over one fact."""
    if question.fact is not None:
        return ()
    return within(inputs.windows.get(question.probe.id, ()), now, question.rule.window_s or 0)


def _content(question: Question, newest: Input | None, inputs: Inputs, now: datetime) -> str | None:
    """The hash of all that the rule looked at: one sample, or the hashes of a window's in their order."""
    if newest is None or question.fact is not None:
        return None if newest is None else newest.sha256
    window = window_of(question, inputs, now)
    return hashlib.sha256("".join(found.sha256 for found in window).encode()).hexdigest()


def _measures(found: Input) -> bool:
    sample = found.sample
    return isinstance(sample, Observation) or sample.reason is FailureReason.TIMEOUT


def _with_baseline(question: Question, newest: Input | None, memory: RuleMemory) -> RuleMemory:
    if question.rule.constant is None or memory.baseline is not None or newest is None:
        return memory
    if not isinstance(newest.sample, Observation):
        return memory
    first = newest.sample.facts.get(question.fact or "")
    return memory if first is None else replace(memory, baseline=first)


def _remember(
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


def _remember_late(question: Question, condition: Condition, newest: Input, memory: RuleMemory) -> RuleMemory:
    """A failing answer that was too old when it came to be judged is still an answer that failed."""
    sample = newest.sample
    if newest.id == memory.counted or not isinstance(sample, Observation) or question.fact is None:
        return memory
    late = _look_at_fact(question, condition, sample)
    if late.raw is not CheckResult.FAIL:
        return memory
    memory = _counting(question, newest, memory)
    return _count(question, memory, red_text=condition.text(late.observed, true=False))


def _counting(question: Question, newest: Input, memory: RuleMemory) -> RuleMemory:
    """Count a sample. Passes on both sides of a gap that nobody judged are not in a row."""
    at = newest.sample.observed_at
    gap = memory.counted_at is not None and is_stale(memory.counted_at, at, question.ttl_s)
    memory = replace(memory, counted=newest.id, counted_at=at)
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


def _settled(raw: CheckResult, memory: RuleMemory) -> CheckResult:
    if memory.red:
        return CheckResult.FAIL
    if raw in (CheckResult.PASS, CheckResult.FAIL):  # a tolerated failing sample keeps what was there before
        return CheckResult.PASS if memory.green else CheckResult.INSUFFICIENT
    return raw


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
