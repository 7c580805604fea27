"""Judging the same answer again says the same, so that recalling it cannot change a verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import Sample
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
