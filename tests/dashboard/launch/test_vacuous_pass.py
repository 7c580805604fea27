"""The vacuous-pass catalogue: no situation in which nothing was proven may read as green.

One test per row that can occur when the board judges; the row's number is in the test's name.
"""

from __future__ import annotations

from typing import Any

import pytest

from collectors.observation import Environment, FailureReason
from dashboard.launch.board import BoardVerdict, CheckResult, Verdict
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Policy, evaluate
from dashboard.launch.memory import Memory
from dashboard.launch.plan import Rule
from dashboard.launch.plan_file import PlanError, load_plan
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0, Bench, answer, failure, gate, plan_with

LIVE = Rule(signal="stripe.balance.livemode", is_=True, pass_streak=1)
READY = Rule(signal="scholarship_api.ready.ready", is_=True, pass_streak=1)
UNDELIVERED = Rule(
    signal="stripe.deliveries.undelivered", is_=0, n="stripe.deliveries.judged", n_min=1, pass_streak=1
)


def refusal(old: str, new: str) -> str:
    text = DEFAULT_PLAN.read_text()
    assert old in text
    with pytest.raises(PlanError) as raised:
        load_plan(text.replace(old, new, 1), scan=find_secret)
    return str(raised.value)


def test_v1_a_rule_without_a_condition_is_refused_at_load() -> None:
    said = refusal('{ signal = "ledger.balance.ok", is = true }', '{ signal = "ledger.balance.ok" }')

    assert "got no condition; state exactly one of" in said


def test_v1_a_gate_without_rules_is_refused_at_load() -> None:
    said = refusal('rules = [{ signal = "golive.sight.sees", is = true }]', "rules = []")

    assert 'the gate "monitoring" has no rule' in said


def test_v2_a_run_with_no_measurement_is_not_run_and_holds() -> None:
    result = Bench(gate(LIVE)).judge()

    assert BoardVerdict.HOLD == result.board.verdict
    assert CheckResult.NOT_RUN == result.board.gates[0].rules[0].result
    assert "stripe has not been asked yet" in result.board.sentence


def test_v3_an_absent_value_never_becomes_zero() -> None:
    bench = Bench(gate(Rule(signal="stripe.deliveries.undelivered", is_=0, pass_streak=1)))

    result = bench.see(answer("stripe.deliveries"))

    assert CheckResult.INSUFFICIENT == result.board.gates[0].rules[0].result
    assert BoardVerdict.HOLD == result.board.verdict


def test_v3_zero_of_zero_is_not_a_hundred_percent() -> None:
    result = Bench(gate(UNDELIVERED)).see(answer("stripe.deliveries", undelivered=0, judged=0))

    rule = result.board.gates[0].rules[0]
    assert CheckResult.INSUFFICIENT == rule.result
    assert "stripe.deliveries.judged is 0, at least 1 needed" == rule.reason
    assert (0, 0) == (rule.k, rule.n)


def test_v4_a_gate_whose_every_source_is_silent_is_unknown() -> None:
    result = Bench(gate(LIVE, READY)).see(failure("stripe.balance"), failure("scholarship_api.ready"))

    assert Verdict.UNKNOWN == result.board.gates[0].verdict


def test_v5_a_plan_without_gates_is_refused_and_would_hold_anyway() -> None:
    text = DEFAULT_PLAN.read_text()
    without = text[: text.index("[[gates]]")].replace("schema = 1", "schema = 1\ngates = []")
    with pytest.raises(PlanError, match="got no gate"):
        load_plan(without, scan=find_secret)

    policy = Policy.of(plan_with(), plan_sha256="", run=1, attempt=1, environment=Environment.LIVE)
    board = evaluate(policy, Inputs(), Memory(), evaluation=1, now=T0).board
    assert BoardVerdict.HOLD == board.verdict


def test_v5_advisory_gates_alone_never_make_a_go() -> None:
    result = Bench(gate(LIVE, mandatory=False)).see(answer("stripe.balance", livemode=True))

    assert Verdict.GO == result.board.gates[0].verdict
    assert BoardVerdict.HOLD == result.board.verdict


def test_v6_a_p95_without_any_attempt_is_unknown() -> None:
    result = Bench(gate(Rule(signal="ledger.balance", p95_below_ms=120, n_min=59, window_s=600))).judge()

    assert Verdict.UNKNOWN == result.board.gates[0].verdict


def test_v7_a_first_seen_build_is_not_compared_with_nothing() -> None:
    bench = Bench(gate(Rule(signal="scholarship_api.ready.build", constant=True, pass_streak=1)))

    assert Verdict.UNKNOWN == bench.see(failure("scholarship_api.ready")).board.gates[0].verdict
    assert Verdict.GO == bench.see(answer("scholarship_api.ready", build="a")).board.gates[0].verdict
    assert Verdict.NO_GO == bench.see(answer("scholarship_api.ready", build="b")).board.gates[0].verdict


def test_v8_a_misspelt_signal_is_refused_with_the_name_that_was_meant() -> None:
    said = refusal('"ledger.balance.ok"', '"ledger.balanc.ok"')

    assert 'unknown signal "ledger.balanc.ok"; did you mean "ledger.balance.ok"?' in said


