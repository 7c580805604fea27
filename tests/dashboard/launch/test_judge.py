"""Judging: streaks, latches, windows, flapping, the sentence and the hash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import CollectorFailure, Observation
from dashboard.launch.board import BoardVerdict, CheckResult, Verdict
from dashboard.launch.check import Checker
from dashboard.launch.judge import board_hash, canonical_json, verdict_of
from dashboard.launch.memory import Memory
from dashboard.launch.plan import Rule
from dashboard.launch.plan_file import PlanError, load_plan
from dashboard.launch.signals import MONEY, catalogue
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0, Bench, answer, default_plan, failure, gate

LIVE = Rule(signal="stripe.balance.livemode", is_=True)
READY = Rule(signal="scholarship_api.ready.ready", is_=True)
QUICK = Rule(signal="ledger.balance", p95_below_ms=120, n_min=59, window_s=600)


def live(bench: Bench, value: bool = True) -> Observation:
    return answer("stripe.balance", at=bench.now, livemode=value)


def test_green_takes_three_passes_in_a_row() -> None:
    bench = Bench(gate(LIVE))

    assert Verdict.UNKNOWN == bench.see(live(bench)).board.gates[0].verdict
    second = bench.see(live(bench)).board.gates[0]
    third = bench.see(live(bench)).board.gates[0]

    assert (Verdict.UNKNOWN, "2 of 3 passes in a row") == (second.verdict, second.reason)
    assert "1 more passing answer in a row" == second.flip
    assert Verdict.GO == third.verdict


def test_judging_again_without_a_new_sample_proves_nothing_more() -> None:
    bench = Bench(gate(LIVE))
    bench.see(live(bench))

    for _ in range(10):
        result = bench.judge()

    assert Verdict.UNKNOWN == result.board.gates[0].verdict
    assert 1 == result.board.gates[0].rules[0].streak


def test_red_comes_with_one_sample_and_goes_with_three() -> None:
    bench = Bench(gate(LIVE))
    for _ in range(3):
        bench.see(live(bench))

    seen = [bench.see(live(bench, value)).board.gates[0].verdict for value in (False, True, True, True)]

    assert [Verdict.NO_GO, Verdict.NO_GO, Verdict.NO_GO, Verdict.GO] == seen


def test_red_stays_through_errors_and_silence() -> None:
    bench = Bench(gate(LIVE))
    bench.see(live(bench, value=False))

    error = bench.see(failure("stripe.balance", at=bench.now)).board.gates[0]
    bench.wait(3_600)
    silent = bench.judge().board.gates[0]

    assert (Verdict.NO_GO, CheckResult.ERROR) == (error.verdict, error.rules[0].raw)
    assert (Verdict.NO_GO, CheckResult.STALE) == (silent.verdict, silent.rules[0].raw)
    assert (
        "was red when last seen (stripe.balance.livemode false = true: false); now stripe last"
        in silent.reason
    )


def test_a_pass_between_errors_does_not_add_up_to_green() -> None:
    bench = Bench(gate(LIVE))

    for _ in range(5):
        bench.see(live(bench))
        result = bench.see(failure("stripe.balance", at=bench.now))

    assert Verdict.UNKNOWN == result.board.gates[0].verdict


def test_noise_below_the_limit_is_tolerated_and_above_it_is_red() -> None:
    bench = Bench(gate(Rule(signal="stripe.balance.livemode", is_=True, pass_streak=1, to_fail=3, of=5)))

    values = (True, False, True, False, False)
    verdicts = [bench.see(live(bench, value)).board.gates[0].verdict for value in values]

    assert [Verdict.GO] * 4 + [Verdict.NO_GO] == verdicts


def test_failing_first_within_the_tolerance_is_not_green() -> None:
    bench = Bench(gate(Rule(signal="stripe.balance.livemode", is_=True, pass_streak=1, to_fail=3, of=5)))

    assert Verdict.UNKNOWN == bench.see(live(bench, value=False)).board.gates[0].verdict


def test_true_is_not_one() -> None:
    result = Bench(gate(Rule(signal="stripe.endpoint.matching", is_=1, pass_streak=1))).see(
        answer("stripe.endpoint", matching=True)
    )

    assert BoardVerdict.NO_GO == result.board.verdict


MONEY_RULE = next(each for each in default_plan().gates if each.id == "money").rules[0]


@pytest.mark.parametrize(
    ("facts", "reason", "flip"),
    [
        (
            {"uncredited": 1, "judged": 1},
            "the number of payments without their credit is 1, must be 0",
            "the number of payments without their credit must be 0 ({hint})",
        ),
        (
            {"uncredited": 0, "judged": 0},
            "the number of payments that can be judged is 0, at least 1 needed",
            "the number of payments that can be judged reaching 1 ({hint})",
        ),
        (
            {"judged": 1},
            "the number of payments without their credit has no value yet",
            "a value of the number of payments without their credit, which must be 0 ({hint})",
        ),
        (
            {"uncredited": 0, "judged": 1},
            "holds",
            "one answer in which the number of payments without their credit no longer holds (must be 0)",
        ),
    ],
)
def test_a_sentence_calls_what_it_counts_by_its_name_and_the_rule_by_its_signal(
    facts: dict[str, Any], reason: str, flip: str
) -> None:
    [judged] = Bench(gate(MONEY_RULE)).see(answer(MONEY, **facts)).board.gates

    assert (reason, flip.format(hint=MONEY_RULE.hint)) == (judged.reason, judged.flip)
    assert judged.rules[0].text.startswith("money.truth.uncredited ")


def test_every_name_of_the_catalogue_is_of_a_fact_and_every_count_of_money_has_one() -> None:
    plan = default_plan()

    unknown = [
        (probe.id, name)
        for probe in catalogue(plan).values()
        for name in probe.names
        if name not in probe.facts
    ]
    money = catalogue(plan)[MONEY]
    assert [] == unknown
    assert {name for name, kind in money.facts.items() if kind is int} == set(money.names)


def test_the_sentence_names_the_first_red_gate_its_owner_and_how_many_more_stand_in_the_way() -> None:
    bench = Bench(gate(LIVE, gate_id="a"), gate(READY, gate_id="b"), gate(READY, gate_id="c"))

    result = bench.see(answer("scholarship_api.ready", ready=False))

    assert (
        "NO-GO — “Gate b” fails: scholarship_api.ready.ready is false, must be true (owner: API lead)."
        " 1 more NO-GO and 1 more unknown." == result.board.sentence
    )
    assert "scholarship_api.ready.ready must be true, 3 times in a row." == result.board.change


def test_an_unknown_that_heals_by_itself_is_named_after_one_that_does_not() -> None:
    bench = Bench(gate(LIVE, gate_id="a"), gate(READY, gate_id="b"))

    result = bench.see(live(bench))

    assert result.board.sentence.startswith(
        "HOLD — “Gate b” is not proven: scholarship_api has not been asked yet"
    )


def test_green_inputs_too_far_apart_are_not_one_picture() -> None:
    bench = Bench(
        gate(replace_rule(LIVE, ttl_s=60), gate_id="a"), gate(replace_rule(READY, ttl_s=60), gate_id="b")
    )
    bench.see(answer("stripe.balance", at=T0, livemode=True))

    bench.wait(30)
    near = bench.see(answer("scholarship_api.ready", at=bench.now, ready=True))
    bench.wait(1)
    far = bench.see(answer("scholarship_api.ready", at=bench.now, ready=True))

    assert BoardVerdict.GO == near.board.verdict
    assert BoardVerdict.HOLD == far.board.verdict
    assert "observed 31 s apart" in far.board.sentence


def replace_rule(rule: Rule, *, ttl_s: int) -> Rule:
    return Rule(signal=rule.signal, is_=rule.is_, ttl_s=ttl_s, pass_streak=1)


def test_a_gate_that_flaps_is_unknown_and_says_so() -> None:
    bench = Bench(gate(Rule(signal="stripe.balance.livemode", is_=True, pass_streak=1)))

    for value in (True, False) * 4:
        bench.wait(1)
        bench.see(live(bench, value))
    bench.wait(1)
    result = bench.see(live(bench))

    assert Verdict.UNKNOWN == result.board.gates[0].verdict
    assert "FLAPPING" in result.board.sentence


def test_a_flip_carries_the_inputs_that_caused_it() -> None:
    bench = Bench(gate(LIVE))
    for _ in range(3):
        last = bench.see(live(bench))

    (flip,) = last.flips

    assert (Verdict.UNKNOWN, Verdict.GO, (3,)) == (flip.before, flip.after, flip.inputs)


def test_p95_is_red_only_when_more_than_five_percent_is_proven() -> None:
    bench = Bench(gate(QUICK))

    one = bench.see(answer("ledger.balance", elapsed_ms=900))
    two = bench.see(answer("ledger.balance", elapsed_ms=900))

    assert Verdict.UNKNOWN == one.board.gates[0].verdict
    assert Verdict.NO_GO == two.board.gates[0].verdict
    assert "p95 of ledger.balance 900 ms < 120 ms: false" == two.board.gates[0].rules[0].text


def test_a_timeout_counts_as_a_slow_attempt_and_a_refused_connection_as_none() -> None:
    bench = Bench(gate(QUICK))

    result = bench.see(
        failure("ledger.balance", elapsed_ms=4_000), failure("ledger.balance", elapsed_ms=4_000)
    )

    rule = result.board.gates[0].rules[0]
    assert (Verdict.NO_GO, 2, 2) == (result.board.gates[0].verdict, rule.k, rule.n)


def test_attempts_outside_the_window_do_not_count() -> None:
    bench = Bench(gate(QUICK))
    for _ in range(59):
        bench.see(answer("ledger.balance", elapsed_ms=5))
    bench.wait(601)

    result = bench.see(answer("ledger.balance", at=bench.now, elapsed_ms=5))

    assert 1 == result.board.gates[0].rules[0].n


def test_the_banner_says_blind_after_the_budget_of_failed_questions() -> None:
    bench = Bench(gate(LIVE))

    boards = [bench.see(failure("stripe.balance", at=bench.now)).board for _ in range(4)]

    assert () == boards[2].blind
    assert ("stripe.balance: 4 questions in a row without an answer (timeout)",) == boards[3].blind


def test_the_hash_binds_every_word_of_the_board() -> None:
    bench = Bench(gate(LIVE))
    board = bench.see(live(bench)).board

    assert board.hash == board_hash(board)
    assert board.hash != board_hash(replace(board, sentence="GO"))
    assert board.hash != board_hash(replace(board, evaluated_at=board.evaluated_at + timedelta(seconds=1)))


def test_memory_survives_storage() -> None:
    bench = Bench(gate(LIVE, QUICK, Rule(signal="scholarship_api.ready.build", constant=True)))
    bench.see(live(bench, value=False), answer("scholarship_api.ready", build="x"))

    assert bench.memory == Memory.decode(bench.memory.encode())


SAMPLES = st.lists(
    st.one_of(
        st.booleans().map(lambda value: answer("stripe.balance", livemode=value)),
        st.just(answer("stripe.balance")),
        st.just(failure("stripe.balance")),
    ),
    max_size=12,
)


@given(SAMPLES)
def test_green_always_stands_on_three_fresh_passes_at_the_end(
    samples: list[Observation | CollectorFailure],
) -> None:
    bench = Bench(gate(LIVE))
    result = bench.judge()
    for sample in samples:
        result = bench.see(sample)

    last = samples[-3:]
    proven = len(last) == 3 and all(
        isinstance(s, Observation) and s.facts.get("livemode") is True for s in last
    )
    assert (Verdict.GO == result.board.gates[0].verdict) <= proven
    assert (BoardVerdict.GO == result.board.verdict) <= proven


@given(SAMPLES)
def test_judging_is_reproducible(samples: list[Observation | CollectorFailure]) -> None:
    hashes = []
    for _ in range(2):
        bench = Bench(gate(LIVE))
        hashes.append([bench.see(sample).board.hash for sample in samples])

    assert hashes[0] == hashes[1]


@given(st.lists(st.sampled_from(CheckResult)))
def test_the_worst_result_decides(results: list[CheckResult]) -> None:
    expected = Verdict.NO_GO if CheckResult.FAIL in results else Verdict.UNKNOWN
    if results and set(results) == {CheckResult.PASS}:
        expected = Verdict.GO

    assert expected == verdict_of(results)


@given(SAMPLES, st.text())
def test_what_is_hashed_is_canonical_json(samples: list[Observation | CollectorFailure], text: str) -> None:
    bench = Bench(gate(LIVE, QUICK))
    board = replace(bench.see(*samples).board, sentence=text)

    assert rfc8785.dumps(msgspec.to_builtins(board)) == canonical_json(board)


@given(st.lists(st.tuples(SAMPLES, st.integers(0, 20)), max_size=8))
def test_recalling_a_gate_says_what_judging_it_would_have_said(
    steps: list[tuple[list[Observation | CollectorFailure], int]],
) -> None:
    recalling, forgetful = Bench(gate(LIVE, QUICK), gate(LIVE)), Bench(gate(LIVE, QUICK), gate(LIVE))
    for samples, pause in steps:
        forgetful.policy = replace(forgetful.policy, checker=Checker(), said={})

        assert forgetful.see(*samples) == recalling.see(*samples)
        assert forgetful.wait(pause) == recalling.wait(pause)


def test_time_alone_ends_flapping_where_the_answer_still_counts() -> None:
    bench = Bench(gate(msgspec.structs.replace(LIVE, ttl_s=3_600, pass_streak=1)))
    judging = bench.policy.plan.judging
    for number in range(judging.flap_limit + 2):
        flapping = bench.see(live(bench, value=number % 2 == 0)).board.gates[0]
    bench.wait(judging.flap_window_s + 1)

    assert flapping.flapping
    assert not bench.judge().board.gates[0].flapping


def test_an_answer_that_failed_too_long_ago_to_count_is_red_all_the_same() -> None:
    bench = Bench(gate(LIVE))
    for _ in range(3):
        bench.see(live(bench))
    late = live(bench, value=False)
    bench.wait(16)

    stale = bench.see(late).board.gates[0]
    two_passes = [bench.see(live(bench)).board.gates[0].verdict for _ in range(2)]

    assert (Verdict.NO_GO, CheckResult.STALE) == (stale.verdict, stale.rules[0].raw)
    assert [Verdict.NO_GO, Verdict.NO_GO] == two_passes


def test_passes_on_both_sides_of_a_gap_that_nobody_judged_are_not_in_a_row() -> None:
    bench = Bench(gate(LIVE))
    for _ in range(3):
        bench.see(live(bench))

    bench.wait(36_000)
    result = bench.see(live(bench))

    assert Verdict.UNKNOWN == result.board.gates[0].verdict
    assert 1 == result.board.gates[0].rules[0].streak


def test_a_slow_plan_does_not_exempt_itself_from_the_same_instant() -> None:
    text = DEFAULT_PLAN.read_text().replace("interval_s = 5", "interval_s = 30", 1)

    with pytest.raises(PlanError, match="an answer would count for 90 s, more than 60 s"):
        load_plan(text, scan=find_secret)
