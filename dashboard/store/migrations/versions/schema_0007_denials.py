"""What the ledger denied, and to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; there is no way back but a backup."""
    op.create_table(
        "golive_ledger_denial",
        sa.Column("id", sa.String(), nullable=False, primary_key=True),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("golive_ledger_denial_by_time", "golive_ledger_denial", ["created", "id"])
