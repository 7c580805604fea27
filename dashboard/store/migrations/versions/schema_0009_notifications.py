"""What the notifying service delivered, and for which payment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; there is no way back but a backup."""
    op.create_table(
        "golive_notification",
        sa.Column("id", sa.String(), nullable=False, primary_key=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("payment_intent", sa.String(), nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("golive_notification_by_time", "golive_notification", ["received_at", "id"])
