"""The tables, and nothing but the tables; migrations create them, queries read and write them.

The prefix keeps them apart from other tables where PostgreSQL is shared.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, ForeignKeyConstraint, Index, Integer, Text, text
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from dashboard.store.content import utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime as microseconds since 1970: exact, ordered, and the same on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else (utc(value) - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Base(SQLModel, registry=registry()):
    """A registry of our own: after Streamlit's hot reload the tables are defined anew, not twice."""


def _key() -> Any:
    # SQLite gives ascending ids that are never used again only to a column that is exactly INTEGER.
    return Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


_NEVER_AGAIN = {"sqlite_autoincrement": True}


class IdentityRow(Base, table=True):
    """What this database is: one row, written when it is made."""

    __tablename__ = "golive_identity"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    environment: str
    opened_by: str


class PlanRow(Base, table=True):
    """The text of every plan that was ever run, by its hash."""

    __tablename__ = "golive_plan"

    sha256: str = Field(primary_key=True)
    plan_id: str
    content: str = Field(sa_type=Text)


class RunRow(Base, table=True):
    """At most one run is open: a changed plan closes the one before."""

    __tablename__ = "golive_run"
    __table_args__ = (_NEVER_AGAIN,)

    id: int | None = Field(default=None, sa_column=_key())
    environment: str
    plan_id: str
    plan_sha256: str = Field(foreign_key="golive_plan.sha256")
    attempt: int
    started_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class SampleRow(Base, table=True):
    """Columns are an index only; `content` is the sample."""

    __tablename__ = "golive_sample"
    __table_args__ = (
        Index("golive_sample_by_run", "run_id", "id"),
        Index("golive_sample_by_probe", "run_id", "probe", "id"),
        Index("golive_sample_by_time", "run_id", "probe", "observed_at"),
        Index(
            "golive_sample_failed",
            "run_id",
            "source",
            "id",
            sqlite_where=text("ok = 0"),
            postgresql_where=text("NOT ok"),
        ),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, sa_column=_key())
    run_id: int = Field(foreign_key="golive_run.id", sa_type=BigInteger)
    probe: str
    source: str
    observed_at: datetime = Field(sa_type=Instant)
    elapsed_ms: int = Field(sa_type=BigInteger)
    ok: bool
    reason: str | None
    content: str = Field(sa_type=Text)
    sha256: str


class EvaluationRow(Base, table=True):
    """One evaluation; `inputs` is a JSON list of sample ids."""

    __tablename__ = "golive_evaluation"
    __table_args__ = (Index("golive_evaluation_by_time", "run_id", "evaluated_at"),)

    run_id: int = Field(primary_key=True, foreign_key="golive_run.id", sa_type=BigInteger)
    evaluation: int = Field(primary_key=True, sa_type=BigInteger)
    evaluated_at: datetime = Field(sa_type=Instant)
    verdict: str
    hash: str
    inputs: str = Field(sa_type=Text)
    memory: bytes
    content: str = Field(sa_type=Text)


class FlipRow(Base, table=True):
    """A change of a gate's verdict; `inputs` is a JSON list of sample ids."""

    __tablename__ = "golive_flip"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "evaluation"], ["golive_evaluation.run_id", "golive_evaluation.evaluation"]
        ),
        Index("golive_flip_by_evaluation", "run_id", "evaluation"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, sa_column=_key())
    run_id: int = Field(sa_type=BigInteger)
    evaluation: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)
    gate: str
    before: str
    after: str
    reason: str = Field(sa_type=Text)
    inputs: str = Field(sa_type=Text)


class KeptRow(Base, table=True):
    """A sample that a flip rests on; the foreign key keeps thinning, and anybody else, from taking it."""

    __tablename__ = "golive_kept"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "evaluation"], ["golive_evaluation.run_id", "golive_evaluation.evaluation"]
        ),
    )

    sample_id: int = Field(primary_key=True, foreign_key="golive_sample.id", sa_type=BigInteger)
    run_id: int = Field(primary_key=True, sa_type=BigInteger)
    evaluation: int = Field(primary_key=True, sa_type=BigInteger)


