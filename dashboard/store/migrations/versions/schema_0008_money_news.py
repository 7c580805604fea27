"""What was read of money since a moment is found without reading everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("golive_money_object_by_seen", "golive_money_object", ["kind", "seen_at"])
    op.create_index(
        "golive_money_object_gone",
        "golive_money_object",
        ["kind", "gone_at"],
        sqlite_where=sa.text("gone_at IS NOT NULL"),
        postgresql_where=sa.text("gone_at IS NOT NULL"),
    )
    op.create_index("golive_ledger_entry_by_seen", "golive_ledger_entry", ["seen_at"])
