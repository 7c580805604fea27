"""At which pace a T-clock is started while the holder of the lease collects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; who held the lease before has told none."""
    op.add_column("golive_lease", sa.Column("pace", sa.BigInteger(), nullable=True))
