"""Samples: appended once, read newest first, since a time, or after an id.

Every query walks an index from the end that it needs, so that it costs the same however much is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ScalarSelect, func, insert
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from collectors.observation import CollectorFailure, Environment, Observation, Sample
from dashboard.launch.inputs import Input
from dashboard.store.content import content_bytes, is_altered, sample_from
from dashboard.store.errors import WrongEnvironmentError
from dashboard.store.tables import SampleRow
from dashboard.store.values import StoredInput


def append(
    session: Session, run_id: int, samples: Sequence[Sample], *, environment: Environment
) -> tuple[int, ...]:
    """Append all of them; their ids, in the same order."""
    if not samples:
        return ()
    rows = [_values(run_id, sample, environment=environment) for sample in samples]
    ids = session.execute(insert(SampleRow).returning(col(SampleRow.id), sort_by_parameter_order=True), rows)
    return tuple(ids.scalars())


def newest(session: Session, run_id: int) -> dict[str, Input]:
    """The newest sample of every probe that was ever asked in the run."""
    rows = session.exec(select(SampleRow).where(col(SampleRow.id).in_(newest_ids(run_id))))
    return {row.probe: _stored(row) for row in sorted(rows, key=lambda row: row.probe)}


def newest_of(session: Session, run_id: int, probe: str, *, limit: int) -> list[Input]:
    """The newest samples of one probe, newest first."""
    query = select(SampleRow).where(SampleRow.run_id == run_id, SampleRow.probe == probe)
    return _read(session, query.order_by(col(SampleRow.id).desc()).limit(limit))


def since(session: Session, run_id: int, probe: str, *, at: datetime, limit: int) -> list[Input]:
    """The newest samples of one probe observed at or after `at`, oldest first."""
    query = select(SampleRow).where(SampleRow.run_id == run_id, SampleRow.probe == probe)
    query = query.where(SampleRow.observed_at >= at)
    newest_first = query.order_by(col(SampleRow.observed_at).desc(), col(SampleRow.id).desc())
    return _read(session, newest_first.limit(limit))[::-1]


def after(session: Session, run_id: int, sample_id: int, *, limit: int) -> list[Input]:
    """What was recorded after this id, in the order of recording."""
    query = select(SampleRow).where(SampleRow.run_id == run_id, col(SampleRow.id) > sample_id)
    return _read(session, query.order_by(col(SampleRow.id)).limit(limit))


def verified_after(session: Session, run_id: int, sample_id: int, *, limit: int) -> list[StoredInput]:
    """The same as `after`, each checked against its hash."""
    query = _as_stored(run_id).where(col(SampleRow.id) > sample_id)
    return [_verified(row) for row in session.execute(query.order_by(col(SampleRow.id)).limit(limit))]


def verified(session: Session, run_id: int, ids: Sequence[int]) -> list[StoredInput]:
    """The samples with these ids that are still there, each checked against its hash."""
    query = _as_stored(run_id).where(col(SampleRow.id).in_(ids))
    return sorted(map(_verified, session.execute(query)), key=lambda stored: stored.input.id)


def verified_upto(
    session: Session, run_id: int, probe: str, *, since: datetime, upto: int, limit: int
) -> list[StoredInput]:
    """The newest samples of one probe up to this id that were observed at or after `since`, by id."""
    query = _as_stored(run_id).where(col(SampleRow.probe) == probe, col(SampleRow.id) <= upto)
    query = query.where(col(SampleRow.observed_at) >= since).order_by(col(SampleRow.id).desc())
    return [_verified(row) for row in session.execute(query.limit(limit))][::-1]


def failures(session: Session, run_id: int, source: str, *, limit: int) -> list[Input]:
    """The newest failures of one source, newest first."""
    query = select(SampleRow).where(
        SampleRow.run_id == run_id, SampleRow.source == source, ~col(SampleRow.ok)
    )
    return _read(session, query.order_by(col(SampleRow.id).desc()).limit(limit))


def newest_id(run_id: Any) -> ScalarSelect[int | None]:
    """The id of the run's newest sample, as a subquery."""
    query = select(SampleRow.id).where(SampleRow.run_id == run_id)
    return query.order_by(col(SampleRow.id).desc()).limit(1).scalar_subquery()


def newest_before(session: Session, run_id: int, moment: datetime) -> int:
    """The id of the newest sample that was observed before this moment, 0 before the first."""
    query = select(SampleRow.id).where(SampleRow.run_id == run_id, SampleRow.observed_at < moment)
    return session.exec(query.order_by(col(SampleRow.id).desc()).limit(1)).first() or 0


def newest_ids(run_id: int) -> Any:
    """The ids of the newest sample of every probe, as a query: one look into the index a probe."""
    probes = probes_of(run_id)
    of_probe = (
        select(func.max(SampleRow.id))
        .where(SampleRow.run_id == run_id, SampleRow.probe == probes.c.probe)
        .correlate(probes)
        .scalar_subquery()
    )
    return select(of_probe).select_from(probes).where(probes.c.probe.is_not(None))


def probes_of(run_id: int) -> CTE:
    """The probes of a run, found by jumping from one to the next in the index instead of reading it all.

    The last row is NULL.
    """
    first = select(func.min(SampleRow.probe).label("probe")).where(SampleRow.run_id == run_id)
    probes = first.cte(recursive=True)  # without a name: one statement may need it twice
    following = (
        select(func.min(SampleRow.probe))
        .where(SampleRow.run_id == run_id, SampleRow.probe > probes.c.probe)
        .correlate(probes)
        .scalar_subquery()
    )
    return probes.union_all(select(following).select_from(probes).where(probes.c.probe.is_not(None)))


def _values(run_id: int, sample: Sample, *, environment: Environment) -> dict[str, Any]:
    if sample.environment != environment:
        raise WrongEnvironmentError(
            f"Got a sample of {sample.probe!r} from the {sample.environment} environment, expected "
            f"{environment} like the store; ask the services of that environment only."
        )
    content = content_bytes(sample)
    return {
        "run_id": run_id,
        "probe": sample.probe,
        "source": sample.source,
        "observed_at": sample.observed_at,
        "elapsed_ms": sample.elapsed_ms,
        "ok": isinstance(sample, Observation),
        "reason": sample.reason.value if isinstance(sample, CollectorFailure) else None,
        "content": content.decode(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _read(session: Session, query: Any) -> list[Input]:
    return [_stored(row) for row in session.exec(query)]


def _as_stored(run_id: int) -> Any:
    # Columns alone: building a row object costs more than reading it.
    wanted = (col(SampleRow.id), col(SampleRow.content), col(SampleRow.sha256))
    return columns(*wanted).where(col(SampleRow.run_id) == run_id)


def _verified(row: Any) -> StoredInput:
    return StoredInput(input=_stored(row), altered=is_altered(row.content, row.sha256))


def _stored(row: SampleRow) -> Input:
    return Input(id=row.id or 0, sample=sample_from(row.content), sha256=row.sha256)
