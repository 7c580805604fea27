"""Measures KPIs. A KPI never decides, and what is not measured is not known: never 0, never 100 %.

Nothing asked, an old answer, too few trials and a question that could not be asked are all not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from collectors.observation import CollectorFailure, Scalar
from dashboard.launch import kpi_wording, wording
from dashboard.launch.board import Board, Verdict
from dashboard.launch.inputs import Inputs, within
from dashboard.launch.kpi import Kpi, KpiState
from dashboard.launch.looking import Finding, measures, usable
from dashboard.launch.plan import (
    CreditedRate,
    EvidenceCompleteness,
    FirstDollarTime,
    GatesProven,
    Plan,
    PlannedKpi,
    Quantile,
    Rule,
    SuccessRate,
)
from dashboard.launch.proof import Completeness
from dashboard.launch.proportion import FIVE_PERCENT, nearest_rank, proven_below
from dashboard.launch.question import Question, questions_of
from dashboard.launch.signals import MONEY, Probe, catalogue

_WORST_FIRST = (KpiState.MISSED, KpiState.NOT_KNOWN, KpiState.NOT_YET, KpiState.MET)


def unmeasured(plan: Plan) -> tuple[Kpi, ...]:
    """Every KPI of the plan before anything was judged: none is known."""
    return tuple(_unknown(kpi, kpi_wording.NOTHING_JUDGED) for kpi in plan.kpis)


def measure(
    plan: Plan,
    board: Board,
    inputs: Inputs,
    *,
    proven: frozenset[str] | None,
    now: datetime,
    evidence: Completeness | None = None,
    has_ended: bool = False,
) -> tuple[Kpi, ...]:
    """Every KPI of the plan at this moment, in its order.

    `inputs` has the samples of the probes that `looked_back` names; `proven` are the gates that fell under an
    injected fault in this run, None where that is not known; `evidence` is how much of what is required is
    proven, None where nothing is sealed; `has_ended` says that nothing more can be proven in this run.
    """
    measuring = _Measuring(plan, catalogue(plan), board, inputs, proven, now, evidence, has_ended)
    return tuple(measuring.measured(kpi) for kpi in plan.kpis)


def looked_back(plan: Plan) -> Mapping[str, int]:
    """The probes whose samples the KPIs need, and how many seconds of them; 0 where the newest is enough."""
    needed: dict[str, int] = {}
    for kpi in plan.kpis:
        if isinstance(kpi, SuccessRate):
            needed.setdefault(kpi.failed.rpartition(".")[0], 0)
        elif isinstance(kpi, FirstDollarTime | CreditedRate) and plan.money is not None:
            needed.setdefault(MONEY, 0)
        elif isinstance(kpi, Quantile):
            needed |= {probe: max(kpi.window_s, needed.get(probe, 0)) for probe in kpi.probes}
    return needed


def _unknown(kpi: PlannedKpi, why: str) -> Kpi:
    kind = str(kpi.__struct_config__.tag)
    return Kpi(id=kpi.id, kind=kind, title=kpi.title, target=_target(kpi), state=KpiState.NOT_KNOWN, why=why)


def _target(kpi: PlannedKpi) -> str:
    if isinstance(kpi, FirstDollarTime):
        return kpi_wording.within_s(kpi.within_s)
    if isinstance(kpi, Quantile):
        return kpi_wording.below_ms(kpi.below_ms)
    if isinstance(kpi, SuccessRate):
        return kpi_wording.above(kpi.above_percent)
    return kpi_wording.at_least(kpi.at_least_percent)


@dataclass(frozen=True, slots=True)
class _Measuring:
    plan: Plan
    probes: Mapping[str, Probe]
    board: Board
    inputs: Inputs
    proven: frozenset[str] | None
    now: datetime
    evidence: Completeness | None
    has_ended: bool

    def measured(self, kpi: PlannedKpi) -> Kpi:
        found = self._figure(kpi)
        missing = self._missing_gate(kpi)
        return found if missing is None or found.value is None else found.withheld(missing)

    def _figure(self, kpi: PlannedKpi) -> Kpi:
        match kpi:
            case FirstDollarTime():
                return self._first_dollar(kpi)
            case CreditedRate():
                return self._credited(kpi)
            case EvidenceCompleteness():
                return self._evidence(kpi)
            case GatesProven():
                return self._gates_proven(kpi)
            case SuccessRate():
                return self._success_rate(kpi)
            case Quantile():
                each = (self._p95(kpi, probe) for probe in kpi.probes)
                return min(each, key=lambda one: (_WORST_FIRST.index(one[0].state), -one[1]))[0]

    def _missing_gate(self, kpi: PlannedKpi) -> str | None:
        """Why a figure does not count: a gate that it needs is not GO."""
        gates = {gate.id: gate for gate in self.board.gates}
        for need in kpi.needs:
            gate = gates.get(need)
            if gate is None or gate.verdict is not Verdict.GO:
                verdict = Verdict.UNKNOWN if gate is None else gate.verdict
                return kpi_wording.gate_needed(
                    need if gate is None else gate.title, wording.GATE_WORD[verdict]
                )
        return None

    def _gates_proven(self, kpi: GatesProven) -> Kpi:
        if self.proven is None:
            return _unknown(kpi, kpi_wording.DRILLED_ELSEWHERE)
        gates = self.board.gates
        n, k = len(gates), sum(gate.id in self.proven for gate in gates)
        counted = replace(
            _unknown(kpi, ""),
            k=k,
            n=n,
            counted=kpi_wording.GATES,
            window=kpi_wording.IN_THE_RUN,
            source="golive",
            observed_at=self.board.evaluated_at,
        )
        if n == 0:
            return counted.withheld(kpi_wording.NOTHING_JUDGED)
        holds = k * 100 >= kpi.at_least_percent * n
        # A fault can be put in until the end of the run.
        return counted.known(
            kpi_wording.SHARE, kpi_wording.share(k, n), holds=holds, still_can=not self.has_ended
        )

    def _evidence(self, kpi: EvidenceCompleteness) -> Kpi:
        found = self.evidence
        if found is None:
            return _unknown(kpi, kpi_wording.NOT_SEALED)
        counted = replace(
            _unknown(kpi, ""),
            k=found.k,
            n=found.n,
            counted=kpi_wording.EVIDENCE,
            window=kpi_wording.IN_THE_RUN,
            source="golive",
            observed_at=self.now,
        )
        if found.n == 0:
            return counted.withheld(kpi_wording.NOTHING_REQUIRED)
        holds = found.k * 100 >= kpi.at_least_percent * found.n
        reachable = (found.k + found.left) * 100 >= kpi.at_least_percent * found.n
        return counted.known(
            kpi_wording.SHARE,
            kpi_wording.share(found.k, found.n),
            holds=holds,
            still_can=reachable and not self.has_ended,
        )

    def _first_dollar(self, kpi: FirstDollarTime) -> Kpi:
        """From the checkout of the first dollar until its credits were read."""
        asked, facts = self._money(kpi, "first_dollar_s")
        took_s = facts.get("first_dollar_s")
        if asked.why:
            return asked
        if not isinstance(took_s, int):
            return asked.withheld(kpi_wording.NOT_THROUGH)
        return asked.known(kpi_wording.TOOK, f"{took_s:,} s", holds=took_s <= kpi.within_s)

    def _credited(self, kpi: CreditedRate) -> Kpi:
        """Of the payments that are good or bad, those with exactly one right credit. One that was refunded
        instead of being credited was not credited.
        """
        asked, facts = self._money(kpi, "uncredited")
        judged, lost, wrong, back = map(facts.get, ("judged", "uncredited", "wrong", "given_back"))
        if asked.why:
            return asked
        if not (isinstance(judged, int) and isinstance(lost, int) and isinstance(wrong, int)):
            return asked.withheld(kpi_wording.NO_PAYMENT_JUDGED)
        k, n = judged - lost - wrong, judged + (back if isinstance(back, int) else 0)
        if n == 0:
            return asked.withheld(kpi_wording.NO_PAYMENT_JUDGED)
        counted = replace(asked, k=k, n=n, counted=kpi_wording.CREDITED)
        holds = k * 100 >= kpi.at_least_percent * n
        return counted.known(kpi_wording.SHARE, kpi_wording.share(k, n), holds=holds)

    def _money(self, kpi: PlannedKpi, fact: str) -> tuple[Kpi, Mapping[str, Scalar]]:
        """The newest answer about money; `why` says why there is none, where there is none."""
        if MONEY not in self.probes:
            return _unknown(kpi, kpi_wording.NO_MONEY_READ), {}
        asked = self._asked(kpi, Rule(signal=f"{MONEY}.{fact}", at_most=0))
        asked = replace(asked, window=kpi_wording.IN_THE_RUN)
        newest = self.inputs.newest.get(MONEY)
        if newest is None or isinstance(newest.sample, CollectorFailure):
            return asked, {}
        return asked, newest.sample.facts

    def _success_rate(self, kpi: SuccessRate) -> Kpi:
        probe_id, _, fact = kpi.failed.rpartition(".")
        probe = self.probes[probe_id]
        asked = self._asked(kpi, Rule(signal=kpi.failed, at_most=0))
        window = kpi_wording.IN_ONE_ANSWER
        if probe.window_s is not None:
            window = kpi_wording.at_most_back(probe.window_s)
        asked = replace(asked, window=window, window_s=probe.window_s)
        newest = self.inputs.newest.get(probe_id)
        if asked.why or newest is None or isinstance(newest.sample, CollectorFailure):
            return asked
        counted = probe.counts[fact]
        failed, n = newest.sample.facts.get(fact), newest.sample.facts.get(counted)
        if not isinstance(failed, int) or not isinstance(n, int):
            return asked.withheld(wording.no_value_yet(kpi.failed))
        if n < kpi.n_min:
            return asked.withheld(kpi_wording.too_few(f"{probe_id}.{counted}", n, kpi.n_min))
        k = n - failed
        asked = replace(asked, k=k, n=n, counted=kpi_wording.SUCCEEDED)
        return asked.known(kpi_wording.SHARE, kpi_wording.share(k, n), holds=k * 100 > kpi.above_percent * n)

    def _p95(self, kpi: Quantile, probe_id: str) -> tuple[Kpi, int]:
        """Nearest rank over the raw attempts; a timeout is an attempt of at least the timeout. A target is
        met where a gate over the same attempts would pass: below it by too few of them is not there yet.
        """
        rule = Rule(signal=probe_id, p95_below_ms=kpi.below_ms, n_min=kpi.n_min, window_s=kpi.window_s)
        window = kpi_wording.last(kpi.window_s)
        asked = replace(self._asked(kpi, rule), window=window, window_s=kpi.window_s)
        if asked.why:
            return asked, 0
        recent = within(self.inputs.windows.get(probe_id, ()), self.now, kpi.window_s)
        attempts = [found.sample.elapsed_ms for found in recent if measures(found)]
        n, k = len(attempts), sum(elapsed >= kpi.below_ms for elapsed in attempts)
        if n < kpi.n_min:
            return asked.withheld(kpi_wording.too_few(kpi_wording.attempts(probe_id), n, kpi.n_min)), 0
        p95 = nearest_rank(attempts, 95)
        counted = replace(asked, k=k, n=n, counted=kpi_wording.slow(probe_id, kpi.below_ms))
        found = counted.known(kpi_wording.p95_of(probe_id), f"{p95} ms", holds=p95 < kpi.below_ms)
        if found.state is KpiState.MET and not proven_below(k, n, FIVE_PERCENT):
            return replace(found, state=KpiState.NOT_YET, why=kpi_wording.PROVES_NOTHING), p95
        return found, p95

    def _asked(self, kpi: PlannedKpi, rule: Rule) -> Kpi:
        """Who was asked and when; `why` is empty where the newest answer can be used."""
        question = self._question(rule)
        newest = self.inputs.newest.get(question.probe.id)
        sample = usable(question, newest, self.now)
        unknown = replace(_unknown(kpi, ""), source=question.probe.source)
        if isinstance(sample, Finding):
            return replace(unknown, why=sample.reason)
        return replace(unknown, observed_at=sample.observed_at)

    def _question(self, rule: Rule) -> Question:
        return questions_of((rule,), self.probes, self.plan.judging)[0]
