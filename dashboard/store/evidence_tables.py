"""The tables of the evidence logs. Columns are an index only; the envelope is the record."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary
from sqlmodel import Field

from dashboard.store.tables import Base

_GIVEN = {"autoincrement": False}


class EvidenceLogRow(Base, table=True):
    """The log of a run, by the name that its heads are signed under."""

    __tablename__ = "golive_evidence_log"

    run_id: int = Field(
        primary_key=True, foreign_key="golive_run.id", sa_type=BigInteger, sa_column_kwargs=_GIVEN
    )
    origin: str = Field(unique=True)


class EvidenceRow(Base, table=True):
    """One record. `leaf` is the hash of its envelope, `recorder` the key that signs the next one."""

    __tablename__ = "golive_evidence_record"
    __table_args__ = (
        Index("golive_evidence_by_key", "run_id", "key", unique=True),
        Index("golive_evidence_by_kind", "run_id", "kind", "index"),
    )

    run_id: int = Field(
        primary_key=True,
        foreign_key="golive_evidence_log.run_id",
        sa_type=BigInteger,
        sa_column_kwargs=_GIVEN,
    )
    index: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    key: str
    kind: str
    recorded_at: str
    leaf: str
    recorder: str
    envelope: bytes = Field(sa_type=LargeBinary)


class EvidenceHeadRow(Base, table=True):
    """A head that was signed: the note over the first `size` records."""

    __tablename__ = "golive_evidence_head"

    run_id: int = Field(
        primary_key=True,
        foreign_key="golive_evidence_log.run_id",
        sa_type=BigInteger,
        sa_column_kwargs=_GIVEN,
    )
    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    note: bytes = Field(sa_type=LargeBinary)


class EvidenceTokenRow(Base, table=True):
    """What a time-stamping authority answered about a head."""

    __tablename__ = "golive_evidence_token"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "size"], ["golive_evidence_head.run_id", "golive_evidence_head.size"]
        ),
    )

    run_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    tsa: str = Field(primary_key=True)
    gen_time: str
    token: bytes = Field(sa_type=LargeBinary)
