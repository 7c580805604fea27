"""What the Webhooks page is shown: the hops as shares, and the payments behind each cell of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collectors.money import WebhookReceipt
from dashboard.launch.money.hops import Cell, cells
from dashboard.launch.money.interval import wilson
from dashboard.launch.money.notifying import Notified
from dashboard.launch.money.truth import Share, Told, Truth

NO_RECEIPTS = "not applicable: the plan names no receipt log"
NONE_RECEIVED = "not applicable: the receiver logged no delivery of an event in the window"
SHOWN_IDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """One cell with the payments in it, the oldest first; `more` of them are not listed."""

    cell: Cell
    n: int
    told: tuple[Told, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPanel:
    """The hops of a window. `rows` are the cells that hold a payment, what is wrong first; `young` are
    younger than `grace_s`, and so in a cell but in no share; `blind` says what could not be read.
    """

    truth: Truth
    rows: tuple[CellRow, ...]
    grace_s: int
    young: int
    first_tries: Share
    notified: Notified
    endpoints: int | None
    month_requests: int
    blind: tuple[str, ...]
    judged_at: datetime


def rows_of(told: Iterable[Told]) -> tuple[CellRow, ...]:
    """Every cell that holds a payment: a failure first, then what is open, what is right last."""
    by_name: dict[str, list[Told]] = {}
    for each in sorted(told, key=lambda one: (one.created, one.payment_intent)):
        by_name.setdefault(each.cell.name, []).append(each)
    order = {each.name: place for place, each in enumerate(cells())}
    names = sorted(by_name, key=lambda name: (_worst(by_name[name]), order[name]))
    return tuple(_row(by_name[name]) for name in names)


def first_tries(receipts: Iterable[WebhookReceipt], *, good: Iterable[str], events: Iterable[str]) -> Share:
    """Of the events that the receiver logged, how many ended well at their first delivery."""
    wanted, well = set(events), set(good)
    first: dict[str, WebhookReceipt] = {}
    for receipt in receipts:
        if receipt.event in wanted:
            earlier = first.get(receipt.event)
            if earlier is None or receipt.received_at < earlier.received_at:
                first[receipt.event] = receipt
    n, k = len(first), sum(receipt.result in well for receipt in first.values())
    if n == 0:
        return Share(k=None, n=0, why=NONE_RECEIVED)
    return Share(k=k, n=n, least_k=k, interval=wilson(k, n))


_SEVERITY: Mapping[str, int] = {"FAIL": 0, "ERROR": 1, "INSUFFICIENT": 2, "PASS": 3}


def _worst(told: list[Told]) -> int:
    results = {result for each in told for result in (each.cell.money, each.cell.webhook)}
    return min(_SEVERITY[result.value] for result in results)


def _row(told: list[Told]) -> CellRow:
    worst = min(told, key=lambda each: (_SEVERITY[each.cell.webhook.value], each.created))
    return CellRow(
        cell=worst.cell, n=len(told), told=tuple(told[:SHOWN_IDS]), more=max(0, len(told) - SHOWN_IDS)
    )
