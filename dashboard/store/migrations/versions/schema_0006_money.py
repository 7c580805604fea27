"""The history of money: objects of Stripe, rows of the ledger, receipts, and how far each was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; there is no way back but a backup."""
    _create_stripe()
    _create_ledger()
    _create_reading()


def _create_stripe() -> None:
    op.create_table(
        "golive_money_object",
        sa.Column("kind", sa.String(), nullable=False, primary_key=True),
        sa.Column("id", sa.String(), nullable=False, primary_key=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("amount_captured", sa.BigInteger(), nullable=True),
        sa.Column("amount_refunded", sa.BigInteger(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("net", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("payment_intent", sa.String(), nullable=True),
        sa.Column("charge", sa.String(), nullable=True),
        sa.Column("balance_transaction", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("golive_money_object_by_time", "golive_money_object", ["kind", "created", "id"])
    op.create_index("golive_money_object_by_payment", "golive_money_object", ["payment_intent", "kind"])
    op.create_index("golive_money_object_by_charge", "golive_money_object", ["charge", "kind"])
    op.create_index("golive_money_object_by_about", "golive_money_object", ["about", "kind"])
    op.create_index(
        "golive_money_object_open",
        "golive_money_object",
        ["seen_at"],
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "golive_money_undelivered",
        sa.Column("event", sa.String(), nullable=False, primary_key=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
    )


def _create_ledger() -> None:
    op.create_table(
        "golive_ledger_entry",
        sa.Column("id", sa.String(), nullable=False, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("payment_intent", sa.String(), nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("golive_ledger_entry_by_time", "golive_ledger_entry", ["created", "id"])
    op.create_index("golive_ledger_entry_by_payment", "golive_ledger_entry", ["payment_intent"])
    op.create_index("golive_ledger_entry_by_correlation", "golive_ledger_entry", ["correlation_id"])
    op.create_table(
        "golive_money_receipt",
        sa.Column("event", sa.String(), nullable=False, primary_key=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False, primary_key=True),
        sa.Column("result", sa.String(), nullable=False, primary_key=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("golive_money_receipt_by_time", "golive_money_receipt", ["received_at"])


def _create_reading() -> None:
    op.create_table(
        "golive_money_cursor",
        sa.Column("list", sa.String(), nullable=False, primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("complete_from", sa.BigInteger(), nullable=False),
        sa.Column("high_water", sa.BigInteger(), nullable=False),
        sa.Column("swept_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "golive_money_read",
        sa.Column("list", sa.String(), nullable=False, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("caught_up", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "golive_money_month",
        sa.Column("month", sa.String(), nullable=False, primary_key=True),
        sa.Column("requests", sa.BigInteger(), nullable=False),
    )
