"""Who signed in, by pseudonym, beside the role that acted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; there is no way back but a backup."""
    op.add_column("golive_event", sa.Column("pseudonym", sa.String(), nullable=False, server_default=""))
