"""What the newest answer alone says of one rule (`raw`), before anything that was seen earlier counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.observation import CollectorFailure, FailureReason, Observation, Sample, Scalar
from dashboard.launch import wording
from dashboard.launch.board import CheckResult
from dashboard.launch.condition import Condition, show
from dashboard.launch.inputs import Input, Inputs, is_stale, within
from dashboard.launch.proportion import FIVE_PERCENT, clean_needed, nearest_rank, proven_above, proven_below
from dashboard.launch.question import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the newest sample alone says, with the words for it."""

    raw: CheckResult
    reason: str
    flip: str
    observed: Scalar | None = None
    k: int | None = None
    n: int | None = None


def look(
    question: Question, condition: Condition, newest: Input | None, window: tuple[Input, ...], now: datetime
) -> Finding:
    """What the newest answer says; of a rule that looks back, what the attempts of its window say."""
    sample = usable(question, newest, now)
    if isinstance(sample, Finding):
        return sample
    if question.fact is None or isinstance(sample, CollectorFailure):
        return _look_at_window(question, condition, window)
    return look_at_fact(question, condition, sample)


def usable(question: Question, newest: Input | None, now: datetime) -> Sample | Finding:
    """The newest sample where it tells something now; else a finding that says why it does not."""
    if newest is None:
        return _not_run(question)
    source = question.probe.source
    if is_stale(newest.sample.observed_at, now, question.ttl_s):
        reason = wording.stale(source, newest.sample.observed_at, question.ttl_s)
        return Finding(raw=CheckResult.STALE, reason=reason, flip=wording.fresh_answer(source))
    if isinstance(newest.sample, CollectorFailure) and not (question.fact is None and measures(newest)):
        reason = wording.no_answer(source, newest.sample.reason, newest.sample.detail)
        return Finding(raw=CheckResult.ERROR, reason=reason, flip=wording.fresh_answer(source))
    return newest.sample


def not_overtaken(
    question: Question, finding: Finding, newest: Input | None, unanswered_at: datetime | None, now: datetime
) -> Finding:
    """The finding, unless it is green by what was read before the source was last asked in vain: an answer
    that is put together of readings is as old as they are, and its source may have changed since. A moment
    from the future is of a clock that was set back, and says nothing.
    """
    if finding.raw is not CheckResult.PASS or newest is None or unanswered_at is None:
        return finding
    if not newest.sample.observed_at < unanswered_at <= now:
        return finding
    source = question.probe.source
    reason = wording.overtaken(source, newest.sample.observed_at, unanswered_at)
    return Finding(raw=CheckResult.STALE, reason=reason, flip=wording.fresh_answer(source))


def _not_run(question: Question) -> Finding:
    if question.probe.started:
        return Finding(
            raw=CheckResult.NOT_RUN, reason=wording.waits_for_start(question.probe.id), flip=wording.START
        )
    reason, flip = wording.not_asked(question.probe.source), wording.fresh_answer(question.probe.source)
    return Finding(raw=CheckResult.NOT_RUN, reason=reason, flip=flip)


def look_at_fact(question: Question, condition: Condition, sample: Observation) -> Finding:
    rule, name = question.rule, question.name
    observed = sample.facts.get(question.fact or "")
    if observed is None:
        reason, flip = wording.no_value_yet(name), wording.first_value(name, condition.must())
        return Finding(raw=CheckResult.INSUFFICIENT, reason=reason, flip=flip)
    k = observed if rule.n and isinstance(observed, int) else None
    n = _trials(question, sample)
    if not condition.holds(observed):
        reason = wording.breach(name, show(observed, condition.unit), condition.must())
        flip = wording.passes(question.pass_streak, name, condition.must())
        return Finding(raw=CheckResult.FAIL, reason=reason, flip=flip, observed=observed, k=k, n=n)
    if rule.n_min is not None and (n is None or n < rule.n_min):
        reason = wording.too_few(question.counted, n or 0, rule.n_min)
        flip = wording.more(question.counted, rule.n_min)
        return Finding(
            raw=CheckResult.INSUFFICIENT, reason=reason, flip=flip, observed=observed, k=k, n=n or 0
        )
    flip = wording.one_breach(name, condition.must())
    return Finding(raw=CheckResult.PASS, reason=wording.HOLDS, flip=flip, observed=observed, k=k, n=n)


def _trials(question: Question, sample: Observation) -> int | None:
    if question.rule.n is None:
        return None
    trials = sample.facts.get(question.rule.n.removeprefix(f"{question.probe.id}."))
    return trials if isinstance(trials, int) and not isinstance(trials, bool) else None


def _look_at_window(question: Question, condition: Condition, window: tuple[Input, ...]) -> Finding:
    """p95 by nearest rank over raw attempts; the verdict by the exact test that fewer than 5 % are slower.

    A timeout is an attempt of at least the timeout. An attempt that failed otherwise measured no latency:
    it is left out of n, so it can only delay a pass, never make one.
    """
    rule = question.rule
    limit, n_min = rule.p95_below_ms or 0, rule.n_min or 1
    attempts = [found.sample.elapsed_ms for found in window if measures(found)]
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


def measures(found: Input) -> bool:
    sample = found.sample
    return isinstance(sample, Observation) or sample.reason is FailureReason.TIMEOUT
