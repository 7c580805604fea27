"""Reads from the store what KPIs are measured from, and which gates were proven by a drill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.observation import Environment, Sample
from dashboard.launch.board import Board
from dashboard.launch.inputs import Inputs
from dashboard.launch.kpi import Kpi
from dashboard.launch.measuring import looked_back, measure, unmeasured
from dashboard.launch.plan import Plan
from dashboard.launch.signals import MONEY
from dashboard.proving import proven_by
from dashboard.recorder import WINDOW_LIMIT
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


def figures(store: Store, plan: Plan, board: Board | None, *, now: datetime) -> Figures:
    """The figures beside this board, as they stand now. Raises `StoreError`."""
    if board is None:
        return no_figures(plan)
    is_drilled = board.environment is Environment.REHEARSAL
    proven = proven_by(store.actions(board.run)) if is_drilled else None
    inputs = _inputs(store, board.run, plan, now)
    told = inputs.newest.get(MONEY)
    return Figures(
        kpis=measure(plan, board, inputs, proven=proven, now=now),
        proven=proven,
        money=None if told is None else told.sample,
    )


def _inputs(store: Store, run_id: int, plan: Plan, now: datetime) -> Inputs:
    needed = dict(looked_back(plan))
    if plan.money is not None:
        needed.setdefault(MONEY, 0)
    newest = {probe: store.newest_of(run_id, probe, limit=1) for probe in needed}
    windows = {
        probe: store.samples_since(run_id, probe, since=now - timedelta(seconds=window_s), limit=WINDOW_LIMIT)
        for probe, window_s in needed.items()
        if window_s
    }
    return Inputs(
        newest={probe: found[0] for probe, found in newest.items() if found},
        windows={probe: tuple(found) for probe, found in windows.items()},
    )
