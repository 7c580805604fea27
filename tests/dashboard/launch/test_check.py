"""Judging the same answer again says the same, so that recalling it cannot change a verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import Sample
from dashboard.launch.board import CheckResult
from dashboard.launch.check import Checker, check
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.memory import RuleMemory
from dashboard.launch.plan import Rule
from dashboard.launch.question import Question, questions_of
from dashboard.launch.signals import catalogue
from tests.cast import T0, answer, default_plan, failure

PROBE = "ledger.balance"
RULES = (
    Rule(signal="ledger.balance.ok", is_=True),
    Rule(signal="ledger.balance.ok", is_=True, to_fail=2, of=3),
    Rule(signal="ledger.balance.balance", constant=True),
    Rule(signal="ledger.balance.balance", at_least=5, pass_streak=1),
)
SAMPLES = st.sampled_from(["pass", "fail", "missing", "silent"])


def question(rule: Rule) -> Question:
    plan = default_plan()
    return questions_of((rule,), catalogue(plan), plan.judging)[0]


def sample(kind: str, second: float) -> Sample:
    at = T0 + timedelta(seconds=second)
    if kind == "silent":
        return failure(PROBE, at)
    facts = {"pass": {"ok": True, "balance": 9}, "fail": {"ok": False, "balance": 1}}.get(kind, {})
    return answer(PROBE, at, **facts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.signal + (" 2 of 3" if rule.of > 1 else ""))
@given(steps=st.lists(st.tuples(SAMPLES, st.integers(1, 4), st.integers(0, 20)), max_size=12))
def test_recalling_says_what_judging_would_have_said(rule: Rule, steps: list[tuple[str, int, int]]) -> None:
    asked, checker, memory, second = question(rule), Checker(), RuleMemory(), 0.0
    for number, (kind, times, pause) in enumerate(steps, start=1):
        found = Input(id=number, sample=sample(kind, second), sha256=f"{number:064d}")
        inputs = Inputs(newest={PROBE: found})
        for _ in range(times):
            now = T0 + timedelta(seconds=second)
            judged = check(asked, inputs, memory, now)

            assert judged == checker.check("g.0", asked, inputs, memory, now)
            memory = judged[1]
            second += 1
        second += pause


def test_what_was_read_before_a_question_in_vain_makes_nothing_green_after_it() -> None:
    """What is told of money is as old as the reading it stands on: an outage may lie between the two."""
    asked, memory, said = question(RULES[-1]), RuleMemory(), list[tuple[CheckResult, str]]()
    told = [("pass", 0, 0), ("silent", 10, 10), ("pass", 0, 11), ("pass", 5, 12), ("pass", 10, 13)]
    for number, (kind, observed, judged) in enumerate(told, start=1):
        found = Input(id=number, sample=sample(kind, observed), sha256=f"{number:064d}")
        now = T0 + timedelta(seconds=judged)
        checked, memory = check(asked, Inputs(newest={PROBE: found}), memory, now)
        said.append((checked.result, checked.reason))

    assert [CheckResult.PASS, CheckResult.ERROR, CheckResult.STALE, CheckResult.STALE, CheckResult.PASS] == [
        result for result, _ in said
    ]
    assert "was read at 09:00:05 UTC; at 09:00:10 UTC it was asked in vain" in said[3][1]


def test_a_red_that_was_read_before_a_question_in_vain_is_red_all_the_same() -> None:
    asked, memory = question(RULES[-1]), RuleMemory()
    for number, (kind, observed) in enumerate([("silent", 10), ("fail", 0)], start=1):
        found = Input(id=number, sample=sample(kind, observed), sha256=f"{number:064d}")
        checked, memory = check(asked, Inputs(newest={PROBE: found}), memory, T0 + timedelta(seconds=11))

    assert CheckResult.FAIL is checked.result


def test_a_question_in_vain_from_the_future_was_dated_by_a_clock_that_was_set_back() -> None:
    asked, memory = question(RULES[-1]), RuleMemory()
    for number, (kind, observed, judged) in enumerate([("silent", 600, 600), ("pass", 20, 20)], start=1):
        found = Input(id=number, sample=sample(kind, observed), sha256=f"{number:064d}")
        checked, memory = check(asked, Inputs(newest={PROBE: found}), memory, T0 + timedelta(seconds=judged))

    assert CheckResult.PASS is checked.result
