"""The addresses of the API: one table, of which the routes are made and its OpenAPI document is written.

Each asks the control room what a page asks it, as the person who asks; nothing here reads a store.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from dashboard.access import Scope
from dashboard.api import answers, evidence_answer, openapi, trace_answer
from dashboard.api.address import BEFORE, LIMIT, Address, Question
from dashboard.api.answers import Told
from dashboard.api.parameters import Name, Number
from dashboard.api.shapes import shape_of
from dashboard.document import FIELDS, board_document
from dashboard.launch.money.trace import HopState
from dashboard.launch.view import View
from dashboard.room import RefusedError, UnknownError


def _board(asked: Question) -> bytes:
    return board_document(asked.room.view())


def _runs(asked: Question) -> Told:
    room, limit = asked.room, asked.limit
    found = room.runs(asked.person, before=asked.numbers[BEFORE], limit=limit + 1)
    return answers.runs(found, room.view(), asked.now, limit=limit)


def _flips(asked: Question) -> Told:
    run, before = asked.numbers["run"], asked.numbers[BEFORE]
    found = asked.room.flips(asked.person, run, before=before, limit=asked.limit)
    return answers.flips(found, asked.now)


def _evidence(asked: Question) -> Told:
    desk = asked.room.evidence
    if desk is None:
        raise RefusedError("Nothing seals evidence here; start golive with its keys.")
    return evidence_answer.evidence(desk.panel(asked.person))


def _trace(asked: Question) -> Told:
    room = asked.room
    if room.plan.money is None:
        raise RefusedError("The plan has no [money], so that no payment is read that could be traced.")
    panel = room.first_dollar(asked.person, asked.name)
    if not panel.kept:
        charge = panel.trace.hops[0]
        if charge.state is HopState.UNKNOWN:
            raise RefusedError(f"No payment is known by this id, and there may be one: {charge.said}.")
        raise UnknownError("No payment is known by this id.")
    return trace_answer.traced(panel, room.view())


def _openapi(asked: Question) -> bytes:
    return _document(asked.below)


@cache
def _document(below: str) -> bytes:
    return openapi.document(ADDRESSES, below=below)


def _before(what: str) -> Number:
    return Number(name=BEFORE, said=f"Only {what}; the `next_before` of the answer before this one.")


def _limit(default: int, most: int) -> Number:
    return Number(name=LIMIT, said="So many at the most.", default=default, most=most)


ADDRESSES = (
    Address(
        path="/board",
        name="board",
        said="What the Control room shows: the verdict, the one sentence why, and every gate with its rules.",
        scopes=(Scope.BOARD,),
        shape=shape_of("ShownBoard", View, FIELDS),
        ask=_board,
        reads_the_store=False,
    ),
    Address(
        path="/runs",
        name="runs",
        said="Every run of the store, the newest first.",
        scopes=(Scope.RUNS,),
        shape=answers.Runs,
        ask=_runs,
        query=(_before("runs before this number"), _limit(50, 200)),
    ),
    Address(
        path="/flips",
        name="flips",
        said="Every flip of a run, the newest first.",
        scopes=(Scope.FLIPS,),
        shape=answers.Flips,
        ask=_flips,
        query=(
            Number(name="run", said="The run; the one that is followed where it is left out."),
            _before("flips before this evaluation"),
            _limit(100, 500),
        ),
        may_not_be_there=True,
    ),
    Address(
        path="/evidence",
        name="evidence",
        said="How each item that must be proven of the run that is followed stands, and its log.",
        scopes=(Scope.EVIDENCE,),
        shape=evidence_answer.Evidence,
        ask=_evidence,
    ),
    Address(
        path="/trace/{id}",
        name="trace",
        said="One payment traced through its hops, as it stands now.",
        scopes=(Scope.TRACE,),
        shape=trace_answer.Trace,
        ask=_trace,
        part=Name(
            name="id",
            said="The payment intent (pi_…), the checkout session (cs_…), or the id that the shop itself "
            "gave the purchase: the `correlation_id` of its metadata.",
        ),
        may_not_be_there=True,
    ),
    Address(
        path="/openapi.json",
        name="openapi",
        said="This document.",
        scopes=tuple(Scope),
        shape=dict[str, Any],
        ask=_openapi,
        reads_the_store=False,
    ),
)
