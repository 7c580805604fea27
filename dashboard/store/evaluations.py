"""Evaluations and flips: what was judged, from what, and when a verdict changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from collectors.observation import Environment
from dashboard.launch.board import Board, Flip, Verdict
from dashboard.store import events, leases, outbox
from dashboard.store.content import board_from
from dashboard.store.errors import UnstorableError, WrongEnvironmentError
from dashboard.store.samples import newest_id
from dashboard.store.tables import EvaluationRow, FlipRow, KeptRow, LeaseRow, RunRow
from dashboard.store.values import COLLECTORS, Head, StoredBoard, StoredEvaluation


def append(
    session: Session,
    run_id: int,
    board: Board,
    *,
    memory: bytes,
    flips: Sequence[Flip],
    inputs: Sequence[int],
    environment: Environment,
) -> None:
    """Append one evaluation with its flips, and mark what the flips rest on as kept for ever."""
    _refuse_strange(run_id, board, flips=flips, environment=environment)
    session.add(
        EvaluationRow(
            run_id=run_id,
            evaluation=board.evaluation,
            evaluated_at=board.evaluated_at,
            verdict=board.verdict.value,
            hash=board.hash,
            inputs=_ids(inputs),
            memory=memory,
            content=board.encode().decode(),
        )
    )
    session.flush()
    session.add_all(_flip_row(run_id, flip) for flip in flips)
    kept = {sample for flip in flips for sample in flip.inputs} | (set(inputs) if flips else set())
    session.add_all(
        KeptRow(sample_id=key, run_id=run_id, evaluation=board.evaluation) for key in sorted(kept)
    )


def head(session: Session, run_id: int) -> Head | None:
    """How far the run has come, in one query; None where there is no such run."""
    newest = (
        select(EvaluationRow.evaluation, EvaluationRow.evaluated_at)
        .where(EvaluationRow.run_id == run_id)
        .order_by(col(EvaluationRow.evaluation).desc())
        .limit(1)
        .subquery()
    )
    lease = (col(LeaseRow.heartbeat_at), col(LeaseRow.holder), *leases.TIME_BASE)
    query = (
        columns(
            *newest.c,
            newest_id(run_id).label("sample_id"),
            events.newest_seq(run_id).label("event_seq"),
            outbox.newest_attempt(run_id).label("delivery_id"),
            *lease,
        )
        .select_from(RunRow)
        .outerjoin(newest, col(RunRow.id) == run_id)
        .outerjoin(LeaseRow, col(LeaseRow.name) == COLLECTORS)
        .where(col(RunRow.id) == run_id)
    )
    row = session.execute(query).mappings().first()
    if row is None:
        return None
    told = {name: value for name, value in row.items() if name not in leases.TIME_BASE_NAMES}
    return Head(**told, time_base=leases.anchor_of(row))


def board(session: Session, run_id: int, evaluation: int | None) -> StoredBoard | None:
    """One evaluation, or the newest; None where there is none, or where thinning has taken it."""
    query = select(EvaluationRow).where(EvaluationRow.run_id == run_id)
    if evaluation is not None:
        query = query.where(EvaluationRow.evaluation == evaluation)
    row = session.exec(query.order_by(col(EvaluationRow.evaluation).desc()).limit(1)).first()
    if row is None:
        return None
    return StoredBoard(board=board_from(row.content), memory=row.memory, inputs=_from_ids(row.inputs))


def after(session: Session, run_id: int, evaluation: int, *, limit: int) -> list[StoredEvaluation]:
    """The evaluations after this one, oldest first."""
    query = _as_stored(run_id).where(col(EvaluationRow.evaluation) > evaluation)
    rows = session.execute(query.order_by(col(EvaluationRow.evaluation)).limit(limit))
    return [_stored(row) for row in rows]


def at(session: Session, run_id: int, moment: datetime) -> StoredEvaluation | None:
    """The newest evaluation at or before this moment."""
    of_run = EvaluationRow.run_id == run_id
    last = select(func.max(EvaluationRow.evaluated_at)).where(of_run, EvaluationRow.evaluated_at <= moment)
    # One step may judge several answers at the same instant.
    newest = select(func.max(EvaluationRow.evaluation)).where(
        of_run, EvaluationRow.evaluated_at == last.scalar_subquery()
    )
    query = _as_stored(run_id).where(col(EvaluationRow.evaluation) == newest.scalar_subquery())
    row = session.execute(query).first()
    return None if row is None else _stored(row)


def flips_between(session: Session, run_id: int, after: int, upto: int) -> dict[int, tuple[Flip, ...]]:
    """The flips of the evaluations after `after` up to `upto`, by evaluation, as they were recorded."""
    query = select(FlipRow).where(
        FlipRow.run_id == run_id, col(FlipRow.evaluation) > after, col(FlipRow.evaluation) <= upto
    )
    found: dict[int, tuple[Flip, ...]] = {}
    for row in session.exec(query.order_by(col(FlipRow.id))):
        found[row.evaluation] = (*found.get(row.evaluation, ()), _flip(row))
    return found


def flips(session: Session, run_id: int, *, limit: int, upto: int | None = None) -> list[Flip]:
    """The newest flips, newest first; those up to this evaluation, if one is named."""
    newest_first = (col(FlipRow.evaluation).desc(), col(FlipRow.id).desc())
    query = select(FlipRow).where(FlipRow.run_id == run_id)
    if upto is not None:
        query = query.where(col(FlipRow.evaluation) <= upto)
    return [_flip(row) for row in session.exec(query.order_by(*newest_first).limit(limit))]


def _as_stored(run_id: int) -> Any:
    # Columns alone: building a row object costs more than reading it.
    names = (field.name for field in fields(StoredEvaluation))
    return columns(*(getattr(EvaluationRow, name) for name in names)).where(
        col(EvaluationRow.run_id) == run_id
    )


def _stored(row: Any) -> StoredEvaluation:
    return StoredEvaluation(**(row._asdict() | {"inputs": _from_ids(row.inputs)}))


def _refuse_strange(run_id: int, board: Board, *, flips: Sequence[Flip], environment: Environment) -> None:
    if board.environment != environment:
        raise WrongEnvironmentError(
            f"Got a board of the {board.environment} environment, expected {environment} like the store; "
            "judge the run that this store holds."
        )
    strange = {board.run} - {run_id} or {flip.evaluation for flip in flips} - {board.evaluation}
    if strange:
        raise UnstorableError(
            f"Got a board or flips of {sorted(strange)}, expected run {run_id} and evaluation "
            f"{board.evaluation} throughout; hand over what one evaluation gave."
        )


def _flip_row(run_id: int, flip: Flip) -> FlipRow:
    return FlipRow(
        run_id=run_id,
        evaluation=flip.evaluation,
        at=flip.at,
        gate=flip.gate,
        before=flip.before.value,
        after=flip.after.value,
        reason=flip.reason,
        inputs=_ids(flip.inputs),
    )


def _flip(row: FlipRow) -> Flip:
    return Flip(
        evaluation=row.evaluation,
        at=row.at,
        gate=row.gate,
        before=Verdict(row.before),
        after=Verdict(row.after),
        reason=row.reason,
        inputs=_from_ids(row.inputs),
    )


def _ids(ids: Sequence[int]) -> str:
    return msgspec.json.encode(list(ids)).decode()


def _from_ids(content: str) -> tuple[int, ...]:
    return msgspec.json.decode(content, type=tuple[int, ...])
