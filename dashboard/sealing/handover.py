"""What finance and whoever comes later are handed at the end: the figures at a stated cut-off, frozen.

Integers and text alone; what is not known is said to be not known, with the reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard.finance.values import FinancePanel, Liability, Takings
from dashboard.launch.board import Board
from dashboard.launch.kpi import Kpi
from evidence.record import time_text


def handover(
    *, at: datetime, board: Board | None, kpis: tuple[Kpi, ...], money: FinancePanel | str
) -> dict[str, Any]:
    """All of it, as JSON; `money` is why there are no books, where there are none."""
    return {
        "cut_off": time_text(at),
        "board": None if board is None else _board(board),
        "kpis": [_kpi(each) for each in kpis],
        "money": {"why": money} if isinstance(money, str) else _money(money),
    }


def _board(board: Board) -> dict[str, Any]:
    return {
        "verdict": board.verdict.value,
        "evaluation": board.evaluation,
        "evaluated_at": time_text(board.evaluated_at),
        "hash": board.hash,
        "gates": [
            {
                "id": gate.id,
                "title": gate.title,
                "verdict": gate.verdict.value,
                "mandatory": gate.mandatory,
                "reason": gate.reason,
            }
            for gate in board.gates
        ],
    }


def _kpi(kpi: Kpi) -> dict[str, Any]:
    return {
        "id": kpi.id,
        "title": kpi.title,
        "target": kpi.target,
        "state": kpi.state.value,
        "value": kpi.value,
        "why": kpi.why,
        "k": kpi.k,
        "n": kpi.n,
        "counted": kpi.counted,
        "window": kpi.window,
        "source": kpi.source,
    }


def _money(panel: FinancePanel) -> dict[str, Any]:
    return {
        "why": panel.why or panel.broken,
        "currency": panel.currency,
        "since": time_text(panel.since),
        "stripe_as_of": None if panel.stripe.at is None else time_text(panel.stripe.at),
        "ledger_as_of": None if panel.ledger.at is None else time_text(panel.ledger.at),
        "blind": list(panel.blind),
        "classes": [
            {
                "class": line.found.value,
                "currency": line.currency,
                "count": line.count,
                "stripe_cents": line.stripe_cents,
                "ledger_cents": line.ledger_cents,
                "drift_cents": line.drift_cents,
            }
            for line in panel.lines
        ],
        "unmatched": [{"id": row.id, "class": row.found.value, "age_s": row.age_s} for row in panel.rows],
        "unmatched_in_all": panel.found,
        "takings": None if panel.takings is None else _takings(panel.takings),
        "liability": None if panel.liability is None else _liability(panel.liability),
        "denials_of_paying": None if panel.denials is None else panel.denials.of_paying,
    }


def _takings(takings: Takings) -> dict[str, Any]:
    return {
        "gross_cents": takings.gross_cents,
        "fee_cents": takings.fee_cents,
        "net_cents": takings.net_cents,
        "fees_pending": takings.fees_pending,
        "refunded_cents": takings.refunded_cents,
        "disputed_cents": takings.disputed_cents,
    }


def _liability(liability: Liability) -> dict[str, Any]:
    return {
        "purchased": liability.purchased,
        "used": liability.used,
        "taken_back": liability.taken_back,
        "other": liability.other,
        "net": liability.net,
    }
