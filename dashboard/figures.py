"""Reads from the store what KPIs are measured from, and which gates were proven by a drill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.observation import Environment, Sample
from dashboard.launch.board import Board
from dashboard.launch.inputs import Inputs
from dashboard.launch.kpi import Kpi
from dashboard.launch.measuring import measure, unmeasured
from dashboard.launch.plan import Plan
from dashboard.launch.proof import Completeness
from dashboard.launch.signals import MONEY
from dashboard.proving import proven_by
from dashboard.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is shown beside the board. `proven` is None where no drill is recorded: in a live run; `money` the
    newest answer about money, None before the first.
    """

    kpis: tuple[Kpi, ...]
    proven: frozenset[str] | None
    money: Sample | None = None


def no_figures(plan: Plan) -> Figures:
    """Before anything was judged: every KPI, and none of them known."""
    return Figures(kpis=unmeasured(plan), proven=None)


def figures(
    store: Store,
    plan: Plan,
    board: Board | None,
    inputs: Inputs,
    *,
    now: datetime,
    evidence: Completeness | None = None,
    has_ended: bool = False,
) -> Figures:
    """The figures beside this board, as they stand now. Raises `StoreError`.

    `inputs` has the newest samples that `recent_of` follows, `evidence` how much of it is proven,
    and `has_ended` whether the run has.
    """
    if board is None:
        return no_figures(plan)
    is_drilled = board.environment is Environment.REHEARSAL
    proven = proven_by(store.actions(board.run)) if is_drilled else None
    told = inputs.newest.get(MONEY)
    return Figures(
        kpis=measure(plan, board, inputs, proven=proven, now=now, evidence=evidence, has_ended=has_ended),
        proven=proven,
        money=None if told is None else told.sample,
    )
