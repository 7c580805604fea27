"""Who signed out, so that no dashboard takes a session from before for one that goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; there is no way back but a backup."""
    op.create_table(
        "golive_sign_out",
        sa.Column("pseudonym", sa.String(), nullable=False, primary_key=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
    )
