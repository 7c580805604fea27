"""The evidence logs: one a run, each record once, with the heads that were signed and their time stamps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dashboard.store.migrations.guards import guard

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the logs; there is no way back but a backup."""
    op.create_table(
        "golive_evidence_log",
        _integer("run_id", primary_key=True),
        sa.Column("origin", sa.String(), nullable=False, unique=True),
        sa.ForeignKeyConstraint(["run_id"], ["golive_run.id"]),
    )
    op.create_table(
        "golive_evidence_record",
        _integer("run_id", primary_key=True),
        _integer("index", primary_key=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("leaf", sa.String(), nullable=False),
        sa.Column("recorder", sa.String(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["golive_evidence_log.run_id"]),
    )
    op.create_index("golive_evidence_by_key", "golive_evidence_record", ["run_id", "key"], unique=True)
    op.create_index("golive_evidence_by_kind", "golive_evidence_record", ["run_id", "kind", "index"])
    op.create_table(
        "golive_evidence_head",
        _integer("run_id", primary_key=True),
        _integer("size", primary_key=True),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["golive_evidence_log.run_id"]),
    )
    op.create_table(
        "golive_evidence_token",
        _integer("run_id", primary_key=True),
        _integer("size", primary_key=True),
        sa.Column("tsa", sa.String(), nullable=False, primary_key=True),
        sa.Column("gen_time", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "size"], ["golive_evidence_head.run_id", "golive_evidence_head.size"]
        ),
    )
    guard("golive_evidence_log", key=("run_id",))
    guard("golive_evidence_record", key=("run_id", '"index"'))
    guard("golive_evidence_head", key=("run_id", "size"))
    guard("golive_evidence_token", key=("run_id", "size", "tsa"))


def _integer(name: str, *, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False, primary_key=primary_key)
