"""The outbox: what is announced of a run, and what became of it on each channel; both append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dashboard.store.migrations.guards import guard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the outbox; there is no way back but a backup."""
    op.create_table(
        "golive_notice",
        sa.Column("run_id", sa.BigInteger(), nullable=False, primary_key=True),
        sa.Column("key", sa.String(), nullable=False, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["golive_run.id"]),
    )
    op.create_index("golive_notice_by_time", "golive_notice", ["run_id", "at"])
    op.create_table(
        "golive_delivery",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            primary_key=True,
        ),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id", "key"], ["golive_notice.run_id", "golive_notice.key"]),
        sqlite_autoincrement=True,
    )
    op.create_index("golive_delivery_of_notice", "golive_delivery", ["run_id", "key", "channel"])
    op.create_index("golive_delivery_by_outcome", "golive_delivery", ["run_id", "outcome", "at"])
    op.create_index("golive_delivery_by_run", "golive_delivery", ["run_id", "id"])
    guard("golive_notice", key=("run_id", "key"))
    guard("golive_delivery")
