"""Every KPI in every situation: without data, with old or too little data, met, missed and on the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import msgspec
import pytest

from collectors.observation import FailureReason, Sample
from dashboard.launch.board import Board, Verdict
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.kpi import Kpi, KpiState
from dashboard.launch.measuring import looked_back, measure, unmeasured
from dashboard.launch.plan import Plan, Quantile
from dashboard.launch.proof import Completeness
from dashboard.launch.signals import MONEY
from tests.cast import T0, answer, default_plan, failure
from tests.dashboard.launch.hour import judged

PLAN = default_plan()
NOW = T0 + timedelta(minutes=20)
DELIVERIES = "stripe.deliveries"
MET, MISSED, NOT_KNOWN = KpiState.MET, KpiState.MISSED, KpiState.NOT_KNOWN
NOT_YET = KpiState.NOT_YET


@dataclass(slots=True)
class Seen:
    """What was observed, by probe, and what the board says."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    board: Board = field(default_factory=lambda: judged(PLAN, at=NOW))
    proven: frozenset[str] | None = frozenset()
    plan: Plan = PLAN
    evidence: Completeness | None = None
    has_ended: bool = False

    def kpi(self, name: str) -> Kpi:
        windows = {
            probe: tuple(Input(id=i, sample=sample, sha256="0" * 64) for i, sample in enumerate(samples))
            for probe, samples in self.samples.items()
        }
        newest = {probe: found[-1] for probe, found in windows.items()}
        inputs = Inputs(newest=newest, windows=windows)
        found = measure(
            self.plan,
            self.board,
            inputs,
            proven=self.proven,
            now=NOW,
            evidence=self.evidence,
            has_ended=self.has_ended,
        )
        return next(kpi for kpi in found if kpi.id == name)

    def delivered(self, *, judged: int, undelivered: int, ago_s: float = 2) -> Kpi:
        at = NOW - timedelta(seconds=ago_s)
        self.samples[DELIVERIES] = [answer(DELIVERIES, at=at, judged=judged, undelivered=undelivered)]
        return self.kpi("webhook_hop_1")

    def money(self, name: str, *, ago_s: float = 2, **facts: int) -> Kpi:
        self.samples[MONEY] = [answer(MONEY, at=NOW - timedelta(seconds=ago_s), **facts)]
        return self.kpi(name)

    def took(self, probe: str, elapsed_ms: Sequence[int], *, ago_s: float = 2) -> None:
        """So many attempts, the newest so long ago and one every five seconds before."""
        last = NOW - timedelta(seconds=ago_s)
        self.samples[probe] = [
            answer(probe, at=last - timedelta(seconds=5 * back), elapsed_ms=elapsed)
            for back, elapsed in reversed(list(enumerate(elapsed_ms)))
        ]

    def fails(self, probe: str, reason: FailureReason) -> None:
        self.samples.setdefault(probe, []).append(failure(probe, at=NOW, reason=reason))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("first_dollar", "golive has not been asked yet"),
        ("webhook_hop_1", "stripe has not been asked yet"),
        ("webhook_hop_2", "golive has not been asked yet"),
        ("notification_p95", "auto_com_center has not been asked yet"),
        ("ledger_p95", "scholarship_api has not been asked yet"),
        ("evidence", "nothing is sealed yet, or the plan names nothing to be proven"),
    ],
)
def test_without_data_a_kpi_is_not_known_and_says_why(name: str, why: str) -> None:
    found = Seen().kpi(name)

    assert (NOT_KNOWN, why) == (found.state, found.why)
    assert (None, None, None, None) == (found.value, found.k, found.n, found.observed_at)


def test_before_anything_was_judged_no_kpi_is_known() -> None:
    found = unmeasured(PLAN)

    assert [kpi.id for kpi in PLAN.kpis] == [kpi.id for kpi in found]
    assert {(NOT_KNOWN, None, "nothing has been judged yet")} == {(k.state, k.value, k.why) for k in found}


