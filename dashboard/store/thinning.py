"""Takes away what is old and says nothing new, by the rule that `Store.thin` states.

One call looks at a bounded stretch of time and remembers how far it came, so that it never locks for long
and never reads the same minutes twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Executable, and_, delete, func, or_, true, type_coerce
from sqlmodel import Session, col, select

from dashboard.store import events
from dashboard.store.samples import newest_ids, probes_of
from dashboard.store.tables import EvaluationRow, FlipRow, KeptRow, SampleRow, ThinnedRow, ThinningRow
from dashboard.store.values import ThinnedTo

_MINUTE = timedelta(minutes=1)
_MINUTE_US = 60_000_000
BEFORE_T_0 = timedelta(hours=1)
"""The longest that a rule of a launch may look back, and the preflight that led to it."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Whole minutes, from `start` up to but not including `end`; `last` if none is left after them."""

    start: datetime
    end: datetime
    last: bool


def thin_samples(session: Session, run_id: int, *, before: datetime, minutes: int) -> tuple[int, bool]:
    """How many samples went, and whether every minute before `before` is done."""
    mark = _mark(session, run_id)
    oldest = session.scalar(_oldest_sample(run_id, since=mark.samples_before or _BEGINNING))
    stretch = _stretch(oldest, before=before, minutes=minutes)
    if stretch is None:
        return 0, True
    outside = _not_of_launch(session, run_id, col(SampleRow.observed_at))
    surplus = and_(col(SampleRow.id).in_(_surplus_samples(run_id, stretch)), outside)
    not_newest = col(SampleRow.id).not_in(newest_ids(run_id))
    gone = _delete(session, run_id, delete(SampleRow).where(surplus, not_newest).returning(col(SampleRow.id)))
    mark.samples_before = stretch.end
    return gone, stretch.last


def thin_evaluations(session: Session, run_id: int, *, before: datetime, minutes: int) -> tuple[int, bool]:
    """How many evaluations went, and whether every minute before `before` is done."""
    mark = _mark(session, run_id)
    since = mark.boards_before or _BEGINNING
    oldest = select(func.min(EvaluationRow.evaluated_at))
    oldest = oldest.where(EvaluationRow.run_id == run_id, EvaluationRow.evaluated_at >= since)
    stretch = _stretch(session.scalar(oldest), before=before, minutes=minutes)
    if stretch is None:
        return 0, True
    outside = _not_of_launch(session, run_id, col(EvaluationRow.evaluated_at))
    surplus = and_(col(EvaluationRow.evaluation).in_(_surplus_evaluations(run_id, stretch)), outside)
    of_run = col(EvaluationRow.run_id) == run_id
    evaluation = col(EvaluationRow.evaluation)
    gone = _delete(session, run_id, delete(EvaluationRow).where(of_run, surplus).returning(evaluation))
    mark.boards_before = stretch.end
    return gone, stretch.last


def thinned_to(session: Session, run_id: int) -> ThinnedTo:
    """Up to when the run has been thinned."""
    mark = session.get(ThinnedRow, run_id) or ThinnedRow(run_id=run_id)
    whole_from, whole_to = _whole(session, run_id) or (None, None)
    return ThinnedTo(
        samples_before=mark.samples_before,
        boards_before=mark.boards_before,
        whole_from=whole_from,
        whole_to=whole_to,
    )


def _whole(session: Session, run_id: int) -> tuple[datetime, datetime | None] | None:
    """The time of which everything stays: the launch, and what its first evaluations looked back on."""
    launch = events.launch_of(session, run_id)
    return None if launch is None else (launch[0] - BEFORE_T_0, launch[1])


def _not_of_launch(session: Session, run_id: int, at: Any) -> Any:
    """A condition that is false of whatever belongs to the launch of this run."""
    whole = _whole(session, run_id)
    if whole is None:
        return true()
    begin, end = whole
    return at < begin if end is None else or_(at < begin, at > end)


def _surplus_samples(run_id: int, stretch: Stretch) -> Any:
    probes = probes_of(run_id)
    # A failure outlives an answer of the same minute: thinning must not make the past look better.
    rank = func.row_number().over(
        partition_by=(SampleRow.probe, _minute(SampleRow.observed_at)),
        order_by=(col(SampleRow.ok), col(SampleRow.id)),
    )
    ranked = (
        select(SampleRow.id, rank.label("rank"))
        .join(probes, probes.c.probe == SampleRow.probe)
        .where(SampleRow.run_id == run_id)
        .where(SampleRow.observed_at >= stretch.start, SampleRow.observed_at < stretch.end)
        .subquery()
    )
    kept = select(KeptRow.sample_id).where(KeptRow.sample_id == ranked.c.id).exists()
    return select(ranked.c.id).where(ranked.c.rank > 1, ~kept)


def _surplus_evaluations(run_id: int, stretch: Stretch) -> Any:
    # The evaluation before a flip has the memory that the flip was made from.
    flipped = col(FlipRow.evaluation).in_((EvaluationRow.evaluation, col(EvaluationRow.evaluation) + 1))
    same = (FlipRow.run_id == run_id, flipped)
    newest = (
        select(func.max(EvaluationRow.evaluation)).where(EvaluationRow.run_id == run_id).scalar_subquery()
    )
    rank = func.row_number().over(
        partition_by=_minute(EvaluationRow.evaluated_at), order_by=col(EvaluationRow.evaluation)
    )
    ranked = (
        select(EvaluationRow.evaluation, rank.label("rank"))
        .where(EvaluationRow.run_id == run_id, EvaluationRow.evaluation != newest)
        .where(EvaluationRow.evaluated_at >= stretch.start, EvaluationRow.evaluated_at < stretch.end)
        .where(~select(FlipRow.id).where(*same).exists())
        .subquery()
    )
    return select(ranked.c.evaluation).where(ranked.c.rank > 1)


def _oldest_sample(run_id: int, *, since: datetime) -> Any:
    probes = probes_of(run_id)
    of_probe = (
        select(func.min(SampleRow.observed_at).label("at"))
        .where(SampleRow.run_id == run_id, SampleRow.probe == probes.c.probe, SampleRow.observed_at >= since)
        .correlate(probes)
        .scalar_subquery()
    )
    return select(func.min(of_probe)).select_from(probes).where(probes.c.probe.is_not(None))


def _stretch(oldest: datetime | None, *, before: datetime, minutes: int) -> Stretch | None:
    limit = _floor(before)
    if oldest is None or oldest >= limit:
        return None
    start = _floor(oldest)
    end = min(limit, start + minutes * _MINUTE)
    return Stretch(start=start, end=end, last=end == limit)


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _minute(at: Any) -> Any:
    return type_coerce(at, BigInteger) // _MINUTE_US


def _mark(session: Session, run_id: int) -> ThinnedRow:
    mark = session.get(ThinnedRow, run_id)
    if mark is None:
        mark = ThinnedRow(run_id=run_id)
        session.add(mark)
        session.flush()
    return mark


def _delete(session: Session, run_id: int, statement: Executable) -> int:
    """Delete past the triggers, which let it through only while our row is in golive_thinning."""
    permit = ThinningRow(run_id=run_id)
    session.add(permit)
    session.flush()
    # The driver of SQLite counts no rows of a statement that begins with WITH, so they are handed back.
    gone = session.execute(statement, execution_options={"synchronize_session": False}).all()
    session.delete(permit)
    session.flush()
    return len(gone)
