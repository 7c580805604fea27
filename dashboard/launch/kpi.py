"""What a KPI is: a figure beside the verdict, with its k, n, window and target, or why it is not known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dashboard.launch import kpi_wording


class KpiState(StrEnum):
    """Whether the target is met; `not_yet` where it is not and still can be before the run ends; `not_known`
    where there is no figure to compare.
    """

    MET = "met"
    NOT_YET = "not_yet"
    MISSED = "missed"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One KPI at one moment. `value` is None exactly where it is not known, and `why` then says the reason;
    else `why` is the rule with its values ("p95 of ledger.balance 38 ms < 120 ms: true").

    `k` of `n` are what `counted` says ("attempts of ledger.balance took 120 ms or longer"), in `window`
    (`window_s` seconds, None where it is no stretch of time). `source` is who was asked, `observed_at` when
    it answered last. `kind` is what the plan calls this kind of figure.
    """

    id: str
    kind: str
    title: str
    target: str
    state: KpiState
    why: str
    value: str | None = None
    k: int | None = None
    n: int | None = None
    counted: str = ""
    window: str = ""
    window_s: int | None = None
    source: str = ""
    observed_at: datetime | None = None

    def known(self, name: str, value: str, *, holds: bool, still_can: bool = False) -> Kpi:
        """The same KPI with a figure, and the rule it was compared by; `still_can` says that a target that is
        not met is not missed.
        """
        state = KpiState.MET if holds else KpiState.NOT_YET if still_can else KpiState.MISSED
        why = kpi_wording.resolved(name, value, self.target, holds=holds)
        return replace(self, value=value, state=state, why=why)

    def withheld(self, why: str) -> Kpi:
        """The same KPI without any figure."""
        return replace(self, state=KpiState.NOT_KNOWN, why=why, value=None, k=None, n=None, observed_at=None)