@pytest.mark.parametrize(
    ("judged", "undelivered", "state", "value", "why"),
    [
        (3, 0, MET, "100 %", "share 100 % > 95 %: true"),
        (21, 1, MET, "95.2 %", "share 95.2 % > 95 %: true"),
        (20, 1, MISSED, "95 %", "share 95 % > 95 %: false"),
        (4, 2, MISSED, "50 %", "share 50 % > 95 %: false"),
        (1_001, 1, MET, "99.9 %", "share 99.9 % > 95 %: true"),
        (1, 1, MISSED, "0 %", "share 0 % > 95 %: false"),
        (0, 0, NOT_KNOWN, None, "too few: stripe.deliveries.judged is 0, at least 1 needed"),
    ],
)
def test_hop_1_is_the_share_of_events_that_were_delivered(
    judged: int, undelivered: int, state: KpiState, value: str | None, why: str
) -> None:
    found = Seen().delivered(judged=judged, undelivered=undelivered)

    assert (state, value, why, "> 95 %") == (found.state, found.value, found.why, found.target)
    counted = (None, None) if value is None else (judged - undelivered, judged)
    assert counted == (found.k, found.n)


def test_hop_1_says_of_what_since_when_and_by_whom() -> None:
    found = Seen().delivered(judged=3, undelivered=0)

    assert ("since the run began, 24 h at most", 86_400) == (found.window, found.window_s)
    assert ("did not fail", "stripe", NOW - timedelta(seconds=2)) == (
        found.counted,
        found.source,
        found.observed_at,
    )


@pytest.mark.parametrize(("ago_s", "state"), [(15, MET), (15.1, NOT_KNOWN)])
def test_an_answer_of_stripe_counts_as_long_as_it_lives(ago_s: float, state: KpiState) -> None:
    found = Seen().delivered(judged=3, undelivered=0, ago_s=ago_s)

    assert state is found.state
    assert ("an answer counts for 15 s" in found.why) is (state is NOT_KNOWN)
    assert (found.value is None) is (state is NOT_KNOWN)


def test_without_a_subscribed_endpoint_there_is_no_share_of_deliveries() -> None:
    seen = Seen(samples={DELIVERIES: [answer(DELIVERIES, at=NOW)]})

    found = seen.kpi("webhook_hop_1")

    assert (NOT_KNOWN, "stripe.deliveries.undelivered has no value yet") == (found.state, found.why)


def test_a_stripe_that_could_not_be_asked_leaves_no_share_of_deliveries() -> None:
    seen = Seen()
    seen.delivered(judged=3, undelivered=0)
    seen.fails(DELIVERIES, FailureReason.RATE_LIMITED)

    found = seen.kpi("webhook_hop_1")

    assert (NOT_KNOWN, None) == (found.state, found.value)
    assert "stripe gave no usable answer (rate limited" in found.why


@pytest.mark.parametrize("gate", ["stripe_live", "webhook_endpoint"])
@pytest.mark.parametrize(("verdict", "word"), [(Verdict.NO_GO, "NO-GO"), (Verdict.UNKNOWN, "UNKNOWN")])
def test_deliveries_prove_nothing_while_the_endpoint_or_the_mode_is_wrong(
    gate: str, verdict: Verdict, word: str
) -> None:
    board = judged(PLAN, at=NOW)
    gates = (replace(one, verdict=verdict) if one.id == gate else one for one in board.gates)
    found = Seen(board=replace(board, gates=tuple(gates))).delivered(judged=3, undelivered=0)

    title = next(one.title for one in PLAN.gates if one.id == gate)
    assert (NOT_KNOWN, None, None) == (found.state, found.value, found.n)
    assert f"the gate “{title}” is {word}; no figure counts without it" == found.why


def test_a_board_that_lacks_a_needed_gate_leaves_the_figure_unknown() -> None:
    board = judged(PLAN, at=NOW)
    seen = Seen(board=replace(board, gates=board.gates[:2]))

    assert NOT_KNOWN is seen.delivered(judged=3, undelivered=0).state


