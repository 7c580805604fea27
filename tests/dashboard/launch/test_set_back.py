"""Judging on both sides of a host clock that was set: what was green before is proven anew, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.launch.board import CheckedRule, CheckResult, Verdict
from dashboard.launch.inputs import Input, within
from dashboard.launch.plan import Rule
from tests.cast import T0, Bench, answer, gate

PROBE = "ledger.balance"
OK = Rule(signal="ledger.balance.ok", is_=True)
QUICK = Rule(signal=PROBE, p95_below_ms=120, n_min=2, window_s=600)


def green(rule: Rule = OK) -> Bench:
    """Three passing answers ten seconds apart."""
    bench = Bench(gate(rule))
    for _ in range(3):
        bench.see(answer(PROBE, at=bench.wait(10), ok=True))
    return bench


def judged(bench: Bench) -> tuple[Verdict, CheckedRule]:
    found = bench.judge().board.gates[0]
    return found.verdict, found.rules[0]


@pytest.mark.parametrize("by", [600, -600])
def test_a_gate_that_was_green_is_not_green_on_answers_of_the_clock_before(by: int) -> None:
    bench = green()
    assert judged(bench)[0] is Verdict.GO

    bench.wait(by)

    verdict, rule = judged(bench)
    assert (Verdict.UNKNOWN, CheckResult.STALE) == (verdict, rule.result)


@pytest.mark.parametrize("by", [600, -600])
def test_it_becomes_green_again_by_as_many_new_answers_as_any_gate_needs(by: int) -> None:
    bench = green()
    bench.wait(by)

    seen = []
    for _ in range(3):
        bench.see(answer(PROBE, at=bench.wait(10), ok=True))
        seen.append(judged(bench)[0])

    assert [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.GO] == seen


@pytest.mark.parametrize("by", [600, -600])
def test_a_red_gate_stays_red(by: int) -> None:
    bench = green()
    bench.see(answer(PROBE, at=bench.wait(10), ok=False))

    bench.wait(by)

    assert judged(bench)[0] is Verdict.NO_GO


def test_attempts_of_a_clock_that_was_set_back_never_count_again() -> None:
    bench = green(QUICK)
    assert 3 == judged(bench)[1].n

    bench.wait(-600)
    bench.see(answer(PROBE, at=bench.wait(10), ok=True))
    bench.wait(580)
    bench.see(answer(PROBE, at=bench.wait(10), ok=True))

    assert 2 == judged(bench)[1].n


@pytest.mark.parametrize(("seconds", "counted"), [(-1, 2), (-1.001, 1), (0, 2), (5, 2)])
def test_a_second_of_disorder_is_no_clock_that_was_set_back(seconds: float, counted: int) -> None:
    first, second = answer(PROBE, at=T0), answer(PROBE, at=T0 + timedelta(seconds=seconds))
    attempts = tuple(Input(id=i, sample=sample, sha256="") for i, sample in enumerate((first, second)))

    assert counted == len(within(attempts, T0 + timedelta(seconds=60), 600))
