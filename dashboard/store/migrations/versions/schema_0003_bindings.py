"""What an event binds besides: a waiver's risk, control and end, what it answers, and the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; events written before have none of it."""
    op.add_column("golive_event", sa.Column("until", sa.BigInteger(), nullable=True))
    op.add_column("golive_event", sa.Column("risk", sa.Text(), nullable=False, server_default=""))
    op.add_column("golive_event", sa.Column("control", sa.Text(), nullable=False, server_default=""))
    op.add_column("golive_event", sa.Column("about", sa.BigInteger(), nullable=True))
    op.add_column("golive_event", sa.Column("pace", sa.BigInteger(), nullable=True))
    op.add_column("golive_event", sa.Column("shift_ms", sa.BigInteger(), nullable=True))