@pytest.mark.parametrize(
    ("elapsed_ms", "state", "value", "k"),
    [
        ([38] * 60, MET, "38 ms", 0),
        ([119] * 60, MET, "119 ms", 0),
        ([120] * 60, MISSED, "120 ms", 60),
        ([38] * 57 + [400] * 3, NOT_YET, "38 ms", 3),  # the 57th of 60 is the p95, and 3 of 60 prove nothing
        ([38] * 100 + [400] * 1, MET, "38 ms", 1),
        ([38] * 56 + [400] * 4, MISSED, "400 ms", 4),
        ([38] * 59, MET, "38 ms", 0),
        ([38] * 58, NOT_KNOWN, None, None),
        ([400] * 58, NOT_KNOWN, None, None),
    ],
)
def test_a_p95_is_the_nearest_rank_over_enough_attempts(
    elapsed_ms: list[int], state: KpiState, value: str | None, k: int | None
) -> None:
    seen = Seen()
    seen.took("notification.smoke", elapsed_ms)

    found = seen.kpi("notification_p95")

    assert (state, value, k) == (found.state, found.value, found.k)
    assert (None if k is None else len(elapsed_ms)) == found.n
    if k is None:
        assert "too few: attempts of notification.smoke is 58, at least 59 needed" == found.why
    else:
        rule = f"p95 of notification.smoke {value} < 120 ms: {str(state is MET).lower()}"
        too_few = "too few attempts to prove that fewer than 5 % are slower"
        assert (too_few if state is NOT_YET else rule) == found.why
        assert ("attempts of notification.smoke took 120 ms or longer", "in the last 10 min", 600) == (
            found.counted,
            found.window,
            found.window_s,
        )


def test_a_timeout_is_an_attempt_of_at_least_the_timeout() -> None:
    seen = Seen()
    seen.took("notification.smoke", [38] * 60)
    for _ in range(4):
        seen.fails("notification.smoke", FailureReason.TIMEOUT)

    found = seen.kpi("notification_p95")

    assert (MISSED, "4000 ms", 4, 64) == (found.state, found.value, found.k, found.n)


def test_an_attempt_that_measured_nothing_is_none_and_hides_the_figure_while_it_is_the_newest() -> None:
    seen = Seen()
    seen.took("notification.smoke", [38] * 60)
    seen.fails("notification.smoke", FailureReason.UNREACHABLE)
    hidden = seen.kpi("notification_p95")
    seen.samples["notification.smoke"].append(answer("notification.smoke", at=NOW, elapsed_ms=38))

    again = seen.kpi("notification_p95")

    assert (NOT_KNOWN, None) == (hidden.state, hidden.value)
    assert "auto_com_center gave no usable answer (unreachable" in hidden.why
    assert (MET, 61) == (again.state, again.n)


def test_attempts_from_before_the_window_do_not_count() -> None:
    seen = Seen()
    seen.took("notification.smoke", [38] * 60 + [400] * 120)

    found = seen.kpi("notification_p95")

    assert (120, 60, MISSED) == (found.n, found.k, found.state)


@pytest.mark.parametrize(("ago_s", "state"), [(15, MET), (15.1, NOT_KNOWN)])
def test_a_p95_lives_as_long_as_its_newest_attempt(ago_s: float, state: KpiState) -> None:
    seen = Seen()
    seen.took("notification.smoke", [38] * 60, ago_s=ago_s)

    assert state is seen.kpi("notification_p95").state


@pytest.mark.parametrize(
    ("balance", "transactions", "state", "value", "says"),
    [
        ([38] * 60, [44] * 60, MET, "44 ms", "p95 of ledger.transactions"),
        ([44] * 60, [38] * 60, MET, "44 ms", "p95 of ledger.balance"),
        ([38] * 60, [300] * 60, MISSED, "300 ms", "p95 of ledger.transactions"),
        ([38] * 60, [38] * 5, NOT_KNOWN, None, "attempts of ledger.transactions is 5"),
        ([300] * 60, [38] * 5, MISSED, "300 ms", "p95 of ledger.balance"),
        ([44] * 60, [38] * 57 + [400] * 3, NOT_YET, "38 ms", "too few attempts to prove"),
    ],
)
def test_of_several_endpoints_the_worst_speaks(
    balance: list[int], transactions: list[int], state: KpiState, value: str | None, says: str
) -> None:
    seen = Seen()
    seen.took("ledger.balance", balance)
    seen.took("ledger.transactions", transactions)

    found = seen.kpi("ledger_p95")

    assert (state, value) == (found.state, found.value)
    assert says in found.why