def test_v9_a_probe_that_nobody_started_is_not_run() -> None:
    plan = DEFAULT_PLAN.read_text().replace("writes = false", "writes = true")
    loaded = load_plan(plan, scan=find_secret)
    policy = Policy.of(loaded.plan, plan_sha256="", run=1, attempt=1, environment=Environment.LIVE)

    board = evaluate(policy, Inputs(), Memory(), evaluation=1, now=T0).board

    secret = next(found for found in board.gates if found.id == "secret")
    assert CheckResult.NOT_RUN == secret.rules[0].result
    assert "waits for a person to start it" in secret.rules[0].reason


def test_v10_a_source_that_stopped_answering_does_not_keep_its_last_green() -> None:
    bench = Bench(gate(LIVE))
    assert Verdict.GO == bench.see(answer("stripe.balance", livemode=True)).board.gates[0].verdict

    assert Verdict.UNKNOWN == bench.see(failure("stripe.balance")).board.gates[0].verdict


def test_v11_an_answer_is_green_to_the_last_second_of_its_life_and_unknown_after() -> None:
    bench = Bench(gate(LIVE))
    bench.see(answer("stripe.balance", livemode=True))

    bench.wait(15)
    assert Verdict.GO == bench.judge().board.gates[0].verdict
    bench.wait(0.001)
    result = bench.judge()
    assert Verdict.UNKNOWN == result.board.gates[0].verdict
    assert CheckResult.STALE == result.board.gates[0].rules[0].result


def test_v11_an_answer_from_the_future_is_stale_too() -> None:
    bench = Bench(gate(LIVE))
    bench.see(answer("stripe.balance", livemode=True))

    bench.wait(-600)

    assert CheckResult.STALE == bench.judge().board.gates[0].rules[0].result


@pytest.mark.parametrize(("n", "verdict"), [(58, Verdict.UNKNOWN), (59, Verdict.GO)])
def test_v13_fewer_attempts_than_prove_it_are_insufficient(n: int, verdict: Verdict) -> None:
    bench = Bench(gate(Rule(signal="ledger.balance", p95_below_ms=120, n_min=10, window_s=600)))

    result = bench.see(*(answer("ledger.balance", elapsed_ms=5) for _ in range(n)))

    assert verdict == result.board.gates[0].verdict
    assert n == result.board.gates[0].rules[0].n


def test_v14_no_subscribed_endpoint_is_not_applicable_and_never_green() -> None:
    result = Bench(gate(UNDELIVERED)).see(answer("stripe.deliveries"))

    assert Verdict.UNKNOWN == result.board.gates[0].verdict


def test_v17_a_question_that_could_not_be_asked_is_an_error_with_its_reason() -> None:
    result = Bench(gate(LIVE)).see(failure("stripe.balance", reason=FailureReason.AUTH))

    rule = result.board.gates[0].rules[0]
    assert CheckResult.ERROR == rule.result
    assert "stripe gave no usable answer (auth: no answer within 4000 ms)" == rule.reason


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (Rule(signal="stripe.endpoint.enabled", is_=True), {"enabled": False}),
        (Rule(signal="stripe.endpoint.livemode", is_=True), {"livemode": False}),
        (Rule(signal="stripe.endpoint.api_version", is_="2026-10-28.endive"), {"api_version": "2020-08-27"}),
    ],
)
def test_v18_a_disabled_test_mode_or_other_version_endpoint_is_a_named_no_go(
    rule: Rule, facts: dict[str, Any]
) -> None:
    result = Bench(gate(rule)).see(answer("stripe.endpoint", **facts))

    assert BoardVerdict.NO_GO == result.board.verdict
    assert rule.signal in result.board.sentence


def test_v22_a_service_that_never_reported_keeps_its_gate_unknown() -> None:
    other = Rule(signal="student_pilot.ready.ready", is_=True, pass_streak=1)

    result = Bench(gate(READY, other)).see(answer("scholarship_api.ready", ready=True))

    assert Verdict.UNKNOWN == result.board.gates[0].verdict


def test_v23_a_build_that_changed_in_mid_run_is_not_the_build_that_was_judged() -> None:
    bench = Bench(gate(Rule(signal="scholarship_api.ready.build", constant=True, pass_streak=1)))
    bench.see(answer("scholarship_api.ready", build="a"))

    result = bench.see(answer("scholarship_api.ready", build="b"))

    assert 'scholarship_api.ready.build "b" = "a": false' == result.board.gates[0].rules[0].text


def test_v25_a_rule_that_fails_and_lacks_data_fails() -> None:
    result = Bench(gate(UNDELIVERED)).see(answer("stripe.deliveries", undelivered=1, judged=0))

    assert Verdict.NO_GO == result.board.gates[0].verdict


def test_v25_a_gate_that_fails_and_lacks_data_is_no_go() -> None:
    result = Bench(gate(LIVE, READY)).see(answer("stripe.balance", livemode=False))

    assert Verdict.NO_GO == result.board.gates[0].verdict