class LeaseRow(Base, table=True):
    """Who may write, by what time base, and at which pace of the T-clock. `holder` is None when nobody does;
    the rest stays.
    """

    __tablename__ = "golive_lease"

    name: str = Field(primary_key=True)
    holder: str | None
    token: int = Field(sa_type=BigInteger)
    until: datetime | None = Field(sa_type=Instant)
    heartbeat_at: datetime | None = Field(sa_type=Instant)
    boot: str | None = None
    boot_ns: int | None = Field(default=None, sa_type=BigInteger)
    wall_ns: int | None = Field(default=None, sa_type=BigInteger)
    pace: int | None = Field(default=None, sa_type=BigInteger)


class RequestRow(Base, table=True):
    """A probe that a person started; `taken_at` is set once."""

    __tablename__ = "golive_request"
    __table_args__ = (Index("golive_request_open", "run_id", "taken_at"), _NEVER_AGAIN)

    id: int | None = Field(default=None, sa_column=_key())
    run_id: int = Field(foreign_key="golive_run.id", sa_type=BigInteger)
    probe: str
    actor: str
    role: str
    identity: str
    requested_at: datetime = Field(sa_type=Instant)
    taken_at: datetime | None = Field(default=None, sa_type=Instant)


class ActionRow(Base, table=True):
    """Something that a person did."""

    __tablename__ = "golive_action"
    __table_args__ = (Index("golive_action_by_run", "run_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, sa_column=_key())
    run_id: int = Field(foreign_key="golive_run.id", sa_type=BigInteger)
    actor: str
    role: str
    identity: str
    what: str
    detail: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class EventRow(Base, table=True):
    """One event of a run's log; `seq` counts from 1 within the run, without a gap."""

    __tablename__ = "golive_event"

    run_id: int = Field(primary_key=True, foreign_key="golive_run.id", sa_type=BigInteger)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    event_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    what: str
    actor: str
    role: str
    identity: str
    subject: str
    before: str
    after: str
    reason: str = Field(sa_type=Text)
    attempt: int = Field(sa_type=BigInteger)
    plan_sha256: str
    board_hash: str | None
    evaluation: int | None = Field(default=None, sa_type=BigInteger)
    mark_s: int | None = Field(default=None, sa_type=BigInteger)
    until: datetime | None = Field(default=None, sa_type=Instant)
    risk: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    control: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    about: int | None = Field(default=None, sa_type=BigInteger)
    pace: int | None = Field(default=None, sa_type=BigInteger)
    shift_ms: int | None = Field(default=None, sa_type=BigInteger)
    pseudonym: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SignOutRow(Base, table=True):
    """Until when all sessions of a person have ended, in seconds since 1970 by the dashboards' clock."""

    __tablename__ = "golive_sign_out"

    pseudonym: str = Field(primary_key=True)
    at_s: int = Field(sa_type=BigInteger)


class NoticeRow(Base, table=True):
    """Something that is announced; `key` makes it unique within the run."""

    __tablename__ = "golive_notice"
    __table_args__ = (Index("golive_notice_by_time", "run_id", "at"),)

    run_id: int = Field(primary_key=True, foreign_key="golive_run.id", sa_type=BigInteger)
    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Text)


class DeliveryRow(Base, table=True):
    """One line of what became of a notice on one channel; the newest line says how it stands."""

    __tablename__ = "golive_delivery"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "key"], ["golive_notice.run_id", "golive_notice.key"]),
        Index("golive_delivery_of_notice", "run_id", "key", "channel"),
        Index("golive_delivery_by_outcome", "run_id", "outcome", "at"),
        Index("golive_delivery_by_run", "run_id", "id"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, sa_column=_key())
    run_id: int = Field(sa_type=BigInteger)
    key: str
    channel: str
    at: datetime = Field(sa_type=Instant)
    outcome: str
    error: str = Field(sa_type=Text)


class ThinnedRow(Base, table=True):
    """How far a run has been thinned, so that no call looks at the same minutes twice."""

    __tablename__ = "golive_thinned"

    run_id: int = Field(primary_key=True, foreign_key="golive_run.id", sa_type=BigInteger)
    samples_before: datetime | None = Field(default=None, sa_type=Instant)
    boards_before: datetime | None = Field(default=None, sa_type=Instant)


class ThinningRow(Base, table=True):
    """The key to deleting. The triggers let a row go only while a row is here, and thinning puts one in and
    takes it out in its own transaction, so that no other connection ever sees the door open.
    """

    __tablename__ = "golive_thinning"

    run_id: int = Field(primary_key=True, foreign_key="golive_run.id", sa_type=BigInteger)