@pytest.mark.parametrize(
    ("proven", "at_least", "state", "value", "why"),
    [
        (0, 100, MISSED, "0 %", "share 0 % ≥ 100 %: false"),
        (4, 100, MISSED, "21 %", "share 21 % ≥ 100 %: false"),
        (18, 100, MISSED, "94.7 %", "share 94.7 % ≥ 100 %: false"),
        (19, 100, MET, "100 %", "share 100 % ≥ 100 %: true"),
        (5, 25, MET, "26.3 %", "share 26.3 % ≥ 25 %: true"),
        (4, 25, MISSED, "21 %", "share 21 % ≥ 25 %: false"),
    ],
)
def test_gates_proven_is_the_share_of_all_gates(
    proven: int, at_least: int, state: KpiState, value: str, why: str
) -> None:
    kpis = tuple(
        msgspec.structs.replace(kpi, at_least_percent=at_least) if kpi.id == "gates_proven" else kpi
        for kpi in PLAN.kpis
    )
    seen = Seen(plan=msgspec.structs.replace(PLAN, kpis=kpis), has_ended=True)
    seen.proven = frozenset(gate.id for gate in PLAN.gates[:proven]) | {"a gate of another plan"}

    found = seen.kpi("gates_proven")

    assert (state, value, why) == (found.state, found.value, found.why)
    assert (proven, 19, "in this run") == (found.k, found.n, found.window)


def test_gates_that_no_drill_has_proven_are_missed_at_the_end_of_the_run_and_not_before() -> None:
    before, after = Seen().kpi("gates_proven"), Seen(has_ended=True).kpi("gates_proven")

    assert (NOT_YET, MISSED) == (before.state, after.state)
    assert ("0 %", "0 %") == (before.value, after.value)


@pytest.mark.parametrize(
    ("k", "left", "has_ended", "state"),
    [
        (0, 6, False, NOT_YET),
        (5, 1, False, NOT_YET),
        (5, 0, False, MISSED),
        (1, 4, False, MISSED),
        (5, 1, True, MISSED),
        (6, 0, False, MET),
        (6, 0, True, MET),
    ],
)
def test_evidence_is_missed_once_it_can_not_be_complete_any_more(
    k: int, left: int, state: KpiState, *, has_ended: bool
) -> None:
    found = Seen(evidence=Completeness(k=k, n=6, left=left), has_ended=has_ended).kpi("evidence")

    assert (state, k, 6) == (found.state, found.k, found.n)


def test_a_live_run_does_not_know_which_gates_are_proven() -> None:
    found = Seen(proven=None).kpi("gates_proven")

    assert (NOT_KNOWN, None) == (found.state, found.value)
    assert "drills are recorded in the rehearsal" == found.why


def test_the_kpis_look_back_no_further_than_they_must() -> None:
    wider = tuple(
        msgspec.structs.replace(kpi, window_s=60) if isinstance(kpi, Quantile) else kpi for kpi in PLAN.kpis
    )
    plan = msgspec.structs.replace(PLAN, kpis=(*PLAN.kpis, *wider))

    assert {
        "stripe.deliveries": 0,
        "notification.smoke": 600,
        "ledger.balance": 600,
        "ledger.transactions": 600,
        MONEY: 0,
    } == looked_back(plan)


def test_an_answer_of_the_future_is_no_figure() -> None:
    assert NOT_KNOWN is Seen().delivered(judged=3, undelivered=0, ago_s=-60).state


def test_hop_2_is_the_share_of_judged_payments_with_one_right_credit() -> None:
    found = Seen().money("webhook_hop_2", judged=20, uncredited=1, wrong=1)

    assert (MISSED, "90 %", 18, 20) == (found.state, found.value, found.k, found.n)


def test_hop_2_counts_a_payment_that_was_refunded_instead_of_credited() -> None:
    found = Seen().money("webhook_hop_2", judged=3, uncredited=0, wrong=0, given_back=1)

    assert (MISSED, "75 %", 3, 4) == (found.state, found.value, found.k, found.n)


def test_hop_2_is_not_known_while_no_payment_is_judged() -> None:
    found = Seen().money("webhook_hop_2", judged=0, uncredited=0, wrong=0)

    assert (NOT_KNOWN, "no payment is old enough to be judged yet") == (found.state, found.why)


@pytest.mark.parametrize(("took_s", "state"), [(900, MET), (901, MISSED)])
def test_the_time_to_the_first_dollar_is_held_against_its_target(took_s: int, state: KpiState) -> None:
    found = Seen().money("first_dollar", first_dollar_s=took_s)

    assert (state, f"{took_s} s") == (found.state, found.value)


def test_the_first_dollar_is_not_known_before_it_is_through() -> None:
    assert "no first dollar is through all five hops yet" == Seen().money("first_dollar", judged=1).why


def test_an_old_answer_about_money_is_no_figure() -> None:
    assert NOT_KNOWN is Seen().money("first_dollar", first_dollar_s=9, ago_s=31).state
