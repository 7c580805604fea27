"""By what time base the holder of the lease goes: an instant in time of day and in time since boot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; who held the lease before has told none."""
    op.add_column("golive_lease", sa.Column("boot", sa.String(), nullable=True))
    op.add_column("golive_lease", sa.Column("boot_ns", sa.BigInteger(), nullable=True))
    op.add_column("golive_lease", sa.Column("wall_ns", sa.BigInteger(), nullable=True))
