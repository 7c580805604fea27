"""The log of a run: what people and golive itself did, append-only, numbered within the run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dashboard.store.migrations.guards import guard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the log; there is no way back but a backup."""
    op.create_table(
        "golive_event",
        sa.Column("run_id", sa.BigInteger(), nullable=False, primary_key=True),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False, primary_key=True),
        sa.Column("event_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("plan_sha256", sa.String(), nullable=False),
        sa.Column("board_hash", sa.String(), nullable=True),
        sa.Column("evaluation", sa.BigInteger(), nullable=True),
        sa.Column("mark_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["golive_run.id"]),
    )
    guard("golive_event", key=("run_id", "seq"))
