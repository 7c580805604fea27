"""The first schema: runs, samples, evaluations, flips, the lease, and what people asked for and did."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from dashboard.store.migrations.guards import guard

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything; there is no way back but a backup."""
    _store_tables()
    _run_tables()
    _sample_tables()
    _evaluation_tables()
    _people_tables()
    _thinning_tables()
    guard("golive_sample", thinned=True)
    guard("golive_evaluation", key=("run_id", "evaluation"), thinned=True)
    guard("golive_flip")
    guard("golive_kept", key=("sample_id", "run_id", "evaluation"))
    guard("golive_action")
    guard("golive_plan", key=("sha256",))


def _store_tables() -> None:
    op.create_table(
        "golive_identity",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, primary_key=True),
        _text("environment"),
        _text("opened_by"),
    )
    op.create_table(
        "golive_lease",
        sa.Column("name", sa.String(), nullable=False, primary_key=True),
        _text("holder", nullable=True),
        _integer("token"),
        _integer("until", nullable=True),
        _integer("heartbeat_at", nullable=True),
    )


def _run_tables() -> None:
    op.create_table(
        "golive_plan",
        sa.Column("sha256", sa.String(), nullable=False, primary_key=True),
        _text("plan_id"),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "golive_run",
        _key(),
        _text("environment"),
        _text("plan_id"),
        _text("plan_sha256"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _integer("started_at"),
        _integer("closed_at", nullable=True),
        sa.ForeignKeyConstraint(["plan_sha256"], ["golive_plan.sha256"]),
        sqlite_autoincrement=True,
    )


def _sample_tables() -> None:
    op.create_table(
        "golive_sample",
        _key(),
        _integer("run_id"),
        _text("probe"),
        _text("source"),
        _integer("observed_at"),
        _integer("elapsed_ms"),
        sa.Column("ok", sa.Boolean(), nullable=False),
        _text("reason", nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        _text("sha256"),
        _of_run(),
        sqlite_autoincrement=True,
    )
    op.create_index("golive_sample_by_run", "golive_sample", ["run_id", "id"])
    op.create_index("golive_sample_by_probe", "golive_sample", ["run_id", "probe", "id"])
    op.create_index("golive_sample_by_time", "golive_sample", ["run_id", "probe", "observed_at"])
    op.create_index(
        "golive_sample_failed",
        "golive_sample",
        ["run_id", "source", "id"],
        sqlite_where=sa.text("ok = 0"),
        postgresql_where=sa.text("NOT ok"),
    )


def _evaluation_tables() -> None:
    op.create_table(
        "golive_evaluation",
        _integer("run_id"),
        _integer("evaluation"),
        _integer("evaluated_at"),
        _text("verdict"),
        _text("hash"),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("memory", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "evaluation"),
        _of_run(),
    )
    op.create_index("golive_evaluation_by_time", "golive_evaluation", ["run_id", "evaluated_at"])
    op.create_table(
        "golive_flip",
        _key(),
        _integer("run_id"),
        _integer("evaluation"),
        _integer("at"),
        _text("gate"),
        _text("before"),
        _text("after"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        _of_evaluation(),
        sqlite_autoincrement=True,
    )
    op.create_index("golive_flip_by_evaluation", "golive_flip", ["run_id", "evaluation"])
    op.create_table(
        "golive_kept",
        _integer("sample_id"),
        _integer("run_id"),
        _integer("evaluation"),
        sa.PrimaryKeyConstraint("sample_id", "run_id", "evaluation"),
        sa.ForeignKeyConstraint(["sample_id"], ["golive_sample.id"]),
        _of_evaluation(),
    )


def _people_tables() -> None:
    op.create_table(
        "golive_request",
        _key(),
        _integer("run_id"),
        _text("probe"),
        _text("actor"),
        _text("role"),
        _text("identity"),
        _integer("requested_at"),
        _integer("taken_at", nullable=True),
        _of_run(),
        sqlite_autoincrement=True,
    )
    op.create_index("golive_request_open", "golive_request", ["run_id", "taken_at"])
    op.create_table(
        "golive_action",
        _key(),
        _integer("run_id"),
        _text("actor"),
        _text("role"),
        _text("identity"),
        _text("what"),
        sa.Column("detail", sa.Text(), nullable=False),
        _integer("at"),
        _of_run(),
        sqlite_autoincrement=True,
    )
    op.create_index("golive_action_by_run", "golive_action", ["run_id", "id"])


def _thinning_tables() -> None:
    op.create_table(
        "golive_thinned",
        _integer("run_id"),
        _integer("samples_before", nullable=True),
        _integer("boards_before", nullable=True),
        sa.PrimaryKeyConstraint("run_id"),
        _of_run(),
    )
    op.create_table("golive_thinning", _integer("run_id"), sa.PrimaryKeyConstraint("run_id"), _of_run())


def _key() -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, autoincrement=True, nullable=False, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _of_run() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id"], ["golive_run.id"])


def _of_evaluation() -> sa.ForeignKeyConstraint:
    columns = ["golive_evaluation.run_id", "golive_evaluation.evaluation"]
    return sa.ForeignKeyConstraint(["run_id", "evaluation"], columns)
